package dev.sandbar.e2e.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.apiserver.Relay;
import dev.sandbar.cli.Main;
import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.bundle.Decommission;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.query.AnswerSeal;
import dev.sandbar.e2e.ChildJvm;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Test;

/**
 * A device from its own command line to the end of its service, over a network, in the sandbox of
 * the shipped unit.
 */
class HardenedMemberTest {
  private static final String ENFORCEMENT =
      "{.status.apps.%s.enforcement} {.status.apps.%s.notEnforced}";

  /** The machine of the tests may have no controller to hand on to its virtual devices. */
  private static final String HELD = "Enforced \\[]|Degraded \\[\".*";

  private static final Path UNIT = Path.of("../../packaging/sandbard.service");
  private static final String NAME = "gate-1";

  private static void soon(ThrowingRunnable assertion) {
    await()
        .atMost(Duration.ofSeconds(120))
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(assertion);
  }

  @Test
  void enrolsRunsItsBundleOutlivesItsCertificateAndLeaves(@KubernetesApi ApiServer api)
      throws Exception {
    try (var stage = new EnrolStage(api);
        var network = VirtualNetwork.create();
        Relay relay = relay(api, network);
        VirtualDevice device = device(network)) {
      String namespace = stage.namespace();
      String sandbar = sandbar();
      String server = "https://192.0.2.1:" + relay.port();
      device.write("/root/ca.pem", api.caPem());
      device.write("/etc/systemd/system/sandbard.service", unit(sandbar));
      device.write("/etc/sandbar/agent.yaml", settings(server, namespace));
      device.exec("systemctl", "start", "sandbard.service").orThrow();
      soon(() -> assertThat(journal(device)).contains("sandbar enrol"));
      soon(() -> assertThat(show(device, "ExecMainStatus")).isEqualTo("78"));
      assertThat(show(device, "ActiveState")).as("not started again").isEqualTo("failed");

      String enrol =
          sandbar
              + " enrol --server %s --token %s --namespace %s --name %s --ca-file /root/ca.pem"
                  .formatted(server, stage.token(namespace, true), namespace, NAME);
      device.exec(Duration.ofSeconds(120), "sh", "-c", enrol).orThrow();
      publish(api, namespace, Decommission.NONE, "pump");
      device.exec("systemctl", "restart", "sandbard.service").orThrow();
      soon(
          () ->
              assertThat(reported(api, namespace, ENFORCEMENT.formatted("pump", "pump")))
                  .as(journal(device))
                  .matches(HELD));
      assertThat(device.exec(Duration.ofSeconds(60), "sh", "-c", sandbar + " status").orThrow())
          .contains("server: " + server, "namespace: " + namespace, "connected: true", "pump");
      String journal = journal(device);
      assertThat(journal).doesNotContain("Exception").doesNotContain("ERROR ");

      new BundleBombs(api, device, namespace, NAME, List.of(sleeping("pump"))).areSurvived();
      answersFromInsideItsSandbox(api, device, namespace);
      opensWhatIsSealedToIt(api, device, namespace);
      outlivesItsCertificate(stage, device, namespace, sandbar, enrol);

      publish(api, namespace, Decommission.REMOVE_APPS, "pump", "valve");
      soon(
          () -> assertThat(reported(api, namespace, "{.status.decommissioned}")).isEqualTo("true"));
      soon(() -> assertThat(show(device, "ExecMainStatus")).isEqualTo("78"));
      assertThat(
              device
                  .exec(
                      "sh",
                      "-c",
                      "find /var/lib/sandbar/identity -type f; ls /etc/systemd/system/sandbar-pump*"
                          + " 2>/dev/null; true")
                  .orThrow())
          .isBlank();
    }
  }

  /** Its sandbox lets it read the journal; the test is the operator and whoever asks. */
  private static void answersFromInsideItsSandbox(
      ApiServer api, VirtualDevice device, String namespace) throws Exception {
    AnswerSeal asker = AnswerSeal.generate();
    api.kubectl()
        .apply(
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: DeviceQuery
            metadata: {name: %s, namespace: %s}
            spec: {logs: {app: pump}, publicKey: %s}
            """
                .formatted(NAME, namespace, asker.publicKey()))
        .orThrow();
    String uid = query(api, namespace, "{.metadata.uid}");
    api.kubectl("annotate", "devicebundle", NAME, "-n", namespace, "sandbar.dev/query=" + uid)
        .orThrow();
    soon(
        () ->
            assertThat(query(api, namespace, "{.status}")).as(journal(device)).contains("answer"));
    byte[] plain = asker.open(query(api, namespace, "{.status.answer}"), uid);
    assertThat(new String(plain, StandardCharsets.UTF_8)).contains("Started sandbar-pump.service");
    api.kubectl("delete", "devicequery", NAME, "-n", namespace).orThrow();
  }

  private static String query(ApiServer api, String namespace, String path) {
    return api.kubectl("get", "devicequery", NAME, "-n", namespace, "-o", "jsonpath=" + path)
        .orThrow();
  }

  /** The recipient that it reports is its own: nobody was on the device for it. */
  private static void opensWhatIsSealedToIt(ApiServer api, VirtualDevice device, String namespace) {
    soon(
        () ->
            assertThat(
                    api.kubectl(
                            "get",
                            "device",
                            NAME,
                            "-n",
                            namespace,
                            "-o",
                            "jsonpath={.status.facts.recipient}")
                        .stdout())
                .as(journal(device))
                .matches("age1[02-9ac-hj-np-z]{58}"));
    String secret = "correct-horse-battery";
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new String[] {"fleet", "seal", "--device", NAME, "-n", namespace},
            new ByteArrayInputStream(secret.getBytes(StandardCharsets.UTF_8)),
            out,
            err,
            Map.of("KUBECONFIG", api.kubeconfig().toString()));
    assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isZero();
    String script = "sha256sum <\"$CREDENTIALS_DIRECTORY/mqtt\"; exec sleep infinity";
    Node spec =
        Node.mapping(
            List.of(
                Node.entry("run", command("/bin/sh", "-c", script)),
                Node.entry(
                    "secrets",
                    Node.list(
                        List.of(
                            Node.mapping(
                                List.of(
                                    Node.entry("name", Node.text("mqtt")),
                                    Node.entry(
                                        "sealed",
                                        Node.text(out.toString(StandardCharsets.UTF_8))))))))));
    publish(
        api,
        namespace,
        Decommission.NONE,
        List.of(sleeping("pump"), new BundleEntry(new AppName("vault"), spec, 1, "", "")));
    soon(
        () ->
            assertThat(
                    device
                        .exec("journalctl", "-u", "sandbar-vault.service", "-o", "cat")
                        .stdout()
                        .lines())
                .as(journal(device))
                .contains(Sha256.of(secret).hex() + "  -"));
    assertThat(journal(device)).doesNotContain(secret);
  }

  /** After a month in a drawer: its app runs, the log says what to do, and that is enough. */
  private static void outlivesItsCertificate(
      EnrolStage stage, VirtualDevice device, String namespace, String sandbar, String enrol)
      throws Exception {
    String pid = pid(device, "pump");
    assertThat(pid).isNotEqualTo("0");
    // As the cluster does by itself an hour after each was answered.
    stage.kubectl("delete", "csr", "--all");
    Path client = device.root().resolve("var/lib/sandbar/identity/client.pem");
    Files.writeString(client, stage.expired(namespace, NAME));
    device.exec("systemctl", "restart", "sandbard.service").orThrow();
    soon(
        () ->
            assertThat(journal(device))
                .contains("the credential has expired", "apps run on", "Run sandbar enrol again"));
    soon(
        () ->
            assertThat(
                    device.exec(Duration.ofSeconds(60), "sh", "-c", sandbar + " status").stdout())
                .contains("connected: false", "problem: the credential has expired", "pump"));
    publish(stage.api(), namespace, Decommission.NONE, "pump", "valve");
    assertThat(pid(device, "pump")).as("with an expired certificate").isEqualTo(pid);
    assertThat(pid(device, "valve")).as("nothing new arrives").isEqualTo("0");

    device.exec(Duration.ofSeconds(120), "sh", "-c", enrol).orThrow();
    soon(
        () ->
            assertThat(reported(stage.api(), namespace, ENFORCEMENT.formatted("valve", "valve")))
                .as(journal(device))
                .matches(HELD));
    assertThat(pid(device, "pump")).as("a member again").isEqualTo(pid);
  }

  private static String pid(VirtualDevice device, String app) {
    return device
        .exec("systemctl", "show", "--value", "--property=MainPID", "sandbar-" + app + ".service")
        .orThrow()
        .strip();
  }

  private static Relay relay(ApiServer api, VirtualNetwork network) throws Exception {
    return api.relay(
        network
            .namespace(VirtualNetwork.Peer.ROUTER)
            .call(() -> new ServerSocket(0, 50, InetAddress.ofLiteral("192.0.2.1"))));
  }

  private static VirtualDevice device(VirtualNetwork network) {
    return ChildJvm.shown(VirtualDevice.named(NAME).network(network)).boot();
  }

  private static String sandbar() {
    return String.join(
        " ",
        ChildJvm.command(
            List.of("-Xmx64m", "-Xms10m", "-Xmn4m", "-Xss256k"),
            ChildJvm.shownClasses(),
            List.of("dev.sandbar.cli.Main")));
  }

  private static String unit(String sandbar) throws IOException {
    return Files.readString(UNIT)
        .replace("ExecStart=/usr/share/sandbar/sandbar agent", "ExecStart=" + sandbar + " agent");
  }

  private static String settings(String server, String namespace) {
    return """
    apiVersion: sandbar.dev/v1alpha1
    kind: AgentConfig
    sweep: 5s
    fleet: {server: "%s", namespace: %s, device: %s, logs: Allow}
    """
        .formatted(server, namespace, NAME);
  }

  private static void publish(
      ApiServer api, String namespace, Decommission decommission, String... names) {
    publish(
        api,
        namespace,
        decommission,
        Arrays.stream(names).map(HardenedMemberTest::sleeping).toList());
  }

  private static BundleEntry sleeping(String name) {
    Node spec = Node.mapping(List.of(Node.entry("run", command("/usr/bin/sleep", "infinity"))));
    return new BundleEntry(new AppName(name), spec, 1, "", "");
  }

  private static Node command(String... words) {
    return Node.mapping(
        List.of(Node.entry("command", Node.list(Arrays.stream(words).map(Node::text).toList()))));
  }

  private static void publish(
      ApiServer api, String namespace, Decommission decommission, List<BundleEntry> entries) {
    Bundle apps = Bundle.of(entries);
    var object =
        Node.mapping(
            List.of(
                Node.entry("apiVersion", Node.text("sandbar.dev/v1alpha1")),
                Node.entry("kind", Node.text("DeviceBundle")),
                Node.entry(
                    "metadata",
                    Node.mapping(
                        List.of(
                            Node.entry("name", Node.text(NAME)),
                            Node.entry("namespace", Node.text(namespace))))),
                Node.entry("spec", new Bundle(apps.entries(), decommission).toNode())));
    // The bombs were written by another verb, which is another manager of the same fields.
    api.kubectl()
        .runWithInput(
            JsonWriter.compact(object), "apply", "--server-side", "--force-conflicts", "-f", "-")
        .orThrow();
  }

  private static String reported(ApiServer api, String namespace, String path) {
    return api.kubectl("get", "devicebundle", NAME, "-n", namespace, "-o", "jsonpath=" + path)
        .stdout();
  }

  private static String show(VirtualDevice device, String property) {
    return device
        .exec("systemctl", "show", "--value", "--property", property, "sandbard.service")
        .orThrow()
        .strip();
  }

  private static String journal(VirtualDevice device) {
    return device.exec("journalctl", "--no-pager", "-u", "sandbard.service", "-o", "cat").stdout();
  }
}
