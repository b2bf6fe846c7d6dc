package dev.sandbar.device.store;

import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Sha256;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Content of files that no spec has room for, by its digest: as it came from the source, so that a
 * version which names it can be put back without the source. Apps see copies ({@link FileStore}).
 *
 * <p>May be used by several threads: one reads the source, another applies.
 */
public final class ContentStore {

  private static final String FOLDER = "var/lib/sandbar/contents";
  private static final String PREFIX = "sha256-";
  private static final String MODE = "r--------";

  private final Path directory;
  private final DurableFiles files;

  /** What was kept for a version that nothing names yet. */
  private final Set<Sha256> expected = new HashSet<>();

  ContentStore(Path directory, DurableFiles files) {
    this.directory = directory;
    this.files = files;
  }

  /** The store of a device. */
  public static ContentStore of(Path root, DurableFiles files) {
    return new ContentStore(root.resolve(FOLDER), files);
  }

  /** Keeps the content. Until {@link #expect} says otherwise it stays. */
  public synchronized void keep(Sha256 digest, byte[] content) throws IOException {
    expected.add(digest);
    if (!isRight(digest, content.length)) {
      files.makeDirectories(directory, "rwx------");
      files.write(file(digest), content, MODE);
    }
  }

  /** Whether it is here, as it was kept. What is here stays until {@link #expect}. */
  public synchronized boolean has(FileContent.Kept kept) {
    boolean has = isRight(kept.digest(), kept.bytes());
    if (has) {
      expected.add(kept.digest());
    }
    return has;
  }

  private boolean isRight(Sha256 digest, int bytes) {
    try {
      return Sha256.of(files.read(file(digest), bytes)).equals(digest);
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * The content.
   *
   * @throws IOException if it is not there, or is not what was kept
   */
  byte[] read(FileContent.Kept kept) throws IOException {
    byte[] content;
    try {
      content = files.read(file(kept.digest()), kept.bytes());
    } catch (IOException e) {
      throw new IOException(missing(kept, "is not on this device"), e);
    }
    if (!Sha256.of(content).equals(kept.digest())) {
      throw new IOException(missing(kept, "has been changed on this device"));
    }
    return content;
  }

  private static String missing(FileContent.Kept kept, String how) {
    return "the content sha256 %s %s; restart the agent, which reads its source again%s"
        .formatted(
            kept.digest().abbreviated(),
            how,
            kept.object().isEmpty()
                ? ""
                : ", and see why AppContent " + kept.object() + " was not fetched (action=fetch)");
  }

  /** Of what was kept before, only these are waited for. */
  public synchronized void expect(Set<Sha256> digests) {
    expected.retainAll(digests);
  }

  /** Removes these, which nobody needs any more. */
  public synchronized void remove(Set<Sha256> digests) throws IOException {
    expected.removeAll(digests);
    for (Sha256 digest : digests) {
      files.remove(file(digest));
    }
  }

  /** Removes what no version names, and nobody waits for. */
  public synchronized void retain(Set<Sha256> named) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, PREFIX + "*")) {
      for (Path entry : entries) {
        String hex = String.valueOf(entry.getFileName()).substring(PREFIX.length());
        boolean stays = false;
        if (Sha256.isValid(hex)) {
          var digest = new Sha256(hex);
          stays = named.contains(digest) || expected.contains(digest);
        }
        if (!stays) {
          files.remove(entry);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private Path file(Sha256 digest) {
    return directory.resolve(PREFIX + digest.hex());
  }
}
