package dev.sandbar.device.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.model.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against cryptsetup's own program, which looks at a tree without the kernel. */
final class VerityTreeTest {

  private static final int BLOCK = 4096;

  @TempDir private Path folder;

  private record Run(int code, String said) {}

  private static Run run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), out);
  }

  private Path image(int blocks, int written) throws IOException {
    Path image = folder.resolve("image");
    var random = new Random(blocks);
    var block = new byte[BLOCK];
    try (FileChannel out =
        FileChannel.open(image, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (int i = 0; i < written; i++) {
        random.nextBytes(block);
        out.write(ByteBuffer.wrap(block), (long) i * BLOCK);
      }
      random.nextBytes(block);
      out.write(ByteBuffer.wrap(block), (blocks - 1L) * BLOCK);
    }
    return image;
  }

  /** One level less, just full, and one block more; 64 MiB need three levels. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 127, 128, 129, 128 * 128, 128 * 128 + 1})
  void veritysetupTakesIt(int blocks) throws Exception {
    Path image = image(blocks, Math.min(blocks, 200));
    Path tree = folder.resolve("tree");
    Sha256 content = Sha256.of(Files.readAllBytes(image));
    String root = VerityTree.write(image, content, tree).hex();
    Run verified = run("/usr/sbin/veritysetup", "verify", image + "", tree + "", root);
    assertThat(verified.code()).as(verified.said()).isZero();

    // What it makes of the same salt and name are the same bytes.
    Run shown = run("/usr/sbin/veritysetup", "dump", tree.toString());
    String uuid = shown.said().lines().filter(it -> it.startsWith("UUID:")).findFirst().orElse("");
    Path theirs = folder.resolve("theirs");
    Run made =
        run(
            "/usr/sbin/veritysetup",
            "format",
            "--salt=" + content.hex(),
            "--uuid=" + uuid.substring(5).strip(),
            image.toString(),
            theirs.toString());
    assertThat(made.said()).contains(root);
    assertThat(tree).hasSameBinaryContentAs(theirs);

    // And every block counts.
    try (FileChannel file = FileChannel.open(image, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), (blocks - 1L) * BLOCK + 17);
    }
    assertThat(run("/usr/sbin/veritysetup", "verify", image + "", tree + "", root).code())
        .isNotZero();
  }

  @Test
  void theSameImageGivesTheSameFile() throws Exception {
    Path image = image(300, 300);
    Sha256 content = Sha256.of(Files.readAllBytes(image));
    Sha256 root = VerityTree.write(image, content, folder.resolve("one"));
    assertThat(VerityTree.write(image, content, folder.resolve("two"))).isEqualTo(root);
    assertThat(folder.resolve("two")).hasSameBinaryContentAs(folder.resolve("one"));
  }

  /** Of the lowest level any change shows in the level above it, and of the highest in the hash. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 129, 128 * 128 + 1})
  void aTreeThatIsReadComesToTheSameUnlessAByteOfItIsAnother(int blocks) throws Exception {
    Path image = image(blocks, Math.min(blocks, 200));
    Path tree = folder.resolve("tree");
    Sha256 content = Sha256.of(Files.readAllBytes(image));
    Sha256 root = VerityTree.write(image, content, tree);
    assertThat(VerityTree.rootOf(image, content, tree)).contains(root);
    assertThat(VerityTree.rootOf(image, Sha256.of("another image"), tree)).isEmpty();

    byte[] whole = Files.readAllBytes(tree);
    var random = new Random(blocks);
    for (int i = 0; i < 40; i++) {
      byte[] other = whole.clone();
      int at = i == 0 ? 0 : i == 1 ? whole.length - 1 : random.nextInt(whole.length);
      other[at] ^= (byte) (1 + random.nextInt(255));
      Files.write(tree, other);
      assertThat(VerityTree.rootOf(image, content, tree))
          .as("byte %d", at)
          .isNotEqualTo(Optional.of(root));
    }
    for (int length : List.of(0, 100, whole.length - 1, whole.length + 1, whole.length + BLOCK)) {
      Files.write(tree, Arrays.copyOf(whole, length));
      assertThat(VerityTree.rootOf(image, content, tree)).as("%d bytes", length).isEmpty();
    }
  }

  @Test
  void whatIsNotInWholeBlocksIsRefused() throws Exception {
    Path image = Files.write(folder.resolve("odd"), new byte[BLOCK + 1]);
    Sha256 content = Sha256.of(Files.readAllBytes(image));
    assertThatThrownBy(() -> VerityTree.write(image, content, folder.resolve("tree")))
        .hasMessage("the image has 4097 bytes, not whole blocks of 4096");
  }
}
