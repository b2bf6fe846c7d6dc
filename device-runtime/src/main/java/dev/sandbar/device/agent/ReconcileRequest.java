package dev.sandbar.device.agent;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.LockFile;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.source.text.ReadResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a person on the device asks of its running agent, through a file in a directory that only
 * root can open. Like {@code requestedAt} of Flux it is a token; the agent says in its status which
 * one it has handled last.
 *
 * @param requestedAt the token: when it was asked
 * @param poll whether the source is asked too, before everything is looked at
 */
public record ReconcileRequest(String requestedAt, boolean poll) {
  private static final Logger LOG = LoggerFactory.getLogger(ReconcileRequest.class);

  /** Gone after a reboot, when everything is looked at anyway. */
  static final String DIRECTORY = LockFile.DIRECTORY + "/requests";

  static final String FILE = "reconcile.json";

  private static final int LIMIT = 4096;

  /** Makes the directory that requests are written to. */
  static Path directory(Path root) throws IOException {
    Path directory = root.resolve(DIRECTORY.substring(1));
    var files = new DurableFiles();
    files.makeDirectories(root.resolve(LockFile.DIRECTORY.substring(1)), "rwxr-xr-x");
    files.makeDirectories(directory, "rwx------");
    return directory;
  }

  /**
   * Asks. A request that was not handled yet is replaced.
   *
   * @param root of the device's file system
   * @return what was asked
   * @throws IOException if it cannot be written, as by anybody but root
   */
  public static ReconcileRequest ask(Path root, boolean poll) throws IOException {
    var request = new ReconcileRequest(Instant.now().toString(), poll);
    new DurableFiles()
        .write(
            directory(root).resolve(FILE),
            JsonWriter.compact(NodeBinder.write(request)).getBytes(StandardCharsets.UTF_8),
            "rw-------");
    return request;
  }

  /** The last request; empty if nobody has asked since the device was booted. */
  public static Optional<ReconcileRequest> last(Path root) {
    Path file = root.resolve(DIRECTORY.substring(1)).resolve(FILE);
    try {
      ReadResult result = JsonReader.read(FILE, new DurableFiles().read(file, LIMIT));
      if (!result.hasErrors() && result.documents().size() == 1) {
        return Optional.of(
                NodeBinder.readLenient(ReconcileRequest.class, result.documents().getFirst()))
            .filter(request -> !request.requestedAt().isEmpty());
      }
      LOG.warn("action=request ignored: it cannot be read");
    } catch (NoSuchFileException e) {
      // Nobody has asked.
    } catch (IOException e) {
      LOG.warn("action=request ignored: {}", e.getMessage());
    }
    return Optional.empty();
  }
}
