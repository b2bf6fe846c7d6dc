package dev.sandbar.device.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.plan.StoredImage;
import dev.sandbar.device.store.ImageStore.Stored;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ImageStoreTest {

  private static final String IMAGE = "hsqs: an image";
  private static final Sha256 DIGEST = Sha256.of(IMAGE);

  @TempDir private Path root;
  private ImageStore store;

  @BeforeEach
  void makeSource() throws IOException {
    store = new ImageStore(root);
    Files.createDirectories(root.resolve("srv"));
    Files.writeString(root.resolve("srv/app.raw"), IMAGE);
  }

  @Test
  void keepsAnImageReadOnlyUnderItsDigest() throws IOException {
    assertThat(store.add("/srv/app.raw", DIGEST))
        .isEqualTo(new Stored.Kept(ImageStore.path(DIGEST), true));
    Path kept = onDisk();
    assertThat(kept).hasContent(IMAGE);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept)))
        .isEqualTo("r--r--r--");
    assertThat(store.add("/srv/app.raw", DIGEST))
        .isEqualTo(new Stored.Kept(ImageStore.path(DIGEST), false));
    assertThat(store.verified())
        .containsOnly(Map.entry(DIGEST.hex(), StoredImage.plain(ImageStore.path(DIGEST))));
  }

  @Test
  void anImageThatIsThereNeedsNoSource() throws IOException {
    store.add("/srv/app.raw", DIGEST);
    Files.delete(root.resolve("srv/app.raw"));
    assertThat(store.add("/srv/app.raw", DIGEST)).isInstanceOf(Stored.Kept.class);
  }

  @Test
  void aWrongDigestIsRefusedWithoutTellingTheRightOne() {
    Sha256 declared = Sha256.of("another image");
    assertThat(store.add("/srv/app.raw", declared))
        .isInstanceOfSatisfying(
            Stored.Refused.class,
            refused ->
                assertThat(refused.message())
                    .contains("/srv/app.raw", declared.hex(), "sha256sum /srv/app.raw")
                    // Any file that root can read may be named: its digest is nobody's business.
                    .doesNotContain(DIGEST.hex()));
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void whatIsNotAPlainFileIsRefused() throws IOException {
    Files.createSymbolicLink(root.resolve("srv/link.raw"), root.resolve("srv/app.raw"));
    assertRefused("/srv/link.raw", "is a symbolic link; put the file itself there");
    assertRefused("/srv", "is not a regular file; name the image file itself");
    assertRefused("/srv/none.raw", "no such file on this device; put the image there");
    assertRefused("srv/app.raw", "absolute path");
    assertRefused("/srv/../srv/app.raw", "absolute path");
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void whatTheKernelAndServicesShowAsFilesIsNoImage() throws IOException {
    for (String path :
        List.of("/proc/kmsg", "/sys/kernel/tracing/trace_pipe", "/dev/mem", "/run/x")) {
      Files.createDirectories(root.resolve(path.substring(1)).resolveSibling(""));
      Files.writeString(root.resolve(path.substring(1)), IMAGE);
      assertRefused(path, "where no image is kept");
    }
    Files.createDirectories(root.resolve("var"));
    Files.createSymbolicLink(root.resolve("var/run"), Path.of("/run"));
    Files.createSymbolicLink(root.resolve("var/up"), Path.of("../../../proc/"));
    assertRefused("/var/run/x", "leads to /run/x, which lies below /run");
    assertRefused("/var/up/kmsg", "leads to /proc/kmsg, which lies below /proc");
    Files.createSymbolicLink(root.resolve("var/loop"), Path.of("loop/x"));
    assertRefused("/var/loop/x", "too many links");
    Files.writeString(root.resolve("srv/empty.raw"), "");
    assertRefused("/srv/empty.raw", Sha256.of(""), "is empty");
    assertThat(leftovers()).isEmpty();
  }

  /** What may be written changes while it is used: its bytes leave those of its digest. */
  @Test
  void aFileSystemThatCanBeWrittenIsRefused() throws IOException {
    byte[] ext4 = new byte[4096];
    ext4[1080] = 0x53;
    ext4[1081] = (byte) 0xEF;
    byte[] disk = squashfs(4096);
    System.arraycopy("EFI PART".getBytes(StandardCharsets.UTF_8), 0, disk, 512, 8);
    disk[0] = 0;
    for (byte[] image : List.of(ext4, disk, new byte[1], squashfs(3))) {
      Files.write(root.resolve("srv/other.raw"), image);
      assertRefused("/srv/other.raw", Sha256.of(image), "mksquashfs");
    }
    assertThat(leftovers()).isEmpty();

    byte[] erofs = new byte[4096];
    System.arraycopy(
        new byte[] {(byte) 0xE2, (byte) 0xE1, (byte) 0xF5, (byte) 0xE0}, 0, erofs, 1024, 4);
    Files.write(root.resolve("srv/other.raw"), erofs);
    assertThat(store.add("/srv/other.raw", Sha256.of(erofs))).isInstanceOf(Stored.Kept.class);
  }

  @Test
  void aLinkToAFolderIsFollowedWithinTheDevice() throws IOException {
    Files.createSymbolicLink(root.resolve("images"), Path.of("/srv"));
    assertThat(store.add("/images/app.raw", DIGEST)).isInstanceOf(Stored.Kept.class);
  }

  @Test
  @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void noMoreIsReadThanTheFileHadWhenItWasOpened() throws IOException {
    var bytes = new ByteArrayInputStream(IMAGE.getBytes(StandardCharsets.UTF_8));
    assertThat(ImageDigest.hash(Channels.newChannel(bytes), IMAGE.length(), _ -> {}))
        .isEqualTo(DIGEST.hex());
    ReadableByteChannel endless = Channels.newChannel(new Endless());
    assertThatThrownBy(() -> ImageDigest.hash(endless, 5 << 20, _ -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("grows while it is read");
  }

  /** As what the kernel has to say. */
  private static final class Endless extends InputStream {
    @Override
    public int read() {
      return 'x';
    }
  }

  @Test
  void anImageOverTheLimitIsRefused() {
    store = new ImageStore(root, 4, new DurableFiles());
    assertRefused("/srv/app.raw", "limit of 1 KiB; make it smaller");
    assertThat(leftovers()).isEmpty();
  }

  /** As with every letter beyond ASCII in an agent without a UTF-8 locale. */
  @Test
  void aNameThatIsNoPathHereIsRefused() {
    assertThat(store.add("/srv/a\0b", DIGEST))
        .isInstanceOfSatisfying(
            Stored.Refused.class,
            refused -> assertThat(refused.message()).contains("'/srv/a?b'", "LC_ALL=C.UTF-8"));
  }

  @Test
  void whatCannotBeReadIsSaidWithTheHelp() {
    assertThat(ImageFault.reason(new AccessDeniedException("/srv/app.raw")))
        .contains("not readable", "check its permissions");
    assertThat(ImageFault.reason(new IOException("Input/output error")))
        .isEqualTo("Input/output error; check the disk that it is on");
  }

  @Test
  void aChangeInPlaceIsSeenEvenWithItsTimesSetBack() throws IOException {
    store.add("/srv/app.raw", DIGEST);
    FileTime modified = Files.getLastModifiedTime(onDisk());
    Files.setPosixFilePermissions(onDisk(), PosixFilePermissions.fromString("rw-------"));
    Files.writeString(onDisk(), IMAGE.toUpperCase(Locale.ROOT));
    Files.setLastModifiedTime(onDisk(), modified);
    assertThat(store.verify(DIGEST)).isFalse();
    assertThat(store.verified()).isEmpty();

    assertThat(store.add("/srv/app.raw", DIGEST))
        .isEqualTo(new Stored.Kept(ImageStore.path(DIGEST), true));
    assertThat(onDisk()).hasContent(IMAGE);
    assertThat(store.verify(DIGEST)).isTrue();
  }

  @Test
  void aLinkPlantedInTheStoreIsNoImageAndIsReplaced() throws IOException {
    Files.createDirectories(root.resolve("var/lib/sandbar/images"));
    Files.createSymbolicLink(onDisk(), root.resolve("srv/app.raw"));
    assertThat(store.verify(DIGEST)).isFalse();
    store.add("/srv/app.raw", DIGEST);
    assertThat(Files.isSymbolicLink(onDisk())).isFalse();
    assertThat(new ImageStore(root).verify(DIGEST)).isTrue();
  }

  @Test
  void anImageIsRemovedOnceAndTheOthersStay() throws IOException {
    store.add("/srv/app.raw", DIGEST);
    Files.writeString(root.resolve("srv/other.raw"), "hsqs: other");
    Sha256 other = Sha256.of("hsqs: other");
    store.add("/srv/other.raw", other);
    assertThat(store.remove(other)).isTrue();
    assertThat(leftovers()).containsExactly(String.valueOf(onDisk().getFileName()));
    assertThat(store.remove(other)).isFalse();
  }

  @Test
  void aFullDiskIsSaidAndLeavesNothing() throws IOException {
    Path images = Files.createDirectories(root.resolve("var/lib/sandbar/images"));
    byte[] large = squashfs(600_000);
    Files.write(root.resolve("srv/large.raw"), large);
    try (var disk = new SmallDisk(images, "512k")) {
      assertRefused("/srv/large.raw", Sha256.of(large), "disk is full");
      byte[] nearly = squashfs(500_000);
      Files.write(root.resolve("srv/nearly.raw"), nearly);
      assertRefused("/srv/nearly.raw", Sha256.of(nearly), "that the device keeps for itself");
      assertThat(leftovers()).isEmpty();

      // Half of it fits when it is looked at, and not when it is written.
      var racing =
          new DurableFiles(
              step -> {
                if (step == Checkpoint.Step.CREATED) {
                  Files.write(images.resolve("hog"), new byte[400_000]);
                }
              });
      store = new ImageStore(root, ImageStore.DEFAULT_LIMIT, racing);
      byte[] medium = squashfs(300_000);
      Files.write(root.resolve("srv/medium.raw"), medium);
      assertRefused("/srv/medium.raw", Sha256.of(medium), "disk is full");
      assertThat(leftovers()).containsExactly("hog");
    }
  }

  /** What a copy has yet to write still counts as free on the disk. */
  @Test
  void imagesCopiedAtTheSameTimeNeverTakeTheReserveTogether() throws IOException {
    Path images = Files.createDirectories(root.resolve("var/lib/sandbar/images"));
    for (int size : List.of(200_000, 200_001, 300_000)) {

      Files.write(root.resolve("srv/" + size), squashfs(size));
    }
    Map<Checkpoint.Step, Stored> meanwhile = new EnumMap<>(Checkpoint.Step.class);
    var during = new AtomicReference<Optional<Function<Checkpoint.Step, Stored>>>(Optional.empty());
    store =
        new ImageStore(
            root,
            ImageStore.DEFAULT_LIMIT,
            new DurableFiles(
                step -> {
                  during
                      .getAndSet(Optional.empty())
                      .ifPresent(other -> meanwhile.put(step, other.apply(step)));
                }));
    try (var disk = new SmallDisk(images, "512k")) {
      during.set(Optional.of(_ -> store.add("/srv/300000", Sha256.of(squashfs(300_000)))));
      assertThat(store.add("/srv/200000", Sha256.of(squashfs(200_000))))
          .isInstanceOf(Stored.Kept.class);
      assertThat(meanwhile.get(Checkpoint.Step.CREATED))
          .isInstanceOfSatisfying(
              Stored.Refused.class,
              refused -> assertThat(refused.message()).contains("free some space there"));
      assertThat(store.remove(Sha256.of(squashfs(200_000)))).isTrue();

      // What is written is no longer promised as well.
      during.set(
          Optional.of(
              step -> {
                assertThat(step).isEqualTo(Checkpoint.Step.CREATED);
                during.set(
                    Optional.of(_ -> store.add("/srv/200001", Sha256.of(squashfs(200_001)))));
                return new Stored.Refused("not yet");
              }));
      assertThat(store.add("/srv/200000", Sha256.of(squashfs(200_000))))
          .isInstanceOf(Stored.Kept.class);
      assertThat(meanwhile.get(Checkpoint.Step.WRITTEN)).isInstanceOf(Stored.Kept.class);
      assertThat(leftovers()).hasSize(2);
    }
  }

  @ParameterizedTest
  @EnumSource(Checkpoint.Step.class)
  void aCrashWhileStoringNeverLeavesAHalfImage(Checkpoint.Step crash) {
    var crashing =
        new ImageStore(
            root,
            ImageStore.DEFAULT_LIMIT,
            new DurableFiles(
                step -> {
                  if (step == crash) {
                    throw new IllegalStateException("power cut");
                  }
                }));
    assertThatThrownBy(() -> crashing.add("/srv/app.raw", DIGEST))
        .isInstanceOf(IllegalStateException.class);
    assertThat(store.stored())
        .isEqualTo(crash == Checkpoint.Step.RENAMED ? List.of(DIGEST) : List.of());
    assertThat(store.add("/srv/app.raw", DIGEST)).isInstanceOf(Stored.Kept.class);
    assertThat(new ImageStore(root).verify(DIGEST)).isTrue();
  }

  @Test
  void anImageThatGrowsWhileItIsReadIsCutOffAtTheLimit() throws IOException {
    store =
        new ImageStore(
            root,
            100,
            new DurableFiles(
                step -> {
                  if (step == Checkpoint.Step.CREATED) {
                    try (var file =
                        new RandomAccessFile(root.resolve("srv/app.raw").toFile(), "rw")) {
                      file.setLength(1_000);
                    }
                  }
                }));
    assertRefused("/srv/app.raw", "limit");
    assertThat(leftovers()).isEmpty();
  }

  private void assertRefused(String source, String why) {
    assertRefused(source, DIGEST, why);
  }

  private void assertRefused(String source, Sha256 digest, String why) {
    assertThat(store.add(source, digest))
        .isInstanceOfSatisfying(
            Stored.Refused.class,
            refused -> assertThat(refused.message()).contains(source).contains(why));
  }

  private List<String> leftovers() {
    Path directory = root.resolve("var/lib/sandbar/images");
    if (!Files.exists(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> String.valueOf(entry.getFileName())).toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** So many bytes that begin as such an image does. */
  private static byte[] squashfs(int size) {
    return Arrays.copyOf("hsqs".getBytes(StandardCharsets.UTF_8), size);
  }

  private Path onDisk() {
    return root.resolve(ImageStore.path(DIGEST).substring(1));
  }
}
