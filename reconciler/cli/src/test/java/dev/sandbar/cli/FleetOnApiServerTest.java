package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubectlResult;
import dev.sandbar.apiserver.KubernetesApi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The commands that read a fleet, against a real API server that holds the fixed fleet. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FleetOnApiServerTest {
  static final Path CRDS = Path.of("../../charts/sandbar/crds");
  private static final Path FLEET = Path.of("src/test/resources/fleet/factory.yaml");

  private ApiServer api;
  private String namespace = "";

  @BeforeAll
  void fill(@KubernetesApi ApiServer server) throws IOException {
    api = server;
    api.applyCrds(CRDS);
    namespace = api.newNamespace("factory");
    String objects =
        Files.readString(FLEET).replace("namespace: factory", "namespace: " + namespace);
    api.kubectl().apply(objects).orThrow();
    // A status is a thing of its own for the API server.
    api.kubectl()
        .runWithInput(
            objects,
            "apply",
            "--server-side",
            "--subresource=status",
            "--force-conflicts",
            "-f",
            "-")
        .orThrow();
  }

  private Ran fleet(String... args) {
    var all = new ArrayList<>(List.of("fleet"));
    all.addAll(List.of(args));
    all.addAll(List.of("-n", namespace));
    return Ran.with(
        Map.of("KUBECONFIG", api.kubeconfig().toString()), "", all.toArray(String[]::new));
  }

  @Test
  void statusIsShownAndTheExitCodeTellsOnRequest() {
    Ran shown = fleet("status");
    assertThat(shown.err()).isEmpty();
    assertThat(shown.code()).isZero();
    assertThat(shown.out())
        .contains("DEVICE", "APP", "SOURCE")
        .containsPattern("pump-2 +False +True")
        .containsPattern("pump-3 +Unknown +Unknown")
        .contains("unreachable, last seen");
    assertThat(fleet("status", "--exit-code").code()).isEqualTo(2);
    assertThat(fleet("status", "pump-1", "--exit-code").code()).isZero();
    assertThat(Parsed.json(fleet("status", "-o", "json").out()).text("kind"))
        .isEqualTo("FleetStatus");
    assertThat(fleet("status", "-o", "name").out().lines())
        .contains("device.sandbar.dev/pump-1", "appsandbox.sandbar.dev/pump")
        .allMatch(line -> line.matches("[a-z]+\\.sandbar\\.dev/[a-z0-9-]+"));
    String wide = fleet("status", "-o", "wide").out();
    assertThat(wide).contains("KERNEL", "LAST-SEEN", "CANNOT-ENFORCE", "URL");
    assertThat(wide.lines().filter(line -> line.startsWith("pump-3 ")))
        .singleElement()
        .asString()
        .contains("unreachable, last seen");
    assertThat(fleet("status", "-l", "line=4").out()).contains("pump-5").doesNotContain("pump-1");
  }

  @Test
  void driftIsListedAndReturnsTwo() {
    Ran all = fleet("drift");
    assertThat(all.code()).isEqualTo(2);
    assertThat(all.out()).contains("pump-2: pump drifted: manager IPAddressDeny since 2026-02-01");
    assertThat(all.err()).contains("nothing is known now of pump-3, pump-4");
    assertThat(fleet("drift", "pump-1").code()).isZero();
    assertThat(fleet("drift", "pump-3").code()).isEqualTo(1);
  }

  @Test
  void permissionsComeFromWhatDevicesAttest() {
    Ran ran = fleet("permissions", "ACCESS_INTERNET");
    assertThat(ran.code()).isZero();
    assertThat(ran.out())
        .containsPattern("can +meter +pump-1 +internetTo=203.0.113.0/24")
        .containsPattern("can +pump +pump-1 +internet")
        .containsPattern("doubtful +pump +pump-2")
        .containsPattern("stale +pump +pump-3");
    assertThat(fleet("permissions").out()).containsPattern("internet +2 +1 +1 +1 +2 +1");
    Ran wrong = fleet("permissions", "internets");
    assertThat(wrong.code()).isEqualTo(1);
    assertThat(wrong.err()).contains("Did you mean internet?");
  }

  @Test
  void explainShowsTheSpecAndEachDevice() {
    Ran ran = fleet("explain", "camera");
    assertThat(ran.err()).isEmpty();
    assertThat(ran.code()).isZero();
    assertThat(ran.out())
        .contains("appsandbox/camera", "DeviceAllow", "cannot enforce it: the kernel")
        .containsPattern("pump-1 +Enforced +2");
    assertThat(fleet("explain", "nothing").err()).contains("there is no app nothing");
  }

  /** What the app may do is the same with every value. */
  @Test
  void explainNeedsNoValueOfAConfigMap() {
    String app =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: configured, namespace: %s}
        spec:
          devices: {matchLabels: {line: none}}
          run: {command: [/usr/bin/true]}
          files: [{path: /run/a.conf, from: {configMap: {name: none, key: a.conf}}}]
        """
            .formatted(namespace);
    api.kubectl().apply(app).orThrow();
    Ran ran = fleet("explain", "configured");
    api.kubectl("delete", "asb", "configured", "-n", namespace).orThrow();
    assertThat(ran.err()).isEmpty();
    assertThat(ran.out()).contains("appsandbox/configured");
  }

  @Test
  void traceLeadsFromAProcessToTheProgramThatDeclaredTheApp() {
    Ran unit = fleet("trace", "pump-1", "sandbar-pump.service");
    assertThat(unit.err()).isEmpty();
    assertThat(unit.out())
        .contains("GitSource " + namespace + "/apps,")
        .contains("https://git.example.com/factory/apps.git")
        .contains("main@sha1:3b1f0c5a")
        .contains("kubectl (Apply, ");
    Ran process =
        Ran.with(
            Map.of("KUBECONFIG", api.kubeconfig().toString()),
            "0::/sandbar.slice/sandbar-meter.service\n",
            "fleet",
            "trace",
            "pump-1",
            "-",
            "-n",
            namespace);
    assertThat(process.out()).contains("sandbar-meter.service", "No GitSource owns it");
    assertThat(fleet("trace", "pump-1", "4711").err()).contains("/proc/4711/cgroup");
    assertThat(fleet("trace", "pump-1", "other").err()).contains("runs no app other");
    assertThat(fleet("trace", "pump-9", "pump").err()).contains("there is no device pump-9");
  }

  private Ran in(String other, String... words) {
    var line = new ArrayList<>(List.of("fleet"));
    line.addAll(List.of(words));
    line.addAll(List.of("-n", other));
    return Ran.with(
        Map.of("KUBECONFIG", api.kubeconfig().toString()), "", line.toArray(String[]::new));
  }

  @Test
  void theHistoryShowsWhatChangedAndWhoDidIt() {
    String none = api.newNamespace("quiet");
    Ran nothing = in(none, "history");
    assertThat(nothing.out()).isEqualTo("no changes\n");
    assertThat(nothing.err()).contains("the operator has recorded nothing yet in the namespace");
    api.kubectl()
        .apply(
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: FleetHistory
            metadata: {name: fleet, namespace: %s}
            spec:
              omitted: 3
              entries:
                - {time: "2026-01-31T12:00:00Z", kind: AppSandbox, names: [pump, valve], change: SpecChanged, user: jane@example.com, manager: kubectl-edit}
                - {time: "2026-01-31T12:01:00Z", kind: AppSandbox, names: [pump], change: RolledBack, message: "1 of 2 devices ready; exited with 1"}
                - {time: "2026-01-31T12:02:00Z", kind: Device, names: [a, b, c, d], more: 9996, change: LabelsChanged, manager: kubectl-label}
                - {time: "2026-01-31T12:03:00Z", kind: GitSource, names: [apps], change: SpecChanged, message: "suspended \\e[31m"}
                - {time: nonsense, kind: AppSandbox, names: [meter], change: Created, manager: sandbar-gitsource, revision: "main@sha1:%s"}
            """
                .formatted(namespace, "3b1f0c5a".repeat(5)))
        .orThrow();
    Ran shown = fleet("history");
    assertThat(shown.code()).isZero();
    assertThat(shown.out())
        .containsPattern("01-31 12:00 +app/pump, valve +SpecChanged +jane@example.com")
        .containsPattern("01-31 12:01 +app/pump +RolledBack")
        .contains("9997 more", "(kubectl-label)", "3b1f0c5a")
        .doesNotContain("\u001b[31m")
        .doesNotContain("3b1f0c5a3b1f0c5a");
    assertThat(shown.out().lines()).allMatch(line -> line.length() <= 80);
    assertThat(shown.err()).contains("changes of 3 are not");
    assertThat(fleet("history", "valve").out().lines().skip(1))
        .first()
        .asString()
        .contains("12:00");
    assertThat(fleet("history", "app/meter").out()).contains("Created").doesNotContain("12:00");
    assertThat(Parsed.json(fleet("history", "-o", "json").out()).text("kind"))
        .isEqualTo("FleetHistory");
    assertThat(
            Ran.with(
                    Map.of("KUBECONFIG", api.kubeconfig().toString()), "", "fleet", "history", "-A")
                .out())
        .contains("NAMESPACE", "factory-");

    String id =
        fleet("token", "create", "--ttl", "2h", "-o", "json")
            .out()
            .replaceAll("(?s).*\"token\" *: *\"([a-z0-9]{6}).*", "$1");
    assertThat(fleet("token", "revoke", id).err()).doesNotContain("in the history");
    assertThat(fleet("history", "--since", "1h").out())
        .containsPattern("token/" + id + " +Created")
        .containsPattern("token/" + id + " +Revoked")
        .doesNotContain("12:01");
    assertThat(fleet("history", "--since", "soon").err()).contains("is no span of time");
    // Before there is a history, and where it is full.
    assertThat(in(none, "token", "create").err()).doesNotContain("in the history");
    assertThat(in(none, "history").out()).containsPattern("token/[a-z0-9]{6} +Created");
    String full = api.newNamespace("full");
    api.kubectl()
        .apply(
            "apiVersion: sandbar.dev/v1alpha1\nkind: FleetHistory\nmetadata: {name: fleet, namespace: "
                + full
                + "}\nspec:\n  entries:\n"
                + "  - {time: t, kind: Token, change: Created}\n".repeat(600))
        .orThrow();
    assertThat(in(full, "token", "create").err()).contains("this is not in the history");
  }

  @Test
  void allNamespacesNameTheirs() {
    Ran ran =
        Ran.with(Map.of("KUBECONFIG", api.kubeconfig().toString()), "", "fleet", "drift", "-A");
    assertThat(ran.out()).contains(namespace + "/pump-2: pump drifted");
    assertThat(fleet("drift", "-A").err()).contains("exclude each other");
  }

  @Test
  void whoMayNotLookIsToldSo() {
    Path nobody = api.kubeconfig("nobody");
    Ran ran =
        Ran.with(Map.of("KUBECONFIG", nobody.toString()), "", "fleet", "status", "-n", namespace);
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err())
        .contains("you may not list devices.sandbar.dev", "kubectl auth can-i")
        .doesNotContain("Exception", "\tat ");
  }

  @Test
  void aWrongTokenIsToldSo() {
    Path stranger = api.kubeconfigOfToken("no-such-token");
    Ran ran = Ran.with(Map.of("KUBECONFIG", stranger.toString()), "", "fleet", "status");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("does not know you (401");
  }

  @Test
  void throughKubectlItIsTheSame(@TempDir Path folder) throws IOException {
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Files.copy(Path.of("../../kubectl-sandbar"), bin.resolve("kubectl-sandbar"));
    Files.copy(Path.of("../../kubectl_complete-sandbar"), bin.resolve("kubectl_complete-sandbar"));
    program(
        bin.resolve("sandbar"),
        "exec "
            + Path.of(System.getProperty("java.home"), "bin", "java")
            + " -XX:+UseSerialGC -Xss256k -XX:TieredStopAtLevel=1 -cp '"
            + System.getProperty("java.class.path")
            + "' dev.sandbar.cli.Main \"$@\"");
    for (String script : List.of("kubectl-sandbar", "kubectl_complete-sandbar")) {
      Files.setPosixFilePermissions(
          bin.resolve(script), PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    var kubectl = api.kubectl().withPlugins(bin);
    KubectlResult drift = kubectl.run("sandbar", "drift", "pump-2", "-n", namespace);
    assertThat(drift.exitCode()).as(drift.stderr()).isEqualTo(2);
    assertThat(drift.stdout()).contains("pump-2: pump drifted: manager IPAddressDeny");
    KubectlResult status = kubectl.run("sandbar", "status", "pump-1", "-n", namespace);
    assertThat(status.stdout()).as(status.stderr()).containsPattern("pump-1 +True +False");
    assertThat(kubectl.run("plugin", "list").stdout()).contains("kubectl-sandbar");
    assertThat(kubectl.run("__complete", "sandbar", "per").stdout()).contains("permissions", ":4");
  }

  private static void program(Path file, String script) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
