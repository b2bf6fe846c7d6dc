package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubectlResult;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.cli.Main;
import dev.sandbar.device.query.AnswerSeal;
import dev.sandbar.vdev.VirtualDevice;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Test;

/** A device of a fleet is asked, from the command line through a real API server and back. */
class FleetQueryTest {
  private static final Path ROLES = Path.of("../../charts/sandbar/templates/rbac.yaml");
  private static final String READER = "reader";
  private static final String SECRET = "pressure 4.1 bar";
  private static final String PUMP =
      "run: {command: [/bin/sh, -c, 'echo " + SECRET + "; exec sleep infinity']}";

  /** Steers terminals, then prints 10 MiB in lines of 100 bytes. */
  private static final String NOISE =
      "run: {command: [/bin/sh, -c, 'i=0; while [ $i -lt 300 ]; do printf"
          + " \"\\033[2J\\033]0;owned\\007\\n\"; i=$((i+1)); done; head -c 10485760 /dev/zero |"
          + " tr \"\\\\0\" x | fold -w 100; echo the end; exec sleep infinity']}";

  private record Said(int code, String out, String err) {
    String whole() {
      return (out + err).replaceAll("\\s+", " ");
    }
  }

  private static void soon(ThrowingRunnable assertion) {
    await()
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(300))
        .untilAsserted(assertion);
  }

  private static Said sandbar(Path kubeconfig, String namespace, String... words) {
    var command = new ArrayList<>(List.of("fleet"));
    command.addAll(Arrays.asList(words));
    command.addAll(List.of("-n", namespace));
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code =
        Main.run(
            command.toArray(String[]::new),
            new ByteArrayInputStream(new byte[0]),
            out,
            err,
            Map.of("KUBECONFIG", kubeconfig.toString()));
    return new Said(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** Binds the chart's role for askers to a user, in one namespace. */
  private static Path reader(ApiServer api, String namespace) throws IOException {
    String role =
        Arrays.stream(Files.readString(ROLES).split("(?m)^---$"))
            .filter(document -> document.contains("name: sandbar-log-reader"))
            .findFirst()
            .orElseThrow()
            .replaceAll("(?m)^.*\\{\\{.*$", "");
    assertThat(role).doesNotContain("aggregate");
    api.kubectl().apply(role).orThrow();
    api.kubectl(
            "create",
            "rolebinding",
            READER,
            "--clusterrole=sandbar-log-reader",
            "--user=" + READER,
            "-n",
            namespace)
        .orThrow();
    return api.kubeconfig(READER);
  }

  private static void awaitReady(FleetMember member, String app) {
    soon(
        () ->
            assertThat(member.condition(app, "Ready"))
                .as(member.reported(app).toString())
                .isEqualTo("True"));
  }

  private static void assertGone(ApiServer api, String namespace) {
    KubectlResult left = api.kubectl("get", "devicequeries", "-n", namespace, "-o", "name");
    assertThat(left.orThrow()).isEmpty();
  }

  @Test
  void aDeviceAnswersWhomItsOwnerAllowsAndNobodyElse(@KubernetesApi ApiServer api)
      throws Exception {
    String namespace = api.newNamespace("fleet");
    String name = "asked";
    try (var device = VirtualDevice.named(name).boot();
        var member = FleetMember.enrol(api, namespace, name);
        var operator = new FleetOperator(api, namespace)) {
      Path reader = reader(api, namespace);
      operator.declare("pump", PUMP);
      try (var _ = DeviceLoop.start(device, member.link())) {
        awaitReady(member, "pump");
        for (String command : List.of("logs", "events")) {
          Said denied = sandbar(reader, namespace, command, name, "pump");
          assertThat(denied.code()).isEqualTo(1);
          assertThat(denied.whole())
              .contains("refuses: the owner of this device does not allow it", "logs: Allow")
              .doesNotContain(SECRET);
        }
        assertGone(api, namespace);
      }
      try (var _ = DeviceLoop.startAllowingLogs(device, member.link())) {
        answers(api, namespace, name, reader);
        refusesWhatIsNotSandbars(device, namespace, name, reader);
        isSealed(api, namespace, name, reader);
        operator.declare("noise", NOISE);
        awaitReady(member, "noise");
        cutsAndTames(namespace, name, reader);
        refusesStrangers(api, namespace, name);
        assertGone(api, namespace);
        assertThat(Texts.at(member.object("devicebundle", "metadata", "annotations"), "a"))
            .isEmpty();
      }
      assertThat(operator.fatal).isEmpty();
    }
  }

  private static void answers(ApiServer api, String namespace, String name, Path reader) {
    Said logs = sandbar(reader, namespace, "logs", name, "pump", "--lines", "50");
    assertThat(logs.code()).as(logs.whole()).isZero();
    assertThat(logs.out()).contains(SECRET, "Started sandbar-pump.service");
    assertThat(logs.err()).isEmpty();
    Said none = sandbar(reader, namespace, "logs", name, "pump", "--since", "2099-01-01");
    assertThat(none.code()).isZero();
    assertThat(none.whole()).contains("has nothing of pump since 2099-01-01");
    Said events = sandbar(reader, namespace, "events", name);
    assertThat(events.code()).as(events.whole()).isZero();
    assertThat(events.out()).contains("LAST SEEN", "pump");
    Said json = sandbar(reader, namespace, "events", name, "pump", "-o", "json");
    assertThat(json.out()).contains("\"kind\": \"EventList\"", "\"app\": \"pump\"");
    assertGone(api, namespace);
  }

  private static void refusesWhatIsNotSandbars(
      VirtualDevice device, String namespace, String name, Path reader) {
    device.write(
        "/etc/systemd/system/sandbar-owners.service",
        "[Service]\nExecStart=/bin/echo what others run\n");
    device.exec("systemctl", "daemon-reload").orThrow();
    device.exec("systemctl", "start", "sandbar-owners.service").orThrow();
    for (String app : List.of("owners", "ssh", "systemd-journald")) {
      Said refused = sandbar(reader, namespace, "logs", name, app);
      assertThat(refused.code()).isEqualTo(1);
      assertThat(refused.whole()).contains("refuses: the device has no app " + app);
    }
    assertThat(sandbar(reader, namespace, "logs", name, "../../etc").whole()).contains("is no app");
    assertThat(sandbar(reader, namespace, "logs", "nobody", "pump").whole())
        .contains("there is no device nobody");
  }

  /** Whoever reads the object, or a backup of the store, reads nothing. */
  private static void isSealed(ApiServer api, String namespace, String name, Path reader)
      throws Exception {
    AnswerSeal asker = AnswerSeal.generate();
    api.kubectl()
        .apply(
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: DeviceQuery
            metadata: {name: %s, namespace: %s}
            spec: {logs: {app: pump}, publicKey: %s}
            """
                .formatted(name, namespace, asker.publicKey()))
        .orThrow();
    soon(() -> assertThat(query(api, namespace, name, "{.status.answer}")).isNotEmpty());
    String sealed = query(api, namespace, name, "{.status.answer}");
    byte[] bytes = Base64.getDecoder().decode(sealed);
    assertThat(new String(bytes, StandardCharsets.ISO_8859_1)).doesNotContain(SECRET, "pump");
    String uid = query(api, namespace, name, "{.metadata.uid}");
    assertThat(new String(asker.open(sealed, uid), StandardCharsets.UTF_8)).contains(SECRET);
    assertThat(query(api, namespace, name, "{.metadata.ownerReferences[0].kind}"))
        .isEqualTo("Device");
    // It stands in the way of whoever asks next.
    Said second = sandbar(reader, namespace, "logs", name, "pump");
    assertThat(second.code()).isEqualTo(1);
    assertThat(second.whole())
        .contains("another query to the device asked stands since", "after 2");
    assertThat(query(api, namespace, name, "{.metadata.uid}")).as("not deleted").isEqualTo(uid);
    api.kubectl("delete", "devicequery", name, "-n", namespace).orThrow();
  }

  private static String query(ApiServer api, String namespace, String name, String path) {
    return api.kubectl("get", "devicequery", name, "-n", namespace, "-o", "jsonpath=" + path)
        .orThrow();
  }

  private static void cutsAndTames(String namespace, String name, Path reader) {
    soon(
        () -> {
          Said noise =
              sandbar(reader, namespace, "logs", name, "noise", "--lines", "2000", "--timeout=1m");
          assertThat(noise.code()).as(noise.whole()).isZero();
          assertThat(noise.err()).contains("older lines are left out");
          assertThat(noise.out().length()).isBetween(40_000, 64 << 10);
          assertThat(noise.out().chars().filter(c -> c < ' ' && c != '\n')).isEmpty();
          assertThat(noise.out()).contains("xxxxxxxx");
        });
    Said escapes = sandbar(reader, namespace, "logs", name, "noise", "--lines", "2000");
    assertThat(escapes.out()).doesNotContain("\u001b", "\u0007");
  }

  private static void refusesStrangers(ApiServer api, String namespace, String name)
      throws IOException {
    Path stranger = api.kubeconfig("stranger");
    Said denied = sandbar(stranger, namespace, "logs", name, "pump");
    assertThat(denied.code()).isEqualTo(1);
    assertThat(denied.whole()).contains("you may not get devices.sandbar.dev asked");
    api.kubectl(
            "create",
            "role",
            "looker",
            "--verb=get",
            "--resource=devices.sandbar.dev",
            "-n",
            namespace)
        .orThrow();
    api.kubectl(
            "create", "rolebinding", "looker", "--role=looker", "--user=stranger", "-n", namespace)
        .orThrow();
    soon(
        () ->
            assertThat(sandbar(stranger, namespace, "logs", name, "pump").whole())
                .contains("you may not ask devices of the namespace " + namespace)
                .contains("sandbar-log-reader"));
    // A reader of one namespace is none of another.
    String elsewhere = api.newNamespace("fleet");
    assertThat(
            api.kubectl(
                    "auth",
                    "can-i",
                    "create",
                    "devicequeries.sandbar.dev",
                    "-n",
                    elsewhere,
                    "--as=" + READER)
                .stdout()
                .strip())
        .isEqualTo("no");
  }
}
