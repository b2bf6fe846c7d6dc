package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.bundle.TableDigest;
import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.PackedText;
import dev.sandbar.source.text.TextLimits;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Test;

/** Where the facts of a real device stand, and that the operator finds them there. */
class FleetFactsTest {
  /** Of a described Device; a message may take that. */
  private static final int LINE = 200;

  private static final String SLEEP =
      "run: {command: [/usr/bin/sleep, infinity]}, systemCalls: {deny: [\"@reboot\"]}";

  private static void soon(ThrowingRunnable assertion) {
    await()
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(300))
        .untilAsserted(assertion);
  }

  private static void awaitReady(FleetMember member, String app, long generation) {
    soon(
        () -> {
          assertThat(member.condition(app, "Ready"))
              .as(member.reported(app).toString())
              .isEqualTo("True");
          assertThat(Texts.at(member.reported(app), "generation"))
              .isEqualTo(Long.toString(generation));
        });
  }

  private static String inFacts(FleetMember member) {
    return Texts.at(member.object("device", "status", "facts"), "systemCalls");
  }

  private static String inBundle(FleetMember member) {
    return Texts.at(member.object("devicebundle", "status"), "systemCalls");
  }

  private static void awaitMoved(FleetMember member) {
    soon(
        () -> {
          String table = inBundle(member);
          assertThat(PackedText.unpack(table, TextLimits.DEFAULT)).isPresent();
          assertThat(inFacts(member)).isEqualTo(TableDigest.of(table));
        });
  }

  @Test
  void aDescribedDeviceHasShortLines(@KubernetesApi ApiServer api) throws Exception {
    String namespace = api.newNamespace("fleet");
    try (var device = VirtualDevice.named("described").boot();
        var member = FleetMember.enrol(api, namespace, "described")) {
      try (var operator = new FleetOperator(api, namespace);
          var _ = DeviceLoop.start(device, member.link())) {
        operator.declare("pump", SLEEP);
        awaitReady(member, "pump", 1);
        awaitMoved(member);
        assertShort(api.kubectl("describe", "dvc", "-n", namespace).orThrow());
        assertShort(api.kubectl("get", "dvc", "-n", namespace, "-o", "yaml").orThrow());
        assertThat(Texts.at(member.object("devicebundle", "spec", "apps", "pump"), "rendered"))
            .as("as the device renders it")
            .isEqualTo(Texts.at(member.reported("pump"), "rendered"));
        assertThat(operator.fatal).isEmpty();
      }
      // Both begin anew, and what they need is there.
      String pid = Apps.pid(device, "pump");
      try (var operator = new FleetOperator(api, namespace);
          var loop = DeviceLoop.start(device, member.link())) {
        operator.declare("valve", SLEEP);
        awaitReady(member, "valve", 1);
        awaitMoved(member);
        // A bundle that is made again gets the table again.
        member.deleteBundle();
        soon(() -> assertThat(member.condition("valve", "Ready")).isEqualTo("True"));
        awaitMoved(member);
        assertThat(Apps.pid(device, "pump")).isEqualTo(pid);
        assertThat(loop.sourceProblem()).isEmpty();
        assertThat(operator.fatal).isEmpty();
      }
    }
  }

  private static void assertShort(String shown) {
    assertThat(shown.lines())
        .anyMatch(line -> line.contains("sha256:"))
        .allMatch(line -> line.length() <= LINE);
  }

  /** What a device lacks for it is said to the fleet, and the app comes once it is there. */
  @Test
  void anAppWithANetworkOfItsOwnIsConnectedWhereThatCanBe(@KubernetesApi ApiServer api)
      throws Exception {
    String namespace = api.newNamespace("fleet");
    String connect = "exec 3<>/dev/tcp/198.51.100.2/8080 && echo connected";
    String spec =
        "run: {command: [/bin/bash, -c, 'while :; do (%s); sleep 1; done']}, permissions: {internet: true}, network: Own"
            .formatted(connect);
    try (var network = VirtualNetwork.create();
        var device = VirtualDevice.named("routed").network(network).boot();
        ServerSocket internet =
            network.namespace(VirtualNetwork.Peer.INTERNET).call(() -> new ServerSocket(8080));
        var member = FleetMember.enrol(api, namespace, "routed");
        var operator = new FleetOperator(api, namespace)) {
      assertThat(internet.isBound()).isTrue();
      operator.declare("routed", spec);
      try (var _ = DeviceLoop.start(device, member.link())) {
        soon(
            () ->
                assertThat(member.object("device", "status", "cannotEnforce").toString())
                    .contains(
                        "routed", "network: Own: this device lacks", "net.ipv4.ip_forward=1"));
        assertThat(Apps.traces(device, "routed")).isEmpty();
      }
      NetworkApps.prepare(device);
      try (var _ = DeviceLoop.start(device, member.link())) {
        awaitReady(member, "routed", 1);
        soon(() -> assertThat(NetworkApps.journal(device, "routed")).contains("connected"));
        soon(
            () ->
                assertThat(member.object("device", "status").toString())
                    .doesNotContain("this device lacks"));
        Node directives = member.object("devicebundle", "status", "apps", "routed", "directives");
        assertThat(Texts.at(directives, "degraded")).isEqualTo("0");
        assertThat(Integer.parseInt(Texts.at(directives, "enforced"))).isGreaterThan(50);
        assertThat(member.condition("routed", "Drifted")).isEqualTo("False");

        device.exec("nft", "flush", "ruleset").orThrow();
        soon(
            () ->
                assertThat(member.reported("routed").toString())
                    .contains("nftables table sandbar", "missing"));
        // It connects no more, and nothing that holds it is said to be lost.
        assertThat(member.condition("routed", "Drifted")).isEqualTo("True");
        operator.declare("routed", spec + ", drift: {mode: Correct}");
        soon(() -> assertThat(member.condition("routed", "Drifted")).isEqualTo("False"));
        NetworkApps.awaitRules(device, "masquerade");
        assertThat(operator.fatal).isEmpty();
      }
    }
  }

  /** Agents are upgraded before the CRDs and the operator. */
  @Test
  void aServerOfAnOlderReleaseFindsTheTableInTheFacts(
      @KubernetesApi(scope = KubernetesApi.Scope.METHOD) ApiServer api) throws Exception {
    String namespace = api.newNamespace("fleet");
    try (var device = VirtualDevice.named("early").boot();
        var member = FleetMember.enrol(api, namespace, "early")) {
      api.applyCrds(Path.of("../../crds/baseline/v1alpha1/devicebundles.sandbar.dev.yaml"));
      try (var operator = new FleetOperator(api, namespace);
          var _ = DeviceLoop.start(device, member.link())) {
        operator.declare("pump", SLEEP);
        operator.declare("still", SLEEP);
        awaitReady(member, "pump", 1);
        awaitReady(member, "still", 1);
        String pid = Apps.pid(device, "still");
        assertThat(PackedText.unpack(inFacts(member), TextLimits.DEFAULT)).isPresent();
        assertThat(inBundle(member)).isEmpty();

        api.applyCrds(Path.of("../../charts/sandbar/crds"));
        operator.declare("pump", SLEEP + ", permissions: {state: true}");
        awaitReady(member, "pump", 2);
        awaitMoved(member);

        // And back.
        api.applyCrds(Path.of("../../crds/baseline/v1alpha1/devicebundles.sandbar.dev.yaml"));
        operator.declare("pump", SLEEP);
        awaitReady(member, "pump", 3);
        soon(() -> assertThat(PackedText.unpack(inFacts(member), TextLimits.DEFAULT)).isPresent());
        assertThat(Apps.pid(device, "still")).isEqualTo(pid);
        assertThat(operator.fatal).isEmpty();
      }
    }
  }
}
