package dev.sandbar.device.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.ImagePolicy;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.TestTls;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.ImageStore.Stored;
import dev.sandbar.device.store.PartialImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ImageFetchTest {

  static final byte[] IMAGE =
      ("hsqs: an image" + "0123456789abcdef".repeat(50_000)).getBytes(StandardCharsets.US_ASCII);
  static final Sha256 DIGEST = Sha256.of(IMAGE);

  private static final FetchLimits SHORT =
      new FetchLimits(
          Duration.ofSeconds(10),
          16 * 1024,
          Duration.ofMillis(600),
          Duration.ofSeconds(30),
          Duration.ofSeconds(30),
          1000);

  @TempDir private Path folder;
  private Path root;
  private ImageStore store;
  private FileServer server;

  @BeforeEach
  void start() throws Exception {
    root = Files.createDirectory(folder.resolve("root"));
    store = new ImageStore(root);
    server = new FileServer(TestTls.in(folder, "server"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Stored fetch(String path) {
    return fetch(path, DIGEST);
  }

  private Stored fetch(String path, Sha256 digest) {
    return new ImageFetch(root, store, server.trusted(""), ImagePolicy.NONE, SHORT)
        .fetch(new ImageSource.Web(server.url(path)), digest);
  }

  private void assertKept(Stored stored) throws IOException {
    assertThat(stored).isEqualTo(new Stored.Kept(ImageStore.path(DIGEST), true));
    assertThat(Files.readAllBytes(onDevice(ImageStore.path(DIGEST)))).isEqualTo(IMAGE);
    assertThat(arriving()).isEmpty();
  }

  private static void assertRefused(Stored stored, String... words) {
    assertThat(stored)
        .isInstanceOfSatisfying(
            Stored.Refused.class, refused -> assertThat(refused.message()).contains(words));
  }

  private Path onDevice(String path) {
    return root.resolve(path.substring(1));
  }

  private List<Path> arriving() throws IOException {
    try (Stream<Path> files = Files.list(onDevice(PartialImage.DIRECTORY))) {
      return files.toList();
    }
  }

  @Test
  void whatIsThereIsNotFetchedAgain() throws IOException {
    server.at("/a.squashfs", FileServer.file(IMAGE));
    assertKept(fetch("/a.squashfs"));
    assertThat(fetch("/a.squashfs")).isEqualTo(new Stored.Kept(ImageStore.path(DIGEST), false));
    assertThat(server.requests).hasSize(1);
  }

  @Test
  void aFetchThatBreaksOffGoesOnWhereItStopped() throws IOException {
    var handlers = List.of(FileServer.cut(IMAGE, 300_000), FileServer.file(IMAGE)).iterator();
    server.at("/a", exchange -> handlers.next().handle(exchange));
    assertRefused(fetch("/a"), " of 800014 bytes; the next attempt goes on there");
    assertThat(store.stored()).isEmpty();
    // What the server had not sent yet when it hung up is lost.
    long arrived = Files.size(arriving().getFirst());
    assertThat(arrived).isBetween(100_000L, 300_000L);
    assertKept(fetch("/a"));
    assertThat(server.requests).containsExactly("/a  ", "/a bytes=" + arrived + "- ");
  }

  @Test
  void aServerThatCannotGoOnSendsItAllAgain() throws IOException {
    HttpHandler whole = exchange -> FileServer.cut(IMAGE, IMAGE.length).handle(exchange);
    var handlers = List.of(FileServer.cut(IMAGE, 300_000), whole).iterator();
    server.at("/a", exchange -> handlers.next().handle(exchange));
    assertRefused(fetch("/a"), " of 800014 bytes");
    assertKept(fetch("/a"));
  }

  /** After a power cut a file may have its length, but not its content. */
  @Test
  void whatAPowerCutSpoiledIsFetchedAnew() throws IOException {
    server.at("/a", FileServer.file(IMAGE));
    Files.createDirectories(onDevice(PartialImage.DIRECTORY));
    Files.write(onDevice(PartialImage.DIRECTORY).resolve("sha256-" + DIGEST.hex()), new byte[1000]);
    assertKept(fetch("/a"));
    assertThat(server.requests).containsExactly("/a bytes=1000- ", "/a  ");
  }

  @Test
  void whatIsNotTheImageIsNeverUsed() throws IOException {
    byte[] other = IMAGE.clone();
    other[70_000] ^= 1;
    server.at("/other", FileServer.file(other));
    assertRefused(fetch("/other"), "/other", "is not what the digest promises");
    assertThat(store.stored()).isEmpty();
    assertThat(arriving()).isEmpty();

    byte[] text = "no file system".getBytes(StandardCharsets.US_ASCII);
    server.at("/text", FileServer.file(text));
    assertRefused(fetch("/text", Sha256.of(text)), "neither a squashfs nor an erofs");
    assertThat(store.stored()).isEmpty();
    assertThat(arriving()).isEmpty();
  }

  @Test
  void whatIsNoImageIsFetchedOnce() {
    byte[] text = "no file system".getBytes(StandardCharsets.US_ASCII);
    server.at("/text", FileServer.file(text));
    var fetch = new ImageFetch(root, store, server.trusted(""), ImagePolicy.NONE, SHORT);
    var source = new ImageSource.Web(server.url("/text"));
    assertRefused(fetch.fetch(source, Sha256.of(text)), "neither a squashfs nor an erofs");
    assertRefused(fetch.fetch(source, Sha256.of(text)), "neither a squashfs nor an erofs");
    assertThat(server.requests).hasSize(1);
  }

  @Test
  void sizesAreBounded() throws IOException {
    server.at("/chunked", exchange -> exchange.sendResponseHeaders(200, 0));
    assertRefused(fetch("/chunked"), "does not say how large");
    server.at("/huge", ImageFetchTest::huge);
    assertRefused(fetch("/huge"), "more than the limit");
    server.at("/empty", exchange -> exchange.sendResponseHeaders(200, -1));
    assertRefused(fetch("/empty"), "empty");
    assertThat(store.stored()).isEmpty();
  }

  /** Goes on until the client has gone: an end before it has seen the size is another failure. */
  private static void huge(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, 5L << 30);
    while (true) {
      exchange.getResponseBody().write(IMAGE);
    }
  }

  @Test
  void nobodyWaitsForASilentServer() {
    var end = new CountDownLatch(1);
    server.at(
        "/silent",
        exchange -> {
          exchange.sendResponseHeaders(200, IMAGE.length);
          exchange.getResponseBody().write(IMAGE, 0, 1000);
          exchange.getResponseBody().flush();
          try {
            assertThat(end.await(20, TimeUnit.SECONDS)).isTrue();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    assertRefused(fetch("/silent"), "less than 16384 bytes have come");
    end.countDown();
  }

  @Test
  void nobodyWaitsForADrippingServer() {
    server.at(
        "/drip",
        exchange -> {
          exchange.sendResponseHeaders(200, IMAGE.length);
          for (int i = 0; i < 200; i++) {
            exchange.getResponseBody().write(IMAGE, i, 1);
            exchange.getResponseBody().flush();
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
          }
        });
    assertRefused(fetch("/drip"), "less than 16384 bytes have come");
  }

  @ParameterizedTest
  @CsvSource({
    "401, access is refused",
    "403, access is refused",
    "404, there is no such image",
    "429, too many requests",
    "500, the server has a fault",
    "503, the server has a fault",
    "418, not what was asked for"
  })
  void saysWhatTheServerSaid(int status, String words) {
    server.at("/a", FileServer.status(status));
    assertRefused(fetch("/a"), "localhost answers HTTP " + status, words);
  }

  @Test
  void followsRedirectsButNotOutOfTls() throws IOException {
    server.at("/a", FileServer.redirect("/b?token=1"));
    server.at("/b", FileServer.file(IMAGE));
    assertKept(fetch("/a"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://localhost/a",
        "file:///etc/shadow",
        "https://user:word@localhost/",
        "",
        "https:///x",
        ":"
      })
  void doesNotFollow(String location) {
    server.at("/a", FileServer.redirect(location));
    assertRefused(fetch("/a"), "redirects to what is no https URL");
    assertThat(store.stored()).isEmpty();
  }

  @Test
  void aCircleOfRedirectsEnds() {
    server.at("/a", FileServer.redirect("/a"));
    assertRefused(fetch("/a"), "without end");
    assertThat(server.requests).hasSize(6);
  }

  @Test
  void anUnknownAuthorityIsNotTrusted() {
    server.at("/a", FileServer.file(IMAGE));
    Stored stored =
        new ImageFetch(root, store, new DeviceSettings.Images("", ""), ImagePolicy.NONE, SHORT)
            .fetch(new ImageSource.Web(server.url("/a")), DIGEST);
    assertRefused(stored, "signed by an unknown authority", "images.caFile", "--ca-file");
    assertThat(server.requests).isEmpty();
  }

  @Test
  void whatSignsAUrlIsNotShown() {
    server.at("/a", FileServer.status(404));
    assertRefused(fetch("/a?signature=SECRET"), server.url("/a") + ":");
    assertThat(((Stored.Refused) fetch("/a?signature=SECRET")).message()).doesNotContain("SECRET");
  }

  @Test
  void anAttemptEndsAndTheNextOneGoesOn() throws IOException {
    server.at(
        "/slow",
        exchange -> {
          exchange.sendResponseHeaders(200, IMAGE.length);
          for (int at = 0; at + 20_000 <= IMAGE.length; at += 20_000) {
            exchange.getResponseBody().write(IMAGE, at, 20_000);
            exchange.getResponseBody().flush();
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
          }
        });
    var limits =
        new FetchLimits(
            Duration.ofSeconds(10),
            16 * 1024,
            Duration.ofSeconds(10),
            Duration.ofSeconds(1),
            Duration.ofSeconds(30),
            1000);
    var source = new ImageSource.Web(server.url("/slow"));
    assertRefused(
        new ImageFetch(root, store, server.trusted(""), ImagePolicy.NONE, limits)
            .fetch(source, DIGEST),
        "it takes more than",
        "the next attempt goes on there");
    assertThat(Files.size(arriving().getFirst())).isPositive();
  }

  @Test
  void whatDoesNotFitTheQuotaIsRefusedAndWhatIsThereStays() throws IOException {
    byte[] small = "hsqs: small".getBytes(StandardCharsets.US_ASCII);
    server.at("/a", FileServer.file(IMAGE));
    server.at("/small", FileServer.file(small));
    store.limitUse(500_000);
    assertThat(fetch("/small", Sha256.of(small))).isInstanceOf(Stored.Kept.class);
    assertRefused(
        fetch("/a"),
        "782 KiB are needed, and the quota of images is 489 KiB, of which 1 KiB are in use",
        "raise images.maxUse in agent.yaml");
    assertThat(store.stored()).containsExactly(Sha256.of(small));
    assertThat(store.verify(Sha256.of(small))).isTrue();
    Path file = Files.createDirectories(onDevice("/srv")).resolve("a.raw");
    Files.write(file, IMAGE);
    assertRefused(store.add("/srv/a.raw", DIGEST), "the quota of images");
    store.limitUse(1_000_000);
    assertKept(fetch("/a"));
  }

  @Test
  void saysHowFarItHasCome() throws Exception {
    var goOn = new CountDownLatch(1);
    server.at(
        "/a",
        exchange -> {
          exchange.sendResponseHeaders(200, IMAGE.length);
          exchange.getResponseBody().write(IMAGE, 0, 400_000);
          exchange.getResponseBody().flush();
          try {
            assertThat(goOn.await(20, TimeUnit.SECONDS)).isTrue();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.getResponseBody().write(IMAGE, 400_000, IMAGE.length - 400_000);
        });
    var fetch = new ImageFetch(root, store, DeviceSettings.DEFAULT.with(server.trusted("")));
    assertThat(fetch.progress(DIGEST)).isEmpty();
    var first =
        java.util.concurrent.CompletableFuture.supplyAsync(
            () -> fetch.fetch(new ImageSource.Web(server.url("/a")), DIGEST));
    // What the server has not flushed out of its TLS record may still be on its way.
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(fetch.progress(DIGEST)).isEqualTo("40 % of 0.8 MiB"));
    assertThat(fetch.progress()).matches("0\\.[34] MiB of 0\\.8 MiB, 4[0-9] %");
    goOn.countDown();
    assertKept(first.get(20, TimeUnit.SECONDS));
    assertThat(fetch.progress(DIGEST)).isEmpty();
  }

  @Test
  void nobodyFetchesTheSameTwiceAtATime() throws Exception {
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    server.at(
        "/a",
        exchange -> {
          begun.countDown();
          try {
            assertThat(goOn.await(20, TimeUnit.SECONDS)).isTrue();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          FileServer.file(IMAGE).handle(exchange);
        });
    var first = java.util.concurrent.CompletableFuture.supplyAsync(() -> fetch("/a"));
    assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
    assertRefused(fetch("/a"), "fetched already");
    goOn.countDown();
    assertKept(first.get(20, TimeUnit.SECONDS));
    assertThat(Optional.of(server.requests.size())).contains(1);
  }
}
