package dev.sandbar.bench;

import dev.sandbar.source.text.JsonReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Waits for reports of the agent without polling: the machine's two cores belong to what is
 * measured.
 */
final class StatusWatch implements AutoCloseable {

  private final Path file;
  private final WatchService service;

  StatusWatch(Path file) throws IOException {
    this.file = file;
    this.service = file.getFileSystem().newWatchService();
    Path folder = file.resolveSibling("");
    folder.register(
        service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
  }

  /**
   * A report that was awaited.
   *
   * @param at {@link System#nanoTime()} when it was seen, before it was parsed
   */
  record Seen(Status status, long at) {}

  /** Waits for a report such as this. */
  Seen await(Predicate<Status> wanted, Duration most) throws IOException, InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    long at = System.nanoTime();
    while (true) {
      Status status = read();
      if (status != null && wanted.test(status)) {
        return new Seen(status, at);
      }
      WatchKey key = service.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      at = System.nanoTime();
      if (key == null) {
        throw new IOException(
            "the agent did not report what was awaited within " + most.toSeconds() + " s");
      }
      key.pollEvents();
      key.reset();
    }
  }

  @org.jspecify.annotations.Nullable Status read() throws IOException {
    try {
      var result = JsonReader.read("status.json", Files.readAllBytes(file));
      return result.documents().isEmpty() ? null : new Status(result.documents().getFirst());
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  @Override
  public void close() throws IOException {
    service.close();
  }
}
