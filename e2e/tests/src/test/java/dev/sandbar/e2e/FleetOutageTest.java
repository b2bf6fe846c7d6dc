package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole loop, operator and agent, while the store forgets, and while one of them hangs. */
class FleetOutageTest {
  /** Longer than a request may take and than several sweeps and attempts to connect. */
  private static final Duration OUTAGE = Duration.ofSeconds(20);

  /** Degraded is a device that lacks a controller, as virtual ones may. */
  private static final String READY = "True (Succeeded|Degraded)";

  private static final String SLEEP = "run: {command: [/usr/bin/sleep, infinity]}";
  private static final String CORRECT = SLEEP + ", drift: {mode: Correct}";
  private static final String CHANGED = CORRECT + ", permissions: {state: true}";

  /** Says in a file of its own each time it starts. */
  private static String counting(int edition) {
    return "run: {command: [/bin/sh, -c, 'echo started >> $STATE_DIRECTORY/starts; exec sleep"
        + " infinity'], environment: {EDITION: '"
        + edition
        + "'}}, permissions: {state: true}";
  }

  private static void soon(ThrowingRunnable assertion) {
    await().atMost(Apps.SOON).pollInterval(Duration.ofMillis(300)).untilAsserted(assertion);
  }

  private static void awaitReported(FleetMember member, String app, long generation) {
    soon(
        () -> {
          assertThat(member.condition(app, "Ready"))
              .as(member.reported(app).toString())
              .isEqualTo("True");
          assertThat(Texts.at(member.reported(app), "generation"))
              .isEqualTo(Long.toString(generation));
        });
  }

  @Test
  void neitherATimeWithoutServerNorAStoreThatForgetsStopsAnything(
      @KubernetesApi(scope = KubernetesApi.Scope.METHOD) ApiServer api) throws Exception {
    String namespace = api.newNamespace("fleet");
    try (var device = VirtualDevice.named("forgets").boot();
        var member = FleetMember.enrol(api, namespace, "forgets");
        var operator = new FleetOperator(api, namespace);
        var loop = DeviceLoop.start(device, member.link())) {
      operator.declare("still", CORRECT);
      operator.declare("pump", CORRECT);
      awaitReported(member, "still", 1);
      awaitReported(member, "pump", 1);
      String still = Apps.pid(device, "still");
      String pump = Apps.pid(device, "pump");

      api.stopApiServer();
      await()
          .during(OUTAGE)
          .atMost(OUTAGE.plus(Apps.SOON))
          .pollInterval(Duration.ofSeconds(1))
          .until(
              () ->
                  Apps.pid(device, "still").equals(still) && Apps.pid(device, "pump").equals(pump));
      assertThat(loop.connected()).isFalse();
      api.startApiServer();
      operator.declare("pump", CHANGED);
      awaitReported(member, "pump", 2);
      soon(() -> assertThat(loop.sourceProblem()).isEmpty());
      assertThat(Apps.pid(device, "still")).as("the server is back").isEqualTo(still);

      long first = api.compactEtcd();
      operator.declare("valve", CORRECT);
      awaitReported(member, "valve", 1);
      assertThat(Apps.pid(device, "still")).as("the past is forgotten").isEqualTo(still);

      // The server's own watches of the store end, and go on from what is forgotten.
      operator.declare("valve", CHANGED);
      assertThat(api.compactEtcd()).isGreaterThan(first);
      api.restartEtcd();
      operator.declare("pump", CORRECT);
      awaitReported(member, "pump", 3);
      awaitReported(member, "valve", 2);
      soon(() -> assertThat(loop.sourceProblem()).isEmpty());
      assertThat(Apps.pid(device, "still")).as("the store was restarted").isEqualTo(still);
      assertThat(operator.fatal).isEmpty();
    }
  }

  @Test
  void aServerThatHangsIsNoticedAndTheAppIsLookedAfterAllTheSame(
      @KubernetesApi(scope = KubernetesApi.Scope.METHOD) ApiServer api) throws Exception {
    String namespace = api.newNamespace("fleet");
    try (var device = VirtualDevice.named("hangs").boot();
        var member = FleetMember.enrol(api, namespace, "hangs");
        var operator = new FleetOperator(api, namespace);
        var loop = DeviceLoop.start(device, member.link())) {
      operator.declare("pump", CORRECT);
      awaitReported(member, "pump", 1);
      soon(() -> assertThat(loop.connected()).isTrue());
      String pid = Apps.pid(device, "pump");
      long began = System.nanoTime();
      api.pauseApiServer();
      try {
        soon(() -> assertThat(loop.connected()).isFalse());
        assertThat(Apps.pid(device, "pump")).isEqualTo(pid);
        Apps.stop(device, "pump");
        soon(() -> assertThat(Apps.state(device, "pump").strip()).isEqualTo("active"));
        Duration left = Duration.ofSeconds(20).minusNanos(System.nanoTime() - began);
        Thread.sleep(Math.max(0, left.toMillis()));
      } finally {
        api.resumeApiServer();
      }
      soon(() -> assertThat(loop.connected()).isTrue());
      operator.declare("pump", CHANGED);
      awaitReported(member, "pump", 2);
      soon(() -> assertThat(loop.sourceProblem()).isEmpty());
      // What came and went meanwhile is reported, in order, with its own time.
      soon(
          () ->
              assertThat(
                      sent(api, namespace).stream()
                          .filter(event -> Texts.at(event, "message").contains("STATE ActiveState"))
                          .map(event -> Texts.at(event, "reason")))
                  .containsExactly("DriftDetected", "NoDriftDetected"));
      assertThat(operator.fatal).isEmpty();
    }
  }

  @Test
  void anAgentThatHangsIsMissedAndDoesWhatItMissedOnce(
      @KubernetesApi ApiServer api, @TempDir Path folder) throws Exception {
    String namespace = api.newNamespace("fleet");
    try (var device = VirtualDevice.named("missed").boot();
        var member = FleetMember.enrol(api, namespace, "missed");
        var operator = new FleetOperator(api, namespace);
        var agent = AgentProcess.start(device.pid(), member, folder.resolve("log"))) {
      operator.declare("pump", counting(1));
      awaitReported(member, "pump", 1);
      soon(() -> assertThat(ready(member)).matches(READY));
      assertThat(starts(device)).isEqualTo(1);
      String pid = Apps.pid(device, "pump");

      agent.signal("STOP");
      operator.declare("pump", counting(2));
      soon(() -> assertThat(ready(member)).isEqualTo("Unknown DeviceUnreachable"));
      assertThat(Apps.pid(device, "pump")).as("what it ran goes on").isEqualTo(pid);
      agent.signal("CONT");

      awaitReported(member, "pump", 2);
      soon(() -> assertThat(ready(member)).matches(READY));
      assertThat(starts(device)).as("started for the change, once").isEqualTo(2);
      assertThat(agent.running()).isTrue();
    }
  }

  /** Events that the agents in a namespace have sent, in the order of its journal. */
  private static List<Node> sent(ApiServer api, String namespace) {
    String json = api.get("/api/v1/namespaces/" + namespace + "/events").orElseThrow();
    Node list =
        JsonReader.read("events", json.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
    return Texts.items(list, "items").stream()
        .filter(event -> sequence(event) > 0)
        .sorted(Comparator.comparingLong(FleetOutageTest::sequence))
        .toList();
  }

  private static long sequence(Node event) {
    Node annotations =
        event
            .fields()
            .getOrDefault("metadata", Node.mapping(List.of()))
            .fields()
            .getOrDefault("annotations", Node.mapping(List.of()));
    String text = Texts.at(annotations, "sandbar.dev/sequence");
    return text.isEmpty() ? 0 : Long.parseLong(text);
  }

  private static String ready(FleetMember member) {
    return Texts.items(member.object("device", "status"), "conditions").stream()
        .filter(condition -> Texts.at(condition, "type").equals("Ready"))
        .map(condition -> Texts.at(condition, "status") + " " + Texts.at(condition, "reason"))
        .findFirst()
        .orElse("");
  }

  private static long starts(VirtualDevice device) {
    return device
        .exec("sh", "-c", "cat $(find /var/lib -name starts -type f)")
        .orThrow()
        .lines()
        .count();
  }
}
