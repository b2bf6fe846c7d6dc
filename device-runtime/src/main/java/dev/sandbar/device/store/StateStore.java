package dev.sandbar.device.store;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.source.text.ReadResult;
import dev.sandbar.source.text.TextLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the agent must remember across a power cut: one JSON document per name, each with a version
 * and a checksum. A damaged document is set aside and logged; it never stops the agent, which finds
 * the rest out by looking at the device.
 *
 * <p>Safe for use by many threads as long as each document has one writer.
 */
public final class StateStore {

  /** Where the documents are on a device. */
  public static final String DIRECTORY = "/var/lib/sandbar/state";

  private static final Logger LOG = LoggerFactory.getLogger(StateStore.class);

  private static final int VERSION = 1;
  private static final TextLimits LIMITS = new TextLimits(8 << 20, 64, 1_000_000);
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)?");
  private static final String SUFFIX = ".json";
  private static final String DAMAGED = ".damaged";

  private final ContentStore contents;
  private final Path directory;
  private final DurableFiles files;

  /**
   * The memory of a device.
   *
   * @param root of its file system
   */
  public StateStore(Path root) {
    this(root, new DurableFiles());
  }

  StateStore(Path root, DurableFiles files) {
    this.directory = root.resolve(DIRECTORY.substring(1));
    this.contents = ContentStore.of(root, files);
    this.files = files;
  }

  /** Content of files that records name by its digest. */
  public ContentStore contents() {
    return contents;
  }

  /** What was found under a name. */
  public sealed interface Loaded {
    /** The document. */
    record Found(Node data) implements Loaded {}

    /** Nothing was ever saved, or it was removed. */
    record Absent() implements Loaded {}

    /**
     * It is there, but cannot be read now: too many open files, a disk that fails for a moment.
     * What it says still holds.
     */
    record Unreadable(String reason) implements Loaded {}

    /**
     * It was damaged or of an unknown version and is not used; from now on it is absent.
     *
     * @param keptAs where the damaged file is now
     */
    record SetAside(Path keptAs, String reason) implements Loaded {}
  }

  /**
   * Reads a document.
   *
   * @param name lower-case words joined by dashes, with at most one slash: {@code last-good/pump}
   */
  public Loaded load(String name) {
    Path file = file(name);
    byte[] bytes;
    try {
      bytes = files.read(file, LIMITS.maxBytes());
    } catch (NoSuchFileException e) {
      return new Loaded.Absent();
    } catch (DurableFiles.UnusableException e) {
      return setAside(file, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return new Loaded.Unreadable(String.valueOf(e.getMessage()));
    }
    ReadResult result = JsonReader.read(name + SUFFIX, bytes, LIMITS);
    if (result.hasErrors() || result.documents().size() != 1) {
      return setAside(
          file,
          result.diagnostics().isEmpty() ? "empty" : result.diagnostics().getFirst().toString());
    }
    return opened(file, result.documents().getFirst());
  }

  private Loaded opened(Path file, Node envelope) {
    Envelope read = NodeBinder.readLenient(Envelope.class, envelope);
    if (read.version() != VERSION) {
      return setAside(
          file, "version " + read.version() + " is not known to this version of Sandbar");
    }
    if (!checksum(read.data()).equals(read.sha256())) {
      return setAside(file, "the checksum does not fit the content");
    }
    return new Loaded.Found(read.data());
  }

  private Loaded setAside(Path file, String reason) {
    Path aside = file.resolveSibling(file.getFileName() + DAMAGED);
    try {
      Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      aside = file;
    }
    LOG.warn("state={} action=set-aside reason=\"{}\" kept={}", file.getFileName(), reason, aside);
    return new Loaded.SetAside(aside, reason);
  }

  /** How a document stands on the disk. */
  private record Envelope(int version, String sha256, Node data) {}

  private static String checksum(Node data) {
    return Sha256.of(JsonWriter.compact(data)).hex();
  }

  /**
   * Saves a record in place of the former document.
   *
   * @throws IOException if it cannot be saved; the former one is still there
   */
  public void save(String name, Record data) throws IOException {
    save(name, NodeBinder.write(data));
  }

  /**
   * Saves a document in place of the former one.
   *
   * @throws IOException if it cannot be saved; the former one is still there
   */
  public void save(String name, Node data) throws IOException {
    Path file = file(name);
    Node envelope = NodeBinder.write(new Envelope(VERSION, checksum(data), data));
    files.makeDirectories(directory, "rwx------");
    Path parent = file.getParent();
    if (parent != null) {
      files.makeDirectories(parent, "rwx------");
    }
    files.write(file, JsonWriter.indented(envelope).getBytes(StandardCharsets.UTF_8), "rw-------");
  }

  /** Forgets a document. */
  public boolean remove(String name) throws IOException {
    return files.remove(file(name));
  }

  /**
   * Names below a first word, without it.
   *
   * @param group for example {@code last-good}
   * @throws IOException if that cannot be read now
   */
  public List<String> names(String group) throws IOException {
    var names = new ArrayList<String>();
    Path parent = file(group + "/x").resolveSibling("");
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent, "*" + SUFFIX)) {
      for (Path entry : entries) {
        String name = String.valueOf(entry.getFileName());
        names.add(name.substring(0, name.length() - SUFFIX.length()));
      }
    } catch (NoSuchFileException e) {
      // Nothing saved yet.
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    names.sort(null);
    return names;
  }

  /**
   * Removes what a killed agent left half written below a first word.
   *
   * @param group for example {@code last-good}; nobody may write to it meanwhile
   */
  public void removeUnfinished(String group) throws IOException {
    var _ = files.removeUnfinished(directory.resolve(group));
  }

  private Path file(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("not a name of a document: " + name);
    }
    return directory.resolve(name + SUFFIX);
  }
}
