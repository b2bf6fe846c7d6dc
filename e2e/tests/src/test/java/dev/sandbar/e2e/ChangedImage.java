package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.cli.Main;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;

/**
 * Two versions of an image that differ in one line, with the indexes of their chunks. What follows
 * the line is the same in both, at another place.
 *
 * @param shared where bytes that both have begin in the second
 */
record ChangedImage(Path first, Path second, int shared) {

  private static final int NOISE = 8 << 20;
  private static final int SHARED = 6 << 20;

  static ChangedImage build(Path folder) throws Exception {
    Path root =
        ContainerLayout.unpacked(
            Workbench.images().mosquittoClient().path(), folder.resolve("lines"));
    Files.createDirectories(root.resolve("srv"));
    var bytes = new byte[NOISE];
    new Random(1).nextBytes(bytes);
    Files.write(root.resolve("srv/noise"), bytes);
    String digits = HexFormat.of().formatHex(bytes, 0, 200_000);
    Files.writeString(root.resolve("srv/first"), digits);
    Path first = built(root, folder.resolve("first.squashfs"));
    Files.writeString(root.resolve("srv/first"), "one more line\n" + digits);
    Path second = built(root, folder.resolve("second.squashfs"));
    byte[] mark = Arrays.copyOfRange(bytes, 1 << 20, (1 << 20) + 64);
    int at = indexOf(Files.readAllBytes(second), mark);
    assertThat(indexOf(Files.readAllBytes(first), mark)).isPositive().isNotEqualTo(at);
    return new ChangedImage(first, second, at);
  }

  /** Takes what both have out of a copy of the second. */
  void overwriteShared(Path copy) throws IOException {
    try (FileChannel file = FileChannel.open(copy, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.allocate(SHARED), shared);
    }
  }

  private static int indexOf(byte[] all, byte[] part) {
    for (int i = 0; i + part.length <= all.length; i++) {
      if (Arrays.equals(all, i, i + part.length, part, 0, part.length)) {
        return i;
      }
    }
    return -1;
  }

  /** Made as people make it. */
  private static Path built(Path root, Path image) {
    int code =
        Main.run(
            new String[] {"image", "build", root.toString(), image.toString(), "--chunks"},
            InputStream.nullInputStream(),
            OutputStream.nullOutputStream(),
            OutputStream.nullOutputStream(),
            Map.of());
    assertThat(code).isZero();
    return image;
  }
}
