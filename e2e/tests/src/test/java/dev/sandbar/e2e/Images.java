package dev.sandbar.e2e;

import dev.sandbar.vdev.image.SampleImages;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An image for a device. Squashfs says itself how long it is, so zeros after it change its digest
 * and nothing else.
 *
 * @param file on this machine
 */
record Images(Path file, String sha256) {

  private static final int BLOCK = 4096;

  /**
   * One of many images that hold the same: the attack probe, which waits when it is run with {@code
   * --hold}.
   */
  static Images probe(Path folder, int variant) throws IOException {
    byte[] image = Files.readAllBytes(SampleImages.cached(_ -> {}).probe().path());
    return write(folder, Arrays.copyOf(image, image.length + variant * BLOCK));
  }

  /** Something that begins as an image does and is none. */
  static Images garbage(Path folder) throws IOException {
    var noise = new byte[16 * BLOCK];
    Arrays.fill(noise, (byte) 7);
    System.arraycopy("hsqs".getBytes(StandardCharsets.US_ASCII), 0, noise, 0, 4);
    return write(folder, noise);
  }

  private static Images write(Path folder, byte[] content) throws IOException {
    String sha256 = digest(content);
    Path file = folder.resolve(sha256.substring(0, 12) + ".squashfs");
    Files.write(file, content);
    return new Images(file, sha256);
  }

  private static String digest(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** Where it is put on a device. */
  String source() {
    return "/srv/images/" + file.getFileName();
  }

  /** Where Sandbar's store has it. */
  String stored() {
    return "/var/lib/sandbar/images/sha256-" + sha256 + ".raw";
  }

  /** The field of a spec. */
  String field() {
    return "image: {path: %s, sha256: %s}".formatted(source(), sha256);
  }

  /** A manifest that runs the probe from it. */
  String app(String name, String more) {
    return Apps.manifest(
        name,
        field()
            + ", run: {command: [/usr/bin/probe, --hold]}"
            + (more.isEmpty() ? "" : ", " + more));
  }
}
