package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.fleet.AppFold;
import dev.sandbar.core.fleet.AppOnDevice;
import dev.sandbar.core.fleet.Intent;
import dev.sandbar.core.fleet.Reach;
import dev.sandbar.core.fleet.Seen;
import dev.sandbar.core.model.HoldSpec;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.ReadyWhen;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Condition.Status;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What GitOps tools make of an AppSandbox: Flux by its own library, Argo CD by the health check and
 * the actions of {@code examples/argocd} in its own Lua engine.
 */
class GitOpsToolsTest {
  private static final Path EXAMPLE = Path.of("../../examples/argocd").toAbsolutePath();
  private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");
  private static final long GENERATION = 3;
  private static final Seen FINE =
      new Seen(
          GENERATION,
          Status.TRUE,
          false,
          false,
          "ReconciliationSucceeded",
          "Applied revision: main");

  @TempDir private Path work;

  private static AppFold.Terms terms(int reachable) {
    return new AppFold.Terms(new ReadyWhen(reachable), HoldSpec.NONE, false, "");
  }

  private static AppFold fold(Seen... devices) {
    var fold = new AppFold(GENERATION);
    for (int i = 0; i < devices.length; i++) {
      fold.add("pump-" + i, Reach.REACHABLE, app(devices[i]));
    }
    return fold;
  }

  private static AppOnDevice app(Seen seen) {
    return new AppOnDevice(new Intent.Published(GENERATION), seen, true);
  }

  private static AppFold largeFleet() {
    var fold = new AppFold(GENERATION);
    for (int i = 1; i < 300; i++) {
      fold.add("pump-" + i, Reach.REACHABLE, app(FINE));
    }
    fold.add("pump-300", Reach.UNREACHABLE, app(FINE));
    return fold;
  }

  private static Seen seen(Status ready, boolean stalled, String reason) {
    return new Seen(GENERATION - 1, ready, false, stalled, reason, "exited with 1");
  }

  private static String object(AppFold fold, AppFold.Terms terms, long generation, String spec) {
    var conditions = new ArrayList<Node>();
    for (Condition condition : fold.summary(terms, List.of(), NOW).conditions()) {
      conditions.add(
          Node.mapping(
              List.of(
                  Node.entry("type", Node.text(condition.type().text())),
                  Node.entry("status", Node.text(condition.status().text())),
                  Node.entry("reason", Node.text(condition.reason())),
                  Node.entry("message", Node.text(condition.message())))));
    }
    return """
    {"apiVersion": "sandbar.dev/v1alpha1", "kind": "AppSandbox",
     "metadata": {"name": "pump", "namespace": "factory", "generation": %d}, "spec": %s,
     "status": {"observedGeneration": %d, "conditions": %s}}
    """
        .formatted(generation, spec, GENERATION, JsonWriter.compact(Node.list(conditions)));
  }

  private static String object(AppFold fold) {
    return object(fold, AppFold.Terms.NONE, GENERATION, "{}");
  }

  /** The objects, each with the status by kstatus and by Argo CD. */
  private static Map<String, List<String>> cases() {
    var cases = new LinkedHashMap<String, List<String>>();
    cases.put(object(fold(FINE, FINE)), List.of("Current", "Healthy"));
    cases.put(object(fold(FINE, Seen.NOTHING)), List.of("InProgress", "Progressing"));
    cases.put(
        object(fold(FINE, seen(Status.FALSE, true, "RolledBack"))), List.of("Failed", "Degraded"));
    cases.put(
        object(fold(FINE, seen(Status.UNKNOWN, false, "Held"))),
        List.of("InProgress", "Suspended"));
    cases.put(object(fold()), List.of("InProgress", "Degraded"));
    cases.put(object(largeFleet()), List.of("InProgress", "Progressing"));
    cases.put(object(largeFleet(), terms(95), GENERATION, "{}"), List.of("Current", "Healthy"));
    cases.put(
        object(fold(FINE), AppFold.Terms.NONE, GENERATION + 1, "{}"),
        List.of("InProgress", "Progressing"));
    cases.put(
        object(fold(FINE), AppFold.Terms.NONE, GENERATION, "{\"suspend\": true}"),
        List.of("Current", "Suspended"));
    return cases;
  }

  private static String gitops() throws IOException, InterruptedException {
    Process build =
        new ProcessBuilder("../tools/gitops/build")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String folder = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(build.waitFor()).isZero();
    return folder.strip() + "/gitops";
  }

  private List<String> judged(String input, String... command)
      throws IOException, InterruptedException {
    Path objects = Files.writeString(work.resolve("objects.json"), input);
    Process process =
        new ProcessBuilder(command)
            .redirectInput(objects.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output.lines().toList();
  }

  private static String word(String line) {
    return line.substring(0, line.indexOf(' '));
  }

  @Test
  void fluxAndArgoCdEndWhereDevicesGaveUpAndWaitForNoOthers() throws Exception {
    Map<String, List<String>> cases = cases();
    String gitops = gitops();
    String objects = String.join("\n", cases.keySet());
    List<String> flux = judged(objects, gitops, "kstatus");
    List<String> argo = judged(objects, gitops, "health", EXAMPLE.resolve("health.lua").toString());
    int at = 0;
    for (Map.Entry<String, List<String>> one : cases.entrySet()) {
      assertThat(List.of(word(flux.get(at)), word(argo.get(at))))
          .as(one.getKey())
          .isEqualTo(one.getValue());
      at++;
    }
    assertThat(argo)
        .contains("Degraded RolledBack: 1 of 2 devices ready; exited with 1")
        .contains(
            "Healthy DeviceUnreachable: 299 of 300 devices ready, 1 device unreachable: pump-300");
  }

  @Test
  void theActionsOfArgoCdChangeWhatTheySay() throws Exception {
    Node actions =
        YamlReader.read("actions", Files.readAllBytes(EXAMPLE.resolve("actions")))
            .documents()
            .getFirst();
    var after = new LinkedHashMap<String, String>();
    String gitops = gitops();
    String object = object(fold(FINE), AppFold.Terms.NONE, GENERATION, "{\"suspend\": true}");
    if (actions.fields().get("definitions") instanceof Node.Sequence definitions) {
      for (Node action : definitions.items()) {
        String name = text(action, "name");
        Path script = Files.writeString(work.resolve(name + ".lua"), text(action, "action.lua"));
        after.put(name, String.join("", judged(object, gitops, "action", script.toString())));
      }
    }
    assertThat(after).containsOnlyKeys("reconcile", "suspend", "resume");
    assertThat(after.get("reconcile")).containsPattern("\"sandbar.dev/requestedAt\":\"2[0-9]{3}-");
    assertThat(after.get("suspend")).contains("\"suspend\":true");
    assertThat(after.get("resume")).doesNotContain("\"suspend\"");
    Path discovery =
        Files.writeString(work.resolve("discovery.lua"), text(actions, "discovery.lua"));
    String offered = String.join("", judged(object, gitops, "action", discovery.toString()));
    assertThat(offered)
        .contains("\"resume\":{\"disabled\":false}", "\"suspend\":{\"disabled\":true}");
  }

  private static String text(Node mapping, String key) {
    return mapping.fields().get(key) instanceof Node.Scalar scalar ? scalar.text() : "";
  }
}
