package dev.sandbar.device.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.TestTls;
import dev.sandbar.device.chunk.ChunkIndex;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.ImageStore.Stored;
import dev.sandbar.device.store.PartialImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images of which the device has most in another version. */
final class ChunkedFetchTest {

  private static final byte[] OLD = old();

  /** Somewhere in the middle there is more, so that all behind it lies elsewhere. */
  private static final byte[] NEW = changed(OLD, 1_000_000);

  private static final Sha256 DIGEST = Sha256.of(NEW);
  private static final String RANGE = "/new bytes=";

  @TempDir private Path folder;
  private Path root;
  private ImageStore store;
  private FileServer server;
  private ImageFetch fetch;

  @BeforeEach
  void start() throws Exception {
    root = Files.createDirectory(folder.resolve("root"));
    store = new ImageStore(root);
    server = new FileServer(TestTls.in(folder, "server"));
    fetch = new ImageFetch(root, store, DeviceSettings.DEFAULT.with(server.trusted("")));
    server.at("/old", FileServer.file(OLD));
    assertThat(fetch.fetch(source("/old"), Sha256.of(OLD))).isInstanceOf(Stored.Kept.class);
    server.requests.clear();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static byte[] old() {
    var bytes = new byte[2_500_000];
    new Random(3).nextBytes(bytes);
    System.arraycopy("hsqs".getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, 4);
    return bytes;
  }

  private static byte[] changed(byte[] image, int at) {
    var all = new ByteArrayOutputStream();
    all.write(image, 0, at);
    all.writeBytes("one more line".getBytes(StandardCharsets.US_ASCII));
    all.write(image, at, image.length - at);
    return all.toByteArray();
  }

  private ImageSource.Web source(String path) {
    return new ImageSource.Web(server.url(path));
  }

  private byte[] index(byte[] image) throws IOException {
    return ChunkIndex.write(Files.write(folder.resolve("image"), image), Sha256.of(image));
  }

  private Path onDevice(String path) {
    return root.resolve(path.substring(1));
  }

  private void assertKept() throws IOException {
    assertThat(fetch.fetch(source("/new"), DIGEST))
        .isEqualTo(new Stored.Kept(ImageStore.path(DIGEST), true));
    assertThat(Files.readAllBytes(onDevice(ImageStore.path(DIGEST)))).isEqualTo(NEW);
    try (Stream<Path> left = Files.list(onDevice(PartialImage.DIRECTORY))) {
      assertThat(left).isEmpty();
    }
    assertThat(fetch.progress()).isEmpty();
  }

  private void serve(byte[] index) {
    server.at("/new.chunks", FileServer.file(index));
    server.at("/new", FileServer.file(NEW));
  }

  /** Bytes of the image that were asked for by ranges with both ends. */
  private long asked() {
    return server.requests.stream()
        .filter(it -> it.startsWith(RANGE) && !it.endsWith("- "))
        .map(it -> it.substring(RANGE.length()).strip().split("-"))
        .mapToLong(ends -> Long.parseLong(ends[1]) + 1 - Long.parseLong(ends[0]))
        .sum();
  }

  @Test
  void onlyWhatTheDeviceDoesNotHaveIsFetched() throws IOException {
    serve(index(NEW));
    assertKept();
    assertThat(asked()).isBetween(1L, 300_000L);
    assertThat(server.requests).doesNotContain("/new  ").hasSizeLessThan(4);
    assertThat(new ImageStore(root).verify(DIGEST)).isTrue();
  }

  /** A device without an image has nothing to compare with, and asks for no index. */
  @Test
  void theFirstImageIsFetchedAsAWhole() throws IOException {
    store.remove(Sha256.of(OLD));
    serve(index(NEW));
    assertKept();
    assertThat(server.requests).containsExactly("/new  ");
  }

  @Test
  void withoutAnIndexTheWholeIsFetched() throws IOException {
    server.at("/new", FileServer.file(NEW));
    assertKept();
    assertThat(server.requests).containsExactly("/new.chunks  ", "/new  ");
  }

  @Test
  void whatSignsTheUrlOfTheImageIsSentForTheIndexToo() throws IOException {
    serve(index(NEW));
    assertThat(fetch.fetch(source("/new?token=1"), DIGEST)).isInstanceOf(Stored.Kept.class);
    assertThat(server.requests.getFirst()).isEqualTo("/new.chunks?token=1  ");
  }

  private static Stream<byte[]> badIndexes() {
    byte[] cut =
        ByteBuffer.allocate(60).put("sbchunk1".getBytes(StandardCharsets.US_ASCII)).array();
    byte[] huge = Arrays.copyOf(cut, ChunkIndex.LONGEST + 1);
    return Stream.of(new byte[0], "not found".getBytes(StandardCharsets.US_ASCII), cut, huge);
  }

  @ParameterizedTest
  @MethodSource("badIndexes")
  void aBadIndexIsNotUsed(byte[] index) throws IOException {
    serve(index);
    assertKept();
    assertThat(server.requests).containsExactly("/new.chunks  ", "/new  ");
  }

  @Test
  void theIndexOfAnotherFileIsNotUsed() throws IOException {
    serve(index(OLD));
    assertKept();
    assertThat(server.requests).containsExactly("/new.chunks  ", "/new  ");
  }

  /** Its chunks are those of the old image, and it says that they are the new one. */
  @Test
  void anIndexThatLiesIsBelievedOnce() throws IOException {
    byte[] index = index(OLD);
    System.arraycopy(index(NEW), 8, index, 8, 32);
    serve(index);
    assertKept();
    assertThat(server.requests).containsExactly("/new.chunks  ", "/new  ");
    store.remove(DIGEST);
    server.requests.clear();
    assertKept();
    assertThat(server.requests).containsExactly("/new  ");
  }

  /** It would not fit, and the image does. */
  @Test
  void anIndexThatPromisesTooMuchHoldsNothingUp() throws IOException {
    byte[] index = index(NEW);
    int count = 160_000;
    ByteBuffer large = ByteBuffer.allocate(52 + count * 20).put(index, 0, 40);
    large.putLong(count * (128L << 10)).putInt(count);
    for (int i = 0; i < count; i++) {
      large.putInt(128 << 10).put(index, 56, 16);
    }
    serve(large.array());
    assertKept();
    assertThat(server.requests).contains("/new  ");
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatLiesAboutPartsIsAskedForTheRest(PartLie lie) throws IOException {
    server.at("/new.chunks", FileServer.file(index(NEW)));
    server.at("/new", lie.over(NEW));
    assertKept();
    assertThat(server.requests).hasSize(3);
    assertThat(server.requests.getLast()).startsWith(RANGE).endsWith("- ");
  }

  /** A server that has a fault is asked again later, and not for fifty times as much. */
  @Test
  void aFaultOfTheServerIsNoReasonToFetchTheWhole() throws IOException {
    server.at("/new.chunks", FileServer.file(index(NEW)));
    var handlers = List.of(FileServer.status(503), FileServer.file(NEW)).iterator();
    server.at("/new", exchange -> handlers.next().handle(exchange));
    assertThat(fetch.fetch(source("/new"), DIGEST))
        .isInstanceOfSatisfying(
            Stored.Refused.class, it -> assertThat(it.message()).contains("HTTP 503"));
    assertKept();
    assertThat(asked()).isLessThan(600_000);
  }

  @Test
  void whatArrivedBeforeAPowerCutIsNotFetchedAgain() throws IOException {
    serve(index(NEW));
    Path partial = arriving(Arrays.copyOf(NEW, 1_100_000));
    assertKept();
    // The change lies before it.
    assertThat(asked()).isZero();
    assertThat(server.requests).containsExactly("/new.chunks  ");
    assertThat(partial).doesNotExist();
  }

  @Test
  void whatAPowerCutSpoiledIsPutTogetherAnew() throws IOException {
    serve(index(NEW));
    arriving(new byte[500_000]);
    assertKept();
    assertThat(server.requests).doesNotContain("/new  ");
    assertThat(asked()).isLessThan(600_000);
  }

  private Path arriving(byte[] bytes) throws IOException {
    Path file = onDevice(PartialImage.DIRECTORY).resolve("sha256-" + DIGEST.hex());
    Files.createDirectories(file.getParent());
    return Files.write(file, bytes);
  }

  /** The image itself is on the device, but somebody wrote to it. */
  @Test
  void whatIsDamagedIsRepairedByItsChunks() throws IOException {
    serve(index(NEW));
    assertKept();
    store.remove(Sha256.of(OLD));
    server.requests.clear();
    Path image = onDevice(ImageStore.path(DIGEST));
    byte[] damaged = NEW.clone();
    damaged[2_000_000] ^= 1;
    Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("rw-r--r--"));
    Files.write(image, damaged);
    assertKept();
    assertThat(asked()).isBetween(1L, 300_000L);
    assertThat(server.requests).doesNotContain("/new  ");
  }

  /** Somebody writes to the other image after it was found to have the chunks. */
  @ParameterizedTest
  @ValueSource(ints = {1, 600_000})
  void whatChangesWhileItIsCopiedIsFetched(int bytes) throws IOException {
    byte[] changed = OLD.clone();
    Arrays.fill(changed, 1_500_000, 1_500_000 + bytes, (byte) 0);
    Path old = onDevice(ImageStore.path(Sha256.of(OLD)));
    server.at("/new.chunks", FileServer.file(index(NEW)));
    server.at(
        "/new",
        exchange -> {
          Files.write(old, changed);
          FileServer.file(NEW).handle(exchange);
        });
    Files.setPosixFilePermissions(old, PosixFilePermissions.fromString("rw-r--r--"));
    assertKept();
    assertThat(server.requests).hasSizeBetween(3, 20).doesNotContain("/new  ");
    // Of more than a few, the rest is fetched at once.
    assertThat(server.requests.getLast().endsWith("- ")).isEqualTo(bytes > 1);
  }

  @Test
  void manyChangesAreFetchedWithFewRequests() throws IOException {
    byte[] image = OLD.clone();
    for (int at = 10_000; at < image.length; at += 20_000) {
      image[at] ^= 1;
    }
    Sha256 digest = Sha256.of(image);
    server.at("/many.chunks", FileServer.file(index(image)));
    server.at("/many", FileServer.file(image));
    assertThat(fetch.fetch(source("/many"), digest)).isInstanceOf(Stored.Kept.class);
    assertThat(server.requests).hasSizeLessThanOrEqualTo(ChunkAssembly.MOST_RANGES + 2);
  }

  private static final String LAYER = "{\"mediaType\":\"%s\",\"digest\":\"sha256:%s\",\"size\":%d}";

  /** A registry has an image of these layers; gives its digest. */
  private Sha256 pushed(String... layers) {
    String manifest = "{\"layers\":[%s]}".formatted(String.join(",", layers));
    serve("manifests", Sha256.of(manifest), manifest.getBytes(StandardCharsets.UTF_8));
    return Sha256.of(manifest);
  }

  private void serve(String kind, Sha256 digest, byte[] content) {
    server.at("/v2/acme/pump/%s/sha256:%s".formatted(kind, digest), FileServer.file(content));
  }

  private void assertPulled(Sha256 digest) throws IOException {
    assertThat(fetch.fetch(new ImageSource.Registry(server.host(), "acme/pump"), digest))
        .isEqualTo(new Stored.Kept(ImageStore.path(digest), true));
    assertThat(Files.readAllBytes(onDevice(ImageStore.path(digest)))).isEqualTo(NEW);
    assertThat(new ImageStore(root).verify(digest)).isTrue();
  }

  /** An image in a registry names its index in its manifest. */
  @Test
  void aRegistryHasTheIndexAsALayer() throws IOException {
    byte[] index = index(NEW);
    String beside = LAYER.formatted(ChunkIndex.MEDIA_TYPE, Sha256.of(index), index.length);
    serve("blobs", DIGEST, NEW);
    serve("blobs", Sha256.of(index), index);
    for (String type :
        List.of("application/octet-stream", "application/vnd.oci.image.layer.v1.tar")) {
      Sha256 digest = pushed(LAYER.formatted(type, DIGEST, NEW.length), beside);
      assertPulled(digest);
      assertThat(server.requests).noneMatch(it -> it.contains(DIGEST + "  "));
      store.remove(digest);
    }
  }

  @Test
  void aRegistryCannotSendAnotherIndexThanItsManifestNames() throws IOException {
    serve("blobs", DIGEST, NEW);
    serve("blobs", Sha256.of("index"), index(NEW));
    assertPulled(
        pushed(
            LAYER.formatted(ChunkIndex.MEDIA_TYPE, Sha256.of("index"), 5),
            LAYER.formatted("application/octet-stream", DIGEST, NEW.length)));
    assertThat(server.requests).anyMatch(it -> it.contains("blobs/sha256:" + DIGEST + "  "));
  }
}
