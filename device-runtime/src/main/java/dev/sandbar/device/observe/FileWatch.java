package dev.sandbar.device.observe;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices changes in the unit directories within a millisecond or so (inotify(7)). inotify is not
 * recursive and knows only directories that exist, so drop-in directories are watched as they
 * appear, and the parent of a missing directory until it does.
 *
 * <p>This is a hint, never evidence: a listener must look at the files itself.
 */
public final class FileWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FileWatch.class);
  private static final WatchEvent.Kind<?>[] KINDS = {ENTRY_CREATE, ENTRY_DELETE, ENTRY_MODIFY};

  /** A directory may come and go while it is registered; its parents do not. */
  private static final int TRIES = 4;

  private final WatchService service;
  private final Set<Path> directories;
  private final Predicate<String> interesting;
  private final Consumer<Set<String>> listener;
  private final Map<WatchKey, Path> watched = new HashMap<>();
  private final Thread thread;

  private FileWatch(
      WatchService service,
      Collection<Path> directories,
      Predicate<String> interesting,
      Consumer<Set<String>> listener) {
    this.service = service;
    this.directories = new LinkedHashSet<>(directories);
    this.interesting = interesting;
    this.listener = listener;
    this.thread = Thread.ofVirtual().name("file-watch").unstarted(this::run);
  }

  /**
   * Watches until closed.
   *
   * @param directories absolute; they need not exist
   * @param interesting names of files and of {@code .d} directories that matter
   * @param listener called on one thread with the interesting names that changed; an empty set
   *     means that the kernel dropped events and everything must be looked at
   * @throws IOException if the kernel gives no inotify instance
   */
  public static FileWatch start(
      Collection<Path> directories, Predicate<String> interesting, Consumer<Set<String>> listener)
      throws IOException {
    Path first = directories.iterator().next();
    WatchService service = first.getFileSystem().newWatchService();
    try {
      var watch = new FileWatch(service, directories, interesting, listener);
      watch.registerAll();
      watch.thread.start();
      return watch;
    } catch (RuntimeException | Error e) {
      // It has a thread and two descriptors of its own.
      service.close();
      throw e;
    }
  }

  private void run() {
    try {
      while (true) {
        WatchKey key = service.take();
        var changed = new LinkedHashSet<String>();
        boolean lost = false;
        do {
          lost |= drain(key, changed);
          key = service.poll();
        } while (key != null);
        if (lost) {
          registerAll();
          listener.accept(Set.of());
        } else if (!changed.isEmpty()) {
          listener.accept(changed);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ClosedWatchServiceException e) {
      LOG.debug("action=close file watch ended");
    }
  }

  /** Collects the names of one key's events; true if events were lost. */
  private synchronized boolean drain(WatchKey key, Set<String> changed) {
    Path directory = watched.get(key);
    boolean lost = false;
    for (WatchEvent<?> event : key.pollEvents()) {
      if (event.kind() == OVERFLOW || directory == null) {
        lost = true;
        continue;
      }
      String name = String.valueOf(event.context());
      Path path = directory.resolve(name);
      boolean dropInDirectory = interesting.test(directory.getFileName().toString());
      if (dropInDirectory) {
        changed.add(directory.getFileName().toString());
      } else if (directories.contains(directory) && interesting.test(name)) {
        changed.add(name);
      }
      if (event.kind() == ENTRY_CREATE && leadsToWatched(path)) {
        // Files may already lie in it; there was no event for those.
        registerAll();
        lost = true;
      } else if (event.kind() == ENTRY_CREATE && interesting.test(name) && isDirectory(path)) {
        lost |= registerAll();
      }
    }
    if (!key.reset()) {
      watched.remove(key);
      lost |= registerAll();
    }
    return lost;
  }

  /** A new unit file is nothing to watch; there may be a hundred at once. */
  private static boolean isDirectory(Path path) {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  private boolean leadsToWatched(Path path) {
    return directories.stream().anyMatch(d -> d.startsWith(path));
  }

  /** Other names matter from now on. */
  public void refresh() {
    registerAll();
  }

  /** Whether something that is to be watched came meanwhile; there was no event for that. */
  private synchronized boolean registerAll() {
    boolean came = false;
    for (Path directory : directories) {
      Path first = nearestExisting(directory);
      Path nearest = registerNearest(directory, first);
      came |= nearest.startsWith(first) && !nearest.equals(first);
      if (nearest.equals(directory)) {
        for (Path dropIns : dropInDirectories(directory)) {
          register(dropIns);
        }
      }
    }
    return came;
  }

  /**
   * Nobody announces what comes between the look and the watch, so the look is repeated until
   * nothing did.
   */
  private Path registerNearest(Path directory, Path first) {
    Path nearest = first;
    for (int tries = 0; tries < TRIES; tries++) {
      register(nearest);
      Path now = nearestExisting(directory);
      if (now.equals(nearest)) {
        return nearest;
      }
      nearest = now;
    }
    return nearest;
  }

  private List<Path> dropInDirectories(Path directory) {
    var found = new ArrayList<Path>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "*.{d,wants}")) {
      for (Path entry : entries) {
        if (interesting.test(entry.getFileName().toString()) && isDirectory(entry)) {
          found.add(entry);
        }
      }
    } catch (IOException e) {
      LOG.debug("action=list directory={} {}", directory, e.toString());
    }
    return found;
  }

  private static Path nearestExisting(Path directory) {
    Path candidate = directory;
    while (!Files.isDirectory(candidate) && candidate.getParent() != null) {
      candidate = candidate.getParent();
    }
    return candidate;
  }

  private void register(Path directory) {
    Path candidate = directory;
    for (int tries = 0; tries < TRIES && !watched.containsValue(candidate); tries++) {
      try {
        watched.put(candidate.register(service, KINDS), candidate);
      } catch (NoSuchFileException e) {
        // Deleted in between, as those of generators are by a reload: what it was in shows when it
        // is there again.
        candidate = nearestExisting(candidate);
      } catch (IOException e) {
        // Most likely the user's inotify limit: the sweep still sees what changes there.
        LOG.warn("action=watch directory={} not watched: {}", candidate, e.getMessage());
        return;
      }
    }
  }

  @Override
  public void close() throws IOException {
    service.close();
  }
}
