package dev.sandbar.operator.gitsource;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The directories of the clones, named by the uid of their source. */
final class Clones {
  private static final Logger LOG = LoggerFactory.getLogger(Clones.class);
  private static final Pattern UID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  private final Path cache;

  Clones(Path cache) {
    this.cache = cache;
  }

  Path directory(String uid) {
    if (!UID.matcher(uid).matches()) {
      throw new IllegalArgumentException("not a uid");
    }
    return cache.resolve(uid);
  }

  /** Deletes a clone; one that is in use ends its look with a fault, which nobody sees any more. */
  void delete(String uid) {
    Path directory = directory(uid);
    if (!Files.isDirectory(directory)) {
      return;
    }
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(
                Path folder, @org.jspecify.annotations.Nullable IOException failure)
                throws IOException {
              Files.deleteIfExists(folder);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      LOG.warn("clone={} action=delete message={}", uid, e.getMessage());
    }
  }

  /** Deletes the clones of all other sources. */
  void keepOnly(Set<String> uids) {
    if (!Files.isDirectory(cache)) {
      return;
    }
    List<String> old;
    try (Stream<Path> found = Files.list(cache)) {
      old =
          found
              .map(it -> String.valueOf(it.getFileName()))
              .filter(it -> UID.matcher(it).matches() && !uids.contains(it))
              .toList();
    } catch (IOException e) {
      LOG.warn("cache={} action=list message={}", cache, e.getMessage());
      return;
    }
    old.forEach(this::delete);
  }
}
