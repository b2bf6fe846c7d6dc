package dev.sandbar.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.agent.AgentRequest;
import dev.sandbar.gitserver.Bomb;
import dev.sandbar.gitserver.HostileAnswers;
import dev.sandbar.gitserver.HttpsGitServer.Interception;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a Git server and a registry send to take much of a device, each refused by its name. */
final class ServerBombs {
  private static final String LAYER =
      "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"sha256:%s\",\"size\":%s}"
          .formatted("a".repeat(64), "9".repeat(15));

  private static final String ANYTHING = "sha256:" + Sha256.of("anything");

  private final Reported agent;
  private final HostileServer server;
  private final GitRepository repository;

  /** By the name of an app, the reason that its image is not used. */
  private final Map<String, String> reasons = new LinkedHashMap<>();

  ServerBombs(VirtualDevice device, HostileServer server, GitRepository repository) {
    this.agent = () -> device;
    this.server = server;
    this.repository = repository;
  }

  /** Each in place of the answers of Git, one after the other. */
  void ofGit() throws IOException {
    refused(Bomb.chain(100), "stored as differences to each other");
    refused(Bomb.siblings(90_000, 4 << 20), "bytes when it is unpacked");
    refused(Bomb.chainByName(100), "stored as differences to each other");
    refused(Bomb.messages(8 << 20), "bytes of messages");
    refused(HostileAnswers::refs, "sends more than 1048576 bytes");
    refused(HostileAnswers.plainFiles(server.elsewhere()), "does not answer as a Git server");
    assertThat(server.requests()).isNotEmpty().allMatch(it -> it.contains("/info/refs"));
    assertThat(server.wasLedElsewhere()).as("asked by way of http-alternates").isFalse();
    answers(exchange -> false);
  }

  /** The agent need not wait as long as it does after failures. */
  private void answers(Interception git) throws IOException {
    server.git(git);
    AgentRequest.ask(agent.device().root(), AgentRequest.Verb.RECONCILE, null);
  }

  private void refused(Interception bomb, String why) throws IOException {
    answers(bomb);
    await().atMost(Apps.SOON).untilAsserted(() -> assertThat(agent.sourceProblem()).contains(why));
  }

  /** All of them at once, each as the image of an app. */
  void ofARegistry() throws IOException {
    manifests();
    served("endless", exchange -> HostileAnswers.endless(exchange, 0, "{"), "longer than 1048576");
    served(
        "announced",
        exchange -> HostileAnswers.endless(exchange, 2_000_000_000L, "{"),
        "longer than 1048576");
    served("cut", ServerBombs::cut, "was lost");
    served("header", ServerBombs::header, "was lost");
    served("circle", this::circle, "without end");
    served("token", this::challenge, "longer than 65536");
    server.registry("/v2/token", exchange -> HostileAnswers.endless(exchange, 0, "{"));
    repository.commitAll("Images of a hostile registry");
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              for (Map.Entry<String, String> expected : reasons.entrySet()) {
                assertThat(agent.why(expected.getKey(), "Ready"))
                    .as(expected.getKey())
                    .startsWith("ArtifactFailed: ")
                    .contains(expected.getValue())
                    .hasSizeLessThan(1_100);
              }
            });
    for (String app : reasons.keySet()) {
      repository.delete(app + ".yaml");
    }
  }

  private void manifests() throws IOException {
    manifest("deep", "[".repeat(1 << 20), "not JSON");
    manifest("values", "{\"layers\":[{}" + ",{}".repeat(300_000) + "]}", "not JSON");
    manifest("many", "{\"layers\":[{}" + ",{}".repeat(45_000) + "]}", "45001 layers");
    manifest(
        "layers",
        "{\"layers\":[" + LAYER + ("," + LAYER).repeat(5_000) + "]}",
        "5001 layers, more than 128");
    manifest(
        "large", "{\"layers\":[" + LAYER + ("," + LAYER).repeat(127) + "]}", "more than the limit");
    manifest("annotated", "{\"layers\":[{\"annotations\":{" + annotations() + "}}]}", "no sha256");
    String index =
        "{\"manifests\":[{\"digest\":\"%s\",\"size\":1,\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}}]}";
    String machine = System.getProperty("os.arch").replace("aarch64", "arm64");
    String inner = server.manifest("acme/index", index.formatted(ANYTHING, machine));
    manifest("index", index.formatted(inner, machine), "leads to another index");
    String other = index.formatted(ANYTHING, "a".repeat(900_000));
    manifest("platform", other, "has no image for linux/" + machine);
  }

  private static String annotations() {
    var text = new StringBuilder("\"k\":\"\"");
    for (int i = 0; i < 48_000; i++) {
      text.append(",\"key%06d\":\"\"".formatted(i));
    }
    return text.toString();
  }

  private void manifest(String name, String text, String why) throws IOException {
    declared(name, server.manifest("acme/" + name, text), why);
  }

  private void served(String name, Interception answer, String why) throws IOException {
    server.registry("/v2/acme/%s/manifests/%s".formatted(name, ANYTHING), answer);
    declared(name, ANYTHING, why);
  }

  private void declared(String name, String digest, String why) throws IOException {
    reasons.put(name, why);
    repository.write(
        name + ".yaml",
        Apps.manifest(
            name,
            "image: {oci: '%s/acme/%s', digest: '%s'}, run: {command: [/usr/bin/true]}"
                .formatted(server.host(), name, digest)));
  }

  private static boolean cut(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, 2_000_000_000L);
    exchange.getResponseBody().write("{\"layers\":".getBytes(UTF_8));
    exchange.getResponseBody().flush();
    exchange.close();
    return true;
  }

  private static boolean header(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().add("X-Long", "x".repeat(4 << 20));
    exchange.sendResponseHeaders(200, -1);
    return true;
  }

  private boolean circle(HttpExchange exchange) throws IOException {
    exchange
        .getResponseHeaders()
        .add("Location", server.url("").replaceAll("/$", "") + exchange.getRequestURI());
    exchange.sendResponseHeaders(307, -1);
    return true;
  }

  private boolean challenge(HttpExchange exchange) throws IOException {
    exchange
        .getResponseHeaders()
        .add("WWW-Authenticate", "Bearer realm=\"" + server.url("v2/token") + "\",service=\"s\"");
    exchange.sendResponseHeaders(401, -1);
    return true;
  }
}
