package dev.sandbar.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A package of the Debian release that this machine runs, as the archive has it now.
 *
 * @param name of the package
 * @param archive the .deb file
 */
record DebianPackage(String name, Path archive) {
  private static final Logger LOG = LoggerFactory.getLogger(DebianPackage.class);

  /** Of {@code apt-get download --print-uris}: address, file name, size, digest. */
  private static final Pattern LISTED = Pattern.compile("(?m)^'[^']+' (\\S+\\.deb) (\\d+) \\S+$");

  /** Fetches it, unless the cache has it. apt-get checks its signature chain and digest. */
  static DebianPackage fetch(String name, Path cache) {
    try {
      Files.createDirectories(cache);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Matcher listed = LISTED.matcher(list(name));
    if (!listed.find()) {
      throw new ImageException("apt-get knows no package " + name);
    }
    Path archive = cache.resolve(listed.group(1));
    if (!hasSize(archive, Long.parseLong(listed.group(2)))) {
      LOG.info("package={} fetching {}", name, archive.getFileName());
      Programs.run(cache, List.of("apt-get", "download", "-q", name));
    }
    return new DebianPackage(name, archive);
  }

  /** In a folder without archives: apt-get lists none that lies there already. */
  private static String list(String name) {
    Path elsewhere = Path.of("/");
    var command = List.of("apt-get", "download", "--print-uris", name);
    try {
      return Programs.run(elsewhere, command);
    } catch (ImageException e) {
      LOG.info("package={} not listed; updating apt's lists", name);
      Programs.run(elsewhere, List.of("apt-get", "update", "-q"));
      return Programs.run(elsewhere, command);
    }
  }

  private static boolean hasSize(Path archive, long size) {
    try {
      return Files.isRegularFile(archive) && Files.size(archive) == size;
    } catch (IOException e) {
      return false;
    }
  }

  /** Unpacks its files; nothing of it is run. */
  void unpack(Path folder) {
    Programs.run(folder, List.of("dpkg-deb", "-x", archive.toString(), folder.toString()));
  }
}
