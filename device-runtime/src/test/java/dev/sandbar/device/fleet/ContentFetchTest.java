package dev.sandbar.device.fleet;

import static dev.sandbar.device.testing.Eventually.eventually;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.KubeObject;
import dev.sandbar.device.store.ContentStore;
import dev.sandbar.device.store.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentFetchTest {
  private static final String CONTENTS = "/apis/sandbar.dev/v1alpha1/namespaces/plant/appcontents/";

  @TempDir private Path root;
  private final AtomicInteger tried = new AtomicInteger();
  private ContentStore store;
  private ScriptedServer server;

  @BeforeEach
  void serve() throws IOException {
    server = ScriptedServer.start();
    store = ContentStore.of(root, new DurableFiles());
  }

  @AfterEach
  void end() {
    server.close();
  }

  private ContentFetch fetch() {
    var backoff = new Backoff(Duration.ofMillis(10), 1, Duration.ofMillis(10));
    return new ContentFetch(
        server.api(), server.address(), store, backoff, _ -> 0, tried::incrementAndGet);
  }

  private static FileContent.Kept kept(String text, String object) {
    return new FileContent.Kept(Sha256.of(text), text.length(), object);
  }

  private static String content(String text) {
    String data = Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
    return "{\"spec\":{\"data\":\"%s\"}}".formatted(data);
  }

  private static BundleCopy bundle(int generation, FileContent.Kept... files) {
    Node all =
        Node.list(
            List.of(files).stream()
                .map(
                    it ->
                        Json.object(
                            "path",
                            "/run/" + it.object(),
                            "kept",
                            Json.object(
                                "sha256",
                                it.digest().hex(),
                                "bytes",
                                it.bytes(),
                                "object",
                                it.object())))
                .toList());
    Node run = Json.object("command", Json.texts(List.of("/bin/true")));
    Node app =
        Json.object(
            "spec", Json.object("run", run, "files", all), "generation", 1, "revision", "r");
    Node spec = Json.object("digest", "d", "apps", Json.object("pump", app));
    Node metadata = Json.object("uid", "u1", "generation", generation);
    return BundleCopy.of(KubeObject.read(Json.object("metadata", metadata, "spec", spec)))
        .orElseThrow();
  }

  @Test
  void aBundleThatNamesNothingWaitsForNothing() {
    try (var fetch = fetch()) {
      assertThat(fetch.settled(bundle(1))).isTrue();
    }
    assertThat(server.seen()).isEmpty();
  }

  @Test
  void itWaitsOnceForWhatItNamesWhichIsGotOnce() {
    server.then(200, content("one")).then(200, content("two"));
    BundleCopy copy = bundle(1, kept("one", "pump-1"), kept("two", "pump-2"));
    try (var fetch = fetch()) {
      assertThat(fetch.settled(copy)).isFalse();
      eventually("tried", () -> tried.get() == 1);
      assertThat(fetch.settled(copy)).isTrue();
      assertThat(store.has(kept("one", ""))).isTrue();
      assertThat(store.has(kept("two", ""))).isTrue();
      BundleCopy next = bundle(2, kept("one", "pump-1"));
      fetch.settled(next);
      eventually("settled", () -> fetch.settled(next));
    }
    assertThat(server.seen())
        .extracting(ScriptedServer.Seen::path)
        .containsExactlyInAnyOrder(CONTENTS + "pump-1", CONTENTS + "pump-2");
  }

  @Test
  void whatIsNotGivenOrIsSomethingElseIsAskedForAgain() {
    server
        .then(404, "{\"message\":\"there is none\"}")
        .then(200, content("two"))
        .then(200, "{\"spec\":{\"data\":\"no base64!\"}}")
        .then(200, "{\"spec\":{}}")
        .then(200, content("one and more"))
        .then(200, content("one"));
    BundleCopy copy = bundle(1, kept("one", "pump-1"));
    try (var fetch = fetch()) {
      assertThat(fetch.settled(copy)).isFalse();
      eventually("counts without it", () -> fetch.settled(copy));
      eventually("and once more when it is there", () -> tried.get() == 2);
      assertThat(store.has(kept("one", ""))).isTrue();
      assertThat(store.has(kept("two", ""))).isFalse();
    }
    assertThat(server.seen()).hasSize(6);
  }

  /** Every change of the device waits for it. */
  @Test
  void aServerThatDoesNotAnswerIsAskedForOneOfThem() {
    server.then(exchange -> exchange.close()).then(exchange -> exchange.close());
    BundleCopy copy =
        bundle(1, kept("one", "pump-1"), kept("two", "pump-2"), kept("three", "pump-3"));
    var seen = new CopyOnWriteArrayList<String>();
    try (var fetch =
        new ContentFetch(
            server.api(),
            server.address(),
            store,
            new Backoff(Duration.ofHours(1), 1, Duration.ofHours(1)),
            _ -> 0,
            () -> server.seen().forEach(it -> seen.add(it.path())))) {
      assertThat(fetch.settled(copy)).isFalse();
      eventually("counts without them", () -> fetch.settled(copy));
      eventually("said", () -> !seen.isEmpty());
      // The client of the JDK may ask twice where a connection breaks.
      assertThat(seen.stream().distinct()).hasSize(1);
    }
  }

  @Test
  void anObjectIsGotOnceForAllThatItIsNamedFor() {
    server.then(200, content("one"));
    BundleCopy copy = bundle(1, kept("two", "pump"), kept("one", "pump"), kept("six", "pump"));
    try (var fetch =
        new ContentFetch(
            server.api(),
            server.address(),
            store,
            new Backoff(Duration.ofHours(1), 1, Duration.ofHours(1)),
            _ -> 0,
            tried::incrementAndGet)) {
      assertThat(fetch.settled(copy)).isFalse();
      eventually("counts without the others", () -> fetch.settled(copy));
    }
    assertThat(server.seen()).hasSize(1);
    assertThat(store.has(kept("one", ""))).isTrue();
  }

  /** However many an earlier one names, and however slowly each of them comes. */
  @Test
  void aNewerBundleIsNotHeldUp() throws InterruptedException {
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    server.then(
        exchange -> {
          begun.countDown();
          goOn.await();
          exchange.sendResponseHeaders(404, -1);
        });
    for (int i = 0; i < 50; i++) {
      server.then(404, "");
    }
    var older = new FileContent.Kept[50];
    Arrays.setAll(older, i -> kept("file " + i, "old-" + i));
    BundleCopy newer = bundle(2, kept("one", "new"));
    try (var fetch = fetch()) {
      assertThat(fetch.settled(bundle(1, older))).isFalse();
      begun.await();
      assertThat(fetch.settled(newer)).isFalse();
      goOn.countDown();
      eventually("the newer one", () -> fetch.settled(newer));
      assertThat(server.seen().get(1).path()).isEqualTo(CONTENTS + "new");
    }
  }

  @Test
  void aNameThatLeadsElsewhereIsNotAskedFor() {
    for (String name : List.of("../devices/pump-2", "a?watch=true", "A", "%2e%2e", "")) {
      BundleCopy copy = bundle(1, kept("one", name));
      try (var fetch = fetch()) {
        assertThat(fetch.settled(copy)).as(name).isTrue();
      }
    }
    assertThat(server.seen()).isEmpty();
  }
}
