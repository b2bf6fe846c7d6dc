package dev.sandbar.operator.gitsource;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories of the clones, named by the uid of their source, and what they may take of the
 * disk together. A clone is a cache: above the bound those go that were used longest ago, first
 * those of the namespace that takes most. Their sources fetch again when they have something new.
 */
final class Clones {
  private static final Logger LOG = LoggerFactory.getLogger(Clones.class);
  private static final long BLOCK = 4096;
  private static final Pattern UID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  private final Path cache;
  private final long mostBytes;
  private final Map<String, Clone> known = new HashMap<>();
  private long uses;

  /** Guarded by the object around it. */
  private static final class Clone {
    String namespace = "";
    long bytes;
    long lastUse;
    int users;
  }

  /**
   * @param mostBytes of all clones together that are not in use
   */
  Clones(Path cache, long mostBytes) {
    this.cache = cache;
    this.mostBytes = mostBytes;
  }

  /** While it is open, the clone is not taken away. */
  interface Use extends AutoCloseable {
    @Override
    void close();
  }

  /** Begins to use a clone. */
  synchronized Use use(String namespace, String uid) {
    Clone clone = known.computeIfAbsent(uid, _ -> new Clone());
    clone.namespace = namespace.isEmpty() ? clone.namespace : namespace;
    clone.users++;
    clone.lastUse = ++uses;
    return () -> used(uid);
  }

  private void used(String uid) {
    long bytes = sizeOf(directory(uid));
    synchronized (this) {
      Optional.ofNullable(known.get(uid))
          .ifPresent(
              clone -> {
                clone.users--;
                clone.bytes = bytes;
              });
      makeRoom();
    }
  }

  private void makeRoom() {
    long total = known.values().stream().mapToLong(it -> it.bytes).sum();
    while (total > mostBytes) {
      var byNamespace = new HashMap<String, Long>();
      known.values().forEach(it -> byNamespace.merge(it.namespace, it.bytes, Long::sum));
      var victim =
          known.entrySet().stream()
              .filter(it -> it.getValue().users == 0 && it.getValue().bytes > 0)
              .min(
                  Comparator.<Map.Entry<String, Clone>>comparingLong(
                          it -> -byNamespace.getOrDefault(it.getValue().namespace, 0L))
                      .thenComparingLong(it -> it.getValue().lastUse));
      if (victim.isEmpty()) {
        return; // all are in use: whoever ends next makes room
      }
      LOG.info(
          "clone={} namespace={} action=evict bytes={}",
          victim.get().getKey(),
          victim.get().getValue().namespace,
          victim.get().getValue().bytes);
      total -= victim.get().getValue().bytes;
      delete(victim.get().getKey());
    }
  }

  private static long sizeOf(Path directory) {
    if (!Files.isDirectory(directory)) {
      return 0;
    }
    var sum = new AtomicLong();
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              // A file takes whole blocks.
              sum.addAndGet((attributes.size() + BLOCK - 1) / BLOCK * BLOCK);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
              return FileVisitResult.CONTINUE; // it has gone meanwhile
            }
          });
    } catch (IOException e) {
      LOG.warn("clone={} action=measure message={}", directory, e.getMessage());
    }
    return sum.get();
  }

  /** Where files of the repository are kept, which go with the clone. */
  Path contents(String uid) {
    return contents(directory(uid));
  }

  static Path contents(Path directory) {
    return directory.resolve("contents");
  }

  Path directory(String uid) {
    return directory(cache, uid);
  }

  /** The directory of a clone. */
  static Path directory(Path cache, String uid) {
    if (!UID.matcher(uid).matches()) {
      throw new IllegalArgumentException("not a uid");
    }
    return cache.resolve(uid);
  }

  /** Deletes a clone; one that is in use ends its look with a fault, which nobody sees any more. */
  synchronized void delete(String uid) {
    known.computeIfPresent(
        uid,
        (_, clone) -> {
          clone.bytes = 0;
          return clone.users > 0 ? clone : null;
        });
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
    List<String> all;
    try (Stream<Path> found = Files.list(cache)) {
      all =
          found
              .map(it -> String.valueOf(it.getFileName()))
              .filter(it -> UID.matcher(it).matches())
              .toList();
    } catch (IOException e) {
      LOG.warn("cache={} action=list message={}", cache, e.getMessage());
      return;
    }
    all.stream().filter(it -> !uids.contains(it)).forEach(this::delete);
    // Those of an earlier process count as well.
    all.stream().filter(uids::contains).forEach(it -> use("", it).close());
  }
}
