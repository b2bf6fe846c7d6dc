package dev.sandbar.device.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.store.VerityTree;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CanariesTest {

  /** With another one every device would seem to lack dm-verity. */
  @Test
  void theRootHashIsThatOfTheImage(@TempDir Path folder) throws Exception {
    assertThat(rootHash(Canaries.image(), folder)).isEqualTo(Canaries.ROOT_HASH);
    assertThat(rootHash(Canaries.otherImage(), folder)).isEqualTo(Canaries.CHANGED_ROOT_HASH);
    assertThat(Files.size(folder.resolve("tree"))).isEqualTo(2 * 4096);
  }

  /** Linux does not mount a squashfs whose blocks are smaller than the pages of its memory. */
  @Test
  void theImageIsMountedWhateverTheSizeOfPages() throws Exception {
    int size = ByteBuffer.wrap(Canaries.image()).order(ByteOrder.LITTLE_ENDIAN).getInt(12);
    assertThat(size).isGreaterThanOrEqualTo(64 * 1024);
  }

  private static String rootHash(byte[] image, Path folder) throws Exception {
    Path file = Files.write(folder.resolve("image"), image);
    Path tree = folder.resolve("tree");
    Files.deleteIfExists(tree);
    return VerityTree.write(file, Sha256.of(image), tree).hex();
  }
}
