package dev.sandbar.source.git;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LongSummaryStatistics;
import java.util.Optional;
import java.util.stream.Stream;
import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;

/**
 * The bare clone in the state directory. It is a cache: whatever is wrong with it, it is thrown
 * away and made anew.
 */
final class LocalClone {
  /** The one ref of the clone: what was fetched last, completely. */
  static final String TRACKING = "refs/sandbar/source";

  /** Each fetch adds a pack and nothing ever merges them; from here on the clone is made anew. */
  private static final int MOST_PACKS = 50;

  private static final String CONFIG = "config";

  private final Path directory;
  private final String config;

  LocalClone(Path stateDirectory, GitSettings settings) {
    this(stateDirectory.resolve("repository.git"), settings.url());
  }

  private LocalClone(Path directory, String url) {
    this.directory = directory;
    this.config = configText(url);
  }

  /** Another one, for commits alone. */
  static LocalClone ofHistory(Path stateDirectory, GitSettings settings) {
    return new LocalClone(stateDirectory.resolve("history.git"), settings.url());
  }

  /** Opens the clone; makes it first if it is missing or belongs to another address. */
  BoundedRepository open(PollBounds bounds) throws IOException {
    if (!isUsable()) {
      wipe();
      create();
    }
    return BoundedRepository.open(directory.toFile(), bounds);
  }

  /** True if the commit was fetched last, so nothing needs to be fetched. */
  static boolean holds(Repository repository, ObjectId commit) throws IOException {
    Ref ref = repository.exactRef(TRACKING);
    return ref != null && commit.equals(peeled(repository, ref));
  }

  /** The commit behind a ref that may point to a tag. */
  static ObjectId peeled(Repository repository, Ref ref) throws IOException {
    Ref known = repository.getRefDatabase().peel(ref);
    return Optional.ofNullable(known.getPeeledObjectId())
        .or(() -> Optional.ofNullable(known.getObjectId()))
        .orElseThrow(() -> new IOException("the ref " + ref.getName() + " points nowhere"));
  }

  /** True if the packs have become many, or together larger than two packs may be. */
  boolean isWorn(GitLimits limits) throws IOException {
    Path packs = directory.resolve("objects/pack");
    if (!Files.isDirectory(packs)) {
      return false;
    }
    try (Stream<Path> files = Files.list(packs)) {
      LongSummaryStatistics sizes =
          files
              .filter(file -> file.toString().endsWith(".pack"))
              .mapToLong(file -> file.toFile().length())
              .summaryStatistics();
      return sizes.getCount() >= MOST_PACKS || sizes.getSum() > 2 * limits.maxPackBytes();
    }
  }

  void wipe() throws IOException {
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, IOException failure)
              throws IOException {
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private boolean isUsable() {
    try {
      return Files.isRegularFile(directory.resolve("HEAD"))
          && Files.isDirectory(directory.resolve("objects"))
          && Files.isDirectory(directory.resolve("refs"))
          && Files.readString(directory.resolve(CONFIG)).equals(config);
    } catch (IOException e) {
      return false; // missing or not even text: it is made anew
    }
  }

  /** Writes what {@code git init --bare} writes, without hooks. The config comes last. */
  private void create() throws IOException {
    Path parent = directory.getParent();
    if (parent != null && !Files.isDirectory(parent)) {
      Files.createDirectories(
          parent,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    Files.createDirectories(directory.resolve("objects/pack"));
    Files.createDirectories(directory.resolve("objects/info"));
    Files.createDirectories(directory.resolve("refs/heads"));
    Files.writeString(directory.resolve("HEAD"), "ref: refs/heads/none\n");
    Files.writeString(directory.resolve(CONFIG), config);
  }

  private static String configText(String url) {
    var config = new Config();
    config.setInt("core", null, "repositoryformatversion", 0);
    config.setBoolean("core", null, "bare", true);
    config.setBoolean("core", null, "filemode", false);
    config.setBoolean("core", null, "logallrefupdates", false);
    config.setBoolean("core", null, "supportsatomicfilecreation", true);
    config.setString("http", null, "followredirects", "false");
    config.setBoolean("http", null, "sslverify", true);
    config.setInt("gc", null, "auto", 0);
    config.setString("remote", "origin", "url", url);
    return config.toText();
  }
}
