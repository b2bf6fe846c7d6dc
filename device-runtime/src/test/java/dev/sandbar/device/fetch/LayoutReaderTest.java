package dev.sandbar.device.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.ImageStore.Stored;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images out of folders that anybody may have written. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LayoutReaderTest {

  private static final byte[] IMAGE = ImageFetchTest.IMAGE;
  private static final Sha256 CONTENT = ImageFetchTest.DIGEST;

  @TempDir private Path root;
  private Path layout;
  private Sha256 digest;

  @BeforeEach
  void write() throws IOException {
    layout = root.resolve("media/stick");
    Files.createDirectories(layout.resolve("blobs/sha256"));
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    String manifest =
        """
        {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
         "layers": [{"mediaType": "application/vnd.sandbar.image.squashfs", "digest": "sha256:%s", "size": %d}]}
        """
            .formatted(CONTENT, IMAGE.length);
    digest = Sha256.of(manifest);
    Files.write(blob(digest), manifest.getBytes(StandardCharsets.UTF_8));
    Files.write(blob(CONTENT), IMAGE);
  }

  private Path blob(Sha256 of) {
    return layout.resolve("blobs/sha256").resolve(of.hex());
  }

  private Stored fetch() {
    return new ImageFetch(
            root,
            new ImageStore(root),
            DeviceSettings.DEFAULT.with(new DeviceSettings.Images("/none", "")))
        .fetch(new ImageSource.Layout("/media/stick"), digest);
  }

  private void assertKept() throws IOException {
    assertThat(fetch()).isEqualTo(new Stored.Kept(ImageStore.path(digest), true));
    assertThat(root.resolve(ImageStore.path(digest).substring(1))).hasBinaryContent(IMAGE);
  }

  private void assertRefused(String... words) {
    assertThat(fetch())
        .isInstanceOfSatisfying(
            Stored.Refused.class,
            refused ->
                assertThat(refused.message()).contains(words).contains("image /media/stick: "));
    assertThat(root.resolve(ImageStore.path(digest).substring(1))).doesNotExist();
  }

  @Test
  void anImageIsTakenOutOfIt() throws IOException {
    assertKept();
  }

  @Test
  void whatIsMissingIsNamedAndIsEnoughWhenItComes() throws IOException {
    Files.delete(blob(CONTENT));
    assertRefused("it has no sha256:" + CONTENT, "check the digest");
    Files.write(blob(CONTENT), Arrays.copyOf(IMAGE, IMAGE.length / 2));
    assertRefused("bytes are offered, and its manifest says");
    Files.write(blob(CONTENT), IMAGE);
    assertKept();
  }

  @Test
  void noFolderAndNoLayoutAreSaid() throws IOException {
    Files.delete(layout.resolve("oci-layout"));
    assertRefused("there is no OCI layout", "mounted");
    Files.move(layout, root.resolve("media/other"));
    assertRefused("there is no OCI layout");
  }

  @Test
  void anotherContentIsNotUsed() throws IOException {
    byte[] other = IMAGE.clone();
    other[5000] ^= 1;
    Files.write(blob(CONTENT), other);
    assertRefused("not what the digest promises");
    Files.write(blob(CONTENT), IMAGE);
    Files.writeString(blob(digest), "{}");
    assertRefused("the manifest that is there is not what the digest promises");
  }

  /** Whoever wrote the disk must not have the agent read what it can read. */
  @Test
  void linksLeadNowhere() throws IOException {
    Path secret = Files.write(root.resolve("secret"), IMAGE);
    Files.delete(blob(CONTENT));
    Files.createSymbolicLink(blob(CONTENT), secret);
    assertRefused("is a symbolic link");
    Files.delete(blob(CONTENT));
    Files.move(layout.resolve("blobs/sha256"), root.resolve("elsewhere"));
    Files.createSymbolicLink(layout.resolve("blobs/sha256"), root.resolve("elsewhere"));
    assertRefused("its sha256 is not a folder");
  }

  @Test
  void whatIsNoFileIsNotWaitedFor() throws Exception {
    Files.delete(blob(CONTENT));
    assertThat(new ProcessBuilder("mkfifo", blob(CONTENT).toString()).start().waitFor()).isZero();
    assertRefused("is not a regular file");
    Files.delete(blob(CONTENT));
    Files.createDirectory(blob(CONTENT));
    assertRefused("is not a regular file");
  }

  /** What goes on where it stopped goes on in a file too. */
  @Test
  void aPartIsReadFromWhereItBegins() throws IOException {
    var reader = new LayoutReader(root, "/media/stick", FetchLimits.DEFAULT);
    for (int first : new int[] {1, 700, IMAGE.length - 1}) {
      try (var answer = reader.blob(CONTENT, Map.of("Range", "bytes=" + first + "-"))) {
        assertThat(answer.status()).isEqualTo(206);
        assertThat(answer.bytes(IMAGE.length))
            .isEqualTo(Arrays.copyOfRange(IMAGE, first, IMAGE.length));
      }
    }
    try (var answer = reader.blob(CONTENT, Map.of("Range", "bytes=9999999999-"))) {
      assertThat(answer.status()).isEqualTo(200);
    }
  }
}
