package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.Kubectl;
import dev.sandbar.apiserver.KubectlResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The commands that change a fleet, against a real API server; a thread plays the operator. */
class FleetChangesTest extends OnFleet {
  private static final String REQUESTED = ".metadata.annotations.sandbar\\.dev/requestedAt";

  @BeforeAll
  void sourcesAndApps() {
    api.kubectl()
        .apply(
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: GitSource
            metadata: {name: apps, namespace: %1$s}
            spec: {url: 'https://git.example.com/apps.git'}
            ---
            apiVersion: sandbar.dev/v1alpha1
            kind: GitSource
            metadata: {name: broken, namespace: %1$s}
            spec: {url: 'https://git.example.com/broken.git'}
            ---
            apiVersion: sandbar.dev/v1alpha1
            kind: AppSandbox
            metadata: {name: pump, namespace: %1$s, labels: {sandbar.dev/source: apps}}
            spec: {run: {command: [/usr/bin/pump]}}
            ---
            apiVersion: sandbar.dev/v1alpha1
            kind: AppSandbox
            metadata: {name: stray, namespace: %1$s}
            spec: {run: {command: [/usr/bin/stray]}}
            """
                .formatted(namespace))
        .orThrow();
  }

  private Instant requested(String kind, String name) {
    return Instant.parse(get(kind, name, ".metadata.annotations.sandbar\\.dev/requestedAt"));
  }

  /** Handles requests as the operator does, until closed. */
  private final class Operator implements AutoCloseable {
    private volatile boolean over;
    private final Thread thread = Thread.ofVirtual().start(this::work);

    private void work() {
      while (!over) {
        echo("gitsource", "apps", "True", "Succeeded");
        echo("gitsource", "broken", "False", "Unreachable");
        echo("appsandbox", "pump", "True", "ReconciliationSucceeded");
      }
    }

    private void echo(String kind, String name, String ready, String reason) {
      KubectlResult asked =
          api.kubectl(
              "get",
              kind,
              name,
              "-n",
              namespace,
              "-o",
              "jsonpath={.metadata.annotations.sandbar\\.dev/requestedAt}");
      if (asked.ok() && !asked.stdout().isBlank()) {
        status(
            kind,
            name,
            """
            {"status":{"lastHandledReconcileAt":"%s","conditions":[{"type":"Ready","status":"%s",
            "reason":"%s","message":"told","lastTransitionTime":"2026-02-01T11:00:00Z"}]}}
            """
                .formatted(asked.stdout().strip(), ready, reason));
      }
    }

    @Override
    public void close() throws InterruptedException {
      over = true;
      thread.join();
    }
  }

  private KubectlResult status(String kind, String name, String patch) {
    return api.kubectl(
        "patch", kind, name, "-n", namespace, "--subresource=status", "--type=merge", "-p", patch);
  }

  /** As -o name prints them, several at once, and by their labels. */
  @Test
  void objectsAreNamedAsKubectlDoesAndByTheirLabels() {
    for (String name : new String[] {"line-1", "line-2", "spare-1"}) {
      device(name, "{}");
      api.kubectl("label", "device", name, "-n", namespace, "role=" + name.split("-", 2)[0])
          .orThrow();
    }
    Ran two = fleet("suspend", "device.sandbar.dev/line-1", "appsandbox.sandbar.dev/stray");
    assertThat(two.code()).as(two.err()).isZero();
    assertThat(two.out()).contains("device/line-1 is suspended", "app/stray is suspended");
    assertThat(fleet("resume", "devices", "line-1", "line-2").code()).isZero();
    assertThat(fleet("resume", "appsandboxes.sandbar.dev/stray").code()).isZero();
    assertThat(get("appsandbox", "stray", ".spec.suspend")).isEqualTo("false");

    Ran held = fleet("hold", "device", "-l", "role=line", "--for", "12h", "-o", "json");
    assertThat(held.code()).as(held.err()).isZero();
    assertThat(Parsed.json(held.out()).list("changes", n -> n)).hasSize(2);
    assertThat(get("device", "line-2", ".spec.hold.until")).isNotEmpty();
    assertThat(get("device", "spare-1", ".spec.hold")).isEmpty();
    assertThat(fleet("release", "device", "-l", "role in (line)").out())
        .contains("device/line-1 is released", "device/line-2 is released");
    assertThat(fleet("suspend", "gitsource", "-l", "role=none").err())
        .contains("no gitsource of the namespace has the labels role=none");
    assertThat(fleet("suspend", "device", "line-1", "-l", "role=line").err())
        .contains("--selector stands for names");
    assertThat(fleet("hold").err()).contains("nothing is named");
    assertThat(fleet("approve", "-l", "role=line", "--yes").err().replaceAll("\\s+", " "))
        .contains("line-1: the device line-1 has not enrolled", "something waits");
    assertThat(fleet("decommission", "appsandbox.sandbar.dev/pump", "--yes").err())
        .contains("appsandbox.sandbar.dev/pump is no device");
  }

  @Test
  void whoIsImpersonatedMayDoWhatThatUserMay() {
    Ran nobody = fleet("suspend", "app", "stray", "--as", "jane", "--as-group", "operators");
    assertThat(nobody.code()).isEqualTo(1);
    assertThat(nobody.err()).contains("jane");
    assertThat(fleet("suspend", "app", "stray", "--as-group", "system:masters").err())
        .contains("--as-group needs --as");
    Ran master = fleet("resume", "app", "stray", "--as", "jane", "--as-group", "system:masters");
    assertThat(master.code()).as(master.err()).isZero();
  }

  @Test
  void tokensAreListedAndRevoked() {
    String made = fleet("token", "create", "--labels", "site=rome", "--ttl", "1h30m").out();
    Matcher token = Pattern.compile("--token (([a-z0-9]{6})\\.([a-z0-9]{16}))").matcher(made);
    assertThat(token.find()).as(made).isTrue();
    String id = token.group(2);
    Ran listed = fleet("token", "list");
    assertThat(listed.code()).as(listed.err()).isZero();
    assertThat(listed.out()).contains(id, "expires in").doesNotContain(token.group(3));
    Ran revoked = fleet("token", "revoke", token.group(1));
    assertThat(revoked.code()).as(revoked.err()).isZero();
    assertThat(revoked.out() + revoked.err())
        .contains("token/" + id + " is revoked")
        .doesNotContain(token.group(3));
    assertThat(fleet("token", "list").out()).doesNotContain(id);
    assertThat(api.kubectl("get", "secret", "bootstrap-token-" + id, "-n", "kube-system").ok())
        .isFalse();
    assertThat(api.kubectl("get", "role,rolebinding", "-n", namespace, "-o", "name").orThrow())
        .doesNotContain(id);
    assertThat(fleet("token", "revoke", id).err()).contains("has no token " + id);
    assertThat(fleet("token", "revoke", "x").err()).contains("is no token");
  }

  @Test
  void reconcileWaitsForTheOperatorAndTellsHowItEnded() throws Exception {
    try (var _ = new Operator()) {
      Ran source = fleet("reconcile", "gitsource", "apps");
      assertThat(source.code()).as(source.err()).isZero();
      assertThat(source.out()).contains("gitsource/apps is reconciled");
      Instant alone = requested("gitsource", "apps");
      Ran app = fleet("reconcile", "app/pump", "--with-source");
      assertThat(app.code()).as(app.err()).isZero();
      assertThat(app.out()).contains("appsandbox/pump is reconciled");
      assertThat(requested("gitsource", "apps")).as("its source anew").isAfter(alone);
      assertThat(requested("appsandbox", "pump"))
          .as("after its source")
          .isAfter(requested("gitsource", "apps"));
      Instant first = requested("gitsource", "apps");
      Ran without = fleet("reconcile", "app/pump");
      assertThat(without.code()).as(without.err()).isZero();
      assertThat(requested("gitsource", "apps")).as("its source not asked").isEqualTo(first);
      Ran broken = fleet("reconcile", "gits", "broken");
      assertThat(broken.code()).isEqualTo(1);
      assertThat(broken.out()).contains("failed", "Unreachable: told");
    }
  }

  @Test
  void reconcileWithoutAnOperatorEndsInTimeAndSaysSo() {
    Ran ran = fleet("reconcile", "app", "stray", "--timeout", "1s");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).contains("was not reconciled within 1 s");
    assertThat(ran.err()).contains("is the operator running?");
    assertThat(get("asb", "stray", ".metadata.annotations")).contains("sandbar.dev/requestedAt");
  }

  @Test
  void whatCannotBeReconciledIsRefused() {
    assertThat(fleet("reconcile", "app", "stray", "--with-source").err())
        .contains("comes from no GitSource");
    assertThat(fleet("reconcile", "gitsource", "nope").err())
        .contains("there is no gitsource nope");
    assertThat(fleet("reconcile", "pod", "x").err()).contains("no kind and name");
    assertThat(fleet("reconcile", "app", "stray", "--timeout", "soon").err())
        .contains("no span of time");
  }

  @Test
  void ctrlCSaysWhatGoesOn() throws Exception {
    // No operator handles it, so that it waits.
    var command =
        new ProcessBuilder(
            "env",
            "--default-signal=INT",
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            "dev.sandbar.cli.Main",
            "fleet",
            "reconcile",
            "app/stray",
            "-n",
            namespace);
    command.environment().put("KUBECONFIG", api.kubeconfig().toString());
    String before = get("asb", "stray", REQUESTED);
    Process waits = command.start();
    try {
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .until(() -> !get("asb", "stray", REQUESTED).equals(before));
      new ProcessBuilder("kill", "-s", "INT", Long.toString(waits.pid())).start().waitFor();
      assertThat(waits.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(waits.exitValue()).isEqualTo(130);
      assertThat(new String(waits.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("interrupted: the operator goes on; see sandbar fleet status\n");
    } finally {
      waits.destroyForcibly();
    }
  }

  @Test
  void suspendAndResumeChangeTheSpecAlone() {
    assertThat(fleet("suspend", "gitsource", "broken").out()).contains("is suspended");
    assertThat(get("gits", "broken", ".spec.suspend")).isEqualTo("true");
    assertThat(fleet("reconcile", "gitsource", "broken").err()).contains("is suspended", "resume");
    assertThat(fleet("resume", "gitsource/broken").code()).isZero();
    assertThat(get("gits", "broken", ".spec.suspend")).isEqualTo("false");
    device("lathe-1", "{}");
    assertThat(fleet("suspend", "device", "lathe-1").code()).isZero();
    assertThat(get("dvc", "lathe-1", ".spec.suspend")).isEqualTo("true");
    assertThat(fleet("suspend", "device", "lathe-9").err()).contains("lathe-9");
    assertThat(fleet("suspend", "stray").out()).contains("app/stray is suspended");
    assertThat(get("asb", "stray", ".spec.suspend")).isEqualTo("true");
    assertThat(fleet("status", "stray").out()).contains("suspended; ");
    assertThat(fleet("resume", "app/stray").code()).isZero();
    assertThat(get("asb", "stray", ".spec.suspend")).isEqualTo("false");
    assertThat(fleet("suspend", "device").err()).contains("no kind and name");
  }

  @Test
  void decommissionAsksAndWaitsForTheDevice() {
    device("saw-1", "{}");
    assertThat(fleet("decommission", "saw-1").err()).contains("--yes");
    assertThat(get("dvc", "saw-1", ".spec.decommission")).isEmpty();
    Ran wished = fleet("decommission", "saw-1", "--remove-apps", "--yes");
    assertThat(wished.code()).as(wished.err()).isZero();
    assertThat(get("dvc", "saw-1", ".spec.decommission.removeApps")).isEqualTo("true");
    api.kubectl()
        .apply(
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: DeviceBundle
            metadata: {name: saw-1, namespace: %s}
            spec: {digest: '%s', apps: {}}
            """
                .formatted(namespace, "0".repeat(64)))
        .orThrow();
    Ran late = fleet("decommission", "saw-1", "--yes", "--wait", "--timeout", "1s");
    assertThat(late.code()).isEqualTo(1);
    assertThat(late.out()).contains("within 1 s");
    status("devicebundle", "saw-1", "{\"status\":{\"decommissioned\":true}}").orThrow();
    Ran done = fleet("decommission", "saw-1", "--yes", "--wait");
    assertThat(done.code()).as(done.err()).isZero();
    assertThat(done.out()).contains("has ended its service", "the operator then");
  }

  private static String digest(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Test
  void aTokenEnrolsDevicesOfItsNamespaceAndDoesNothingElse() throws Exception {
    Ran ran = fleet("token", "create", "--ttl", "2h");
    assertThat(ran.code()).as(ran.err()).isZero();
    Matcher line =
        Pattern.compile(
                "sandbar enrol --server (\\S+) --token (\\S+) --namespace (\\S+)"
                    + " --ca-sha256 ([0-9a-f]{64})\n")
            .matcher(ran.out());
    assertThat(line.matches()).as(ran.out()).isTrue();
    assertThat(line.group(1)).isEqualTo(api.url());
    assertThat(line.group(3)).isEqualTo(namespace);
    try (var file = Files.newInputStream(api.caFile())) {
      var authority = CertificateFactory.getInstance("X.509").generateCertificate(file);
      assertThat(line.group(4)).isEqualTo(digest(authority.getPublicKey().getEncoded()));
    }
    assertThat(ran.err().replaceAll("\\s+", " "))
        .contains("fleet approve DEVICE", "name another address with --server");
    Path bearer = api.kubeconfigOfToken(line.group(2));
    var device = api.kubectl().as(bearer);
    assertThat(may(device, "create", "devices.sandbar.dev", namespace)).isTrue();
    assertThat(may(device, "create", "certificatesigningrequests", namespace)).isTrue();
    assertThat(may(device, "create", "devices.sandbar.dev", "default")).isFalse();
    assertThat(may(device, "list", "devices.sandbar.dev", namespace)).isFalse();
    assertThat(may(device, "get", "secrets", "kube-system")).isFalse();
  }

  private static boolean may(Kubectl user, String verb, String what, String namespace) {
    return user.run("auth", "can-i", verb, what, "-n", namespace).stdout().strip().equals("yes");
  }

  /** What the chart has brought it takes away again; a second one would stay. */
  @Test
  void aTokenMakesNoRightsThatTheChartHasMade() {
    String chart = "sandbar-enrol-csr";
    String own = "sandbar-enrol";
    assertThat(fleet("token", "create").code()).isZero();
    String role = "--clusterrole=" + own;
    api.kubectl("create", "clusterrolebinding", chart, role, "--group=x").orThrow();
    try {
      api.kubectl("delete", "clusterrolebinding", own).orThrow();
      assertThat(fleet("token", "create").code()).isZero();
      assertThat(api.kubectl("get", "clusterrolebinding", own).ok()).isFalse();
    } finally {
      api.kubectl("delete", "clusterrolebinding", chart).orThrow();
    }
  }

  @Test
  void aTokenForLabelsGivesExactlyThese() {
    Ran ran = fleet("token", "create", "--labels", "site=berlin,line=3");
    assertThat(ran.code()).as(ran.err()).isZero();
    Matcher line =
        Pattern.compile(".* --token (([a-z0-9]{6})\\.\\S+) .* --labels line=3,site=berlin\n")
            .matcher(ran.out());
    assertThat(line.matches()).as(ran.out()).isTrue();
    assertThat(ran.err().replaceAll("\\s+", " "))
        .contains("sandbar fleet token revoke " + line.group(2));
    var device = api.kubectl().as(api.kubeconfigOfToken(line.group(1)));
    assertThat(mayLabel(device, "line=3,site=berlin")).isTrue();
    assertThat(mayLabel(device, "site=berlin")).isFalse();
    assertThat(mayLabel(device, "line=3,role=vault,site=berlin")).isFalse();
    assertThat(fleet("token", "create", "--labels", "site").err()).contains("is no label");
  }

  private boolean mayLabel(Kubectl user, String labels) {
    return user.run(
            "auth",
            "can-i",
            "create",
            "devices.sandbar.dev/" + labels,
            "--subresource=labels",
            "-n",
            namespace)
        .stdout()
        .strip()
        .equals("yes");
  }

  @Test
  void anAutoApprovedTokenSaysSoInItsGroups() {
    Ran ran = fleet("token", "create", "--auto-approve", "-o", "json");
    assertThat(ran.code()).as(ran.err()).isZero();
    String id = Parsed.json(ran.out()).text("token").substring(0, 6);
    String groups =
        api.kubectl(
                "get",
                "secret",
                "bootstrap-token-" + id,
                "-n",
                "kube-system",
                "-o",
                "jsonpath={.data.auth-extra-groups}")
            .orThrow();
    assertThat(new String(Base64.getDecoder().decode(groups), StandardCharsets.US_ASCII))
        .isEqualTo(
            "system:bootstrappers:sandbar,system:bootstrappers:sandbar:%1$s,system:bootstrappers:sandbar:%1$s:approve"
                .formatted(namespace));
    assertThat(fleet("token", "create", "--server", "ftp://x").err()).contains("is no address");
  }
}
