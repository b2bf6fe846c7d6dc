package dev.sandbar.vdev.image;

import dev.sandbar.vdev.Suite;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Debian packages as their own scripts install them, with the users that these make: an archive of
 * the whole file system, which is kept in the cache of the images.
 */
public final class InstalledPackages {

  private InstalledPackages() {}

  /**
   * The archive, made in some minutes unless it is there.
   *
   * @param packages beside those that every Debian has
   */
  public static Path archive(Suite suite, List<String> packages) {
    var crc = new CRC32();
    crc.update((suite.codename() + packages).getBytes(StandardCharsets.UTF_8));
    Path cache = SampleImages.cacheDirectory();
    Path done = cache.resolve("installed-%08x.tar".formatted(crc.getValue()));
    if (Files.exists(done)) {
      return done;
    }
    try {
      Files.createDirectories(cache);
      Path work = Files.createTempDirectory(cache, ".installing-");
      Path fresh = work.resolve("packages.tar");
      try {
        BuildTools.run(
            Path.of("/"),
            BuildTools.LIMIT,
            List.of(
                "mmdebstrap",
                "--variant=minbase",
                "--format=tar",
                // A mirror that is a snapshot has release files past their date.
                "--aptopt=Acquire::Check-Valid-Until \"false\"",
                "--aptopt=Acquire::Languages \"none\"",
                "--dpkgopt=path-exclude=/usr/share/{doc,locale,man}/*",
                "--include=" + String.join(",", packages),
                suite.codename(),
                fresh.toString()));
        Files.move(fresh, done);
      } finally {
        BuildTools.run(
            cache, BuildTools.LIMIT, List.of("rm", "-rf", "--one-file-system", work.toString()));
      }
      return done;
    } catch (IOException e) {
      throw new AppImageException("cannot keep the packages in " + cache, e);
    }
  }
}
