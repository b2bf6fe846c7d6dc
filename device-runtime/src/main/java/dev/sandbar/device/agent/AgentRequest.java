package dev.sandbar.device.agent;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.AppName;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.LockFile;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.source.text.ReadResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a person on the device requests of its running agent: a file of its own in a directory that
 * only root can open. The agent marks it as taken before it acts on it any further, so that the
 * next agent does not do it a second time, and removes it once it has answered.
 *
 * @param id of this request alone
 * @param verb what is requested
 * @param app the one that it is about; null for all
 * @param requestedAt when, as the status shows it
 * @param taken whether an agent has done to its records what this requests
 */
public record AgentRequest(
    String id, Verb verb, @Nullable AppName app, Instant requestedAt, boolean taken) {
  private static final Logger LOG = LoggerFactory.getLogger(AgentRequest.class);

  /** What can be requested; each checks everything, also for what was done before it. */
  public enum Verb {
    /** Of one app: its version that failed is tried again. */
    RECONCILE,
    HOLD,
    RELEASE,
    SUSPEND,
    RESUME;

    /** Whether the source is polled first. */
    boolean polls() {
      return this == RECONCILE || this == RELEASE || this == RESUME;
    }

    /** For people. */
    String shown() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Gone after a reboot, when everything is checked anyway. */
  static final String DIRECTORY = LockFile.DIRECTORY + "/requests";

  private static final String PREFIX = "request-";
  private static final String SUFFIX = ".json";
  private static final Pattern NAME = Pattern.compile("request-[0-9a-f-]{36}[.]json");
  private static final int LIMIT = 4096;

  /** Whoever has more of them waiting does not wait for the answers. */
  private static final int MAX_WAITING = 100;

  /** Whether a file of this name is a request. */
  static boolean isFile(String name) {
    return NAME.matcher(name).matches();
  }

  /** Makes the directory that requests are written to. */
  static Path directory(Path root) throws IOException {
    Path directory = root.resolve(DIRECTORY.substring(1));
    var files = new DurableFiles();
    files.makeDirectories(root.resolve(LockFile.DIRECTORY.substring(1)), "rwxr-xr-x");
    files.makeDirectories(directory, "rwx------");
    return directory;
  }

  /**
   * Requests something.
   *
   * @param root of the device's file system
   * @param app null for all
   * @return what was requested
   * @throws IOException if it cannot be written, as by anybody but root
   */
  public static AgentRequest ask(Path root, Verb verb, @Nullable AppName app) throws IOException {
    var request = new AgentRequest(UUID.randomUUID().toString(), verb, app, Instant.now(), false);
    request.write(directory(root));
    return request;
  }

  /** Whether no agent has answered yet. */
  public boolean isWaiting(Path root) {
    return Files.exists(file(root.resolve(DIRECTORY.substring(1))));
  }

  /** Those that no agent has answered, in the order in which they were made. */
  static List<AgentRequest> waiting(Path root) {
    Path directory = root.resolve(DIRECTORY.substring(1));
    String[] names = directory.toFile().list((_, name) -> isFile(name));
    var requests = new ArrayList<AgentRequest>();
    for (String name : names == null ? new String[0] : names) {
      if (requests.size() < MAX_WAITING) {
        read(directory, name).ifPresent(requests::add);
      }
    }
    requests.sort(Comparator.comparing(AgentRequest::requestedAt).thenComparing(AgentRequest::id));
    return requests;
  }

  private static Optional<AgentRequest> read(Path directory, String name) {
    try {
      ReadResult result =
          JsonReader.read(name, new DurableFiles().read(directory.resolve(name), LIMIT));
      if (!result.hasErrors() && result.documents().size() == 1) {
        AgentRequest request = NodeBinder.read(AgentRequest.class, result.documents().getFirst());
        if (name.equals(PREFIX + request.id + SUFFIX)) {
          return Optional.of(request);
        }
      }
      LOG.warn("file={} action=request ignored: it cannot be read", name);
    } catch (NoSuchFileException e) {
      // Answered meanwhile.
    } catch (IOException | IllegalArgumentException e) {
      LOG.warn("file={} action=request ignored: {}", name, e.getMessage());
    }
    return Optional.empty();
  }

  /** The same, as no agent does it again. */
  AgentRequest take(Path root) throws IOException {
    var request = new AgentRequest(id, verb, app, requestedAt, true);
    request.write(directory(root));
    return request;
  }

  /** It was answered. */
  void remove(Path root) throws IOException {
    new DurableFiles().remove(file(root.resolve(DIRECTORY.substring(1))));
  }

  private void write(Path directory) throws IOException {
    new DurableFiles()
        .write(
            file(directory),
            JsonWriter.compact(NodeBinder.write(this)).getBytes(StandardCharsets.UTF_8),
            "rw-------");
  }

  private Path file(Path directory) {
    return directory.resolve(PREFIX + id + SUFFIX);
  }
}
