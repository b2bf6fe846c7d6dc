package dev.sandbar.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Builds the image: {@code Main LIBRARIES ARCHIVE NAME:TAG}. */
public final class Main {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);

  private Main() {}

  /** Writes the archive, and its digest into a file beside it. Exit code 1 where it cannot. */
  public static void main(String[] arguments) {
    try {
      build(arguments);
    } catch (ImageException | IOException e) {
      LOG.error("{}", e.getMessage());
      Runtime.getRuntime().exit(1);
    }
  }

  private static void build(String[] arguments) throws IOException {
    if (arguments.length != 3) {
      throw new ImageException("usage: Main LIBRARIES ARCHIVE NAME:TAG");
    }
    Path archive = Path.of(arguments[1]).toAbsolutePath();
    String digest =
        new OperatorImage(Path.of(arguments[0]).toAbsolutePath(), cache())
            .write(archive, arguments[2]);
    Files.writeString(archive.resolveSibling(archive.getFileName() + ".digest"), digest + "\n");
    LOG.info("image={} digest={} mb={}", archive, digest, Files.size(archive) >> 20);
  }

  static Path cache() {
    String set = System.getenv("SANDBAR_CACHE");
    return Path.of(set == null || set.isBlank() ? "/var/cache/sandbar" : set)
        .toAbsolutePath()
        .resolve("image/debian");
  }
}
