package dev.sandbar.device.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.model.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PartialImageTest {

  private static final int MEBIBYTE = 1 << 20;

  @TempDir private Path root;

  private Path file(String name) {
    return root.resolve(PartialImage.DIRECTORY.substring(1)).resolve("sha256-" + Sha256.of(name));
  }

  private static void receive(PartialImage image, int mebibytes) throws IOException {
    assertThat(image.expect((long) mebibytes * MEBIBYTE)).isEmpty();
    for (int i = 0; i < mebibytes; i++) {
      image.append(ByteBuffer.allocate(MEBIBYTE));
    }
  }

  /** What others are fetching stays; what is left of an earlier fetch can be fetched again. */
  @Test
  void whereRoomIsLackingWhatNobodyFetchesGoes() throws IOException {
    try (var _ = new SmallDisk(root, "20m")) {
      var store = new ImageStore(root);
      try (PartialImage idle = store.partial(Sha256.of("idle"))) {
        receive(idle, 8);
      }
      try (PartialImage busy = store.partial(Sha256.of("busy"));
          PartialImage wanted = store.partial(Sha256.of("wanted"))) {
        receive(busy, 2);
        receive(wanted, 14);
      }
      assertThat(file("idle")).doesNotExist();
      assertThat(file("busy")).hasSize(2L * MEBIBYTE);
      assertThat(file("wanted")).hasSize(14L * MEBIBYTE);
    }
  }

  @Test
  void theReserveOfTheDiskStaysFree() throws IOException {
    try (var _ = new SmallDisk(root, "20m");
        PartialImage image = new ImageStore(root).partial(Sha256.of("large"))) {
      assertThat(image.expect(20L * MEBIBYTE - 64 * 1024).orElse(""))
          .contains("the device keeps for itself");
      assertThat(image.expect(30L * MEBIBYTE).orElse("")).contains("the disk is full");
      assertThat(image.expect(10L * MEBIBYTE)).isEmpty();
    }
  }

  /** An app writes as well, and nobody promised it any room. */
  @Test
  void aDiskThatFillsUpMeanwhileKeepsItsReserve() throws IOException {
    try (var _ = new SmallDisk(root, "20m");
        PartialImage image = new ImageStore(root).partial(Sha256.of("large"))) {
      assertThat(image.expect(16L * MEBIBYTE)).isEmpty();
      Path state = Files.createDirectories(root.resolve("var/lib/sandbar/images"));
      Files.write(state.resolve("of-an-app"), new byte[14 * MEBIBYTE + MEBIBYTE / 2]);
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 16; i++) {
                  image.append(ByteBuffer.allocate(MEBIBYTE));
                }
              })
          .hasMessageContaining("the device keeps");
      assertThat(state.toFile().getUsableSpace()).isPositive();
    }
  }

  @Test
  void allImagesTogetherKeepToTheQuota() throws IOException {
    var store = new ImageStore(root);
    store.limitUse(10L * MEBIBYTE);
    Path folder = Files.createDirectories(root.resolve("var/lib/sandbar/images"));
    Files.write(folder.resolve("sha256-" + Sha256.of("x").hex() + ".raw"), new byte[4 * MEBIBYTE]);
    try (PartialImage idle = store.partial(Sha256.of("idle"))) {
      receive(idle, 5);
    }
    try (PartialImage image = store.partial(Sha256.of("large"))) {
      assertThat(image.expect(7L * MEBIBYTE).orElse(""))
          .contains("7.0 MiB are needed", "10.0 MiB, of which 4.0 MiB", "images.maxUse");
      assertThat(file("idle")).doesNotExist();
      assertThat(image.expect(6L * MEBIBYTE)).isEmpty();
      try (PartialImage other = store.partial(Sha256.of("other"))) {
        assertThat(other.expect(MEBIBYTE).orElse("")).contains("the quota of images");
      }
    }
    try (PartialImage other = store.partial(Sha256.of("other"))) {
      assertThat(other.expect(MEBIBYTE)).isEmpty();
    }
  }

  @Test
  void noMoreIsTakenThanWasAnnounced() throws IOException {
    try (PartialImage image = new ImageStore(root).partial(Sha256.of("x"))) {
      assertThat(image.expect(10)).isEmpty();
      assertThatThrownBy(() -> image.append(ByteBuffer.allocate(11)))
          .hasMessageContaining("more was sent");
      assertThat(Files.size(file("x"))).isZero();
    }
  }
}
