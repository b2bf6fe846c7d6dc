package dev.sandbar.device.apply;

import dev.sandbar.device.store.Checkpoints;
import dev.sandbar.device.store.DurableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The files of a device that meet one fault at the Nth step of everything that changes the device,
 * a step of a write or a call of systemd. What the disk holds after a power cut is any state that
 * what was synced allows.
 */
final class CrashingDisk {

  private static final String UNFINISHED = ".sandbar-new";
  private static final String LINKS = "/sandbar.target.wants/";

  /** The agent is no more. */
  static final class Crash extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** What happens at the step. */
  enum Fault {
    NONE,
    KILL,
    POWER_CUT,
    NO_SPACE,
    IO_ERROR,
    READ_ONLY,
    SYSTEMD_LATE,
    SYSTEMD_DIES
  }

  private final Path root;
  private final Random random;
  private final Fault fault;
  private final int at;
  private final Map<String, byte[]> begun;
  private Map<String, byte[]> previous;
  private Map<String, byte[]> now;
  private String step = "";
  private int steps;
  private Runnable onSystemd = () -> {};
  private boolean over;

  /**
   * @param at the number of the step
   */
  CrashingDisk(Path root, Fault fault, int at, Random random) throws IOException {
    this.root = root;
    this.fault = fault;
    this.at = at;
    this.random = random;
    this.begun = read();
    this.previous = begun;
    this.now = begun;
  }

  /** What a fault of systemd does. */
  void onSystemd(Runnable action) {
    onSystemd = action;
  }

  /** No fault any more: the next agent. */
  void heal() {
    over = true;
  }

  /** Whether there were as many steps. */
  boolean isMet() {
    return steps >= at;
  }

  DurableFiles files() {
    return Checkpoints.files(this::written);
  }

  private void written(String done) throws IOException {
    if (over) {
      return;
    }
    reached(done);
    boolean here = steps == at;
    switch (fault) {
      case NO_SPACE -> fail(here, "No space left on device");
      case IO_ERROR -> fail(here, "Input/output error");
      case READ_ONLY -> fail(steps >= at, "Read-only file system");
      case NONE, KILL, POWER_CUT, SYSTEMD_LATE, SYSTEMD_DIES -> {}
    }
  }

  private static void fail(boolean here, String reason) throws IOException {
    if (here) {
      throw new FileSystemException("unit", null, reason);
    }
  }

  /** Before a call of systemd. */
  void called() {
    if (!over) {
      reached("CALLED");
    }
  }

  private void reached(String done) {
    steps++;
    step = done;
    try {
      previous = now;
      now = read();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (steps != at) {
      return;
    }
    switch (fault) {
      case KILL, POWER_CUT -> throw new Crash();
      case SYSTEMD_LATE, SYSTEMD_DIES -> onSystemd.run();
      case NONE, NO_SPACE, IO_ERROR, READ_ONLY -> {}
    }
  }

  /** Puts on the disk what it holds after the crash: what ran to its end in the agent did not. */
  void afterCrash() throws IOException {
    over = true;
    var left = new TreeMap<>(now);
    if (fault == Fault.POWER_CUT) {
      switch (step) {
        case "CREATED", "WRITTEN" -> unsynced(left);
        case "SYNCED" ->
            left.keySet().removeIf(it -> it.endsWith(UNFINISHED) && random.nextBoolean());
        case "RENAMED" -> {
          if (random.nextBoolean()) {
            left = new TreeMap<>(previous);
            left.keySet().removeIf(it -> it.endsWith(UNFINISHED) && random.nextBoolean());
          }
        }
        default -> {}
      }
      // systemd syncs no link that it makes or removes.
      links(left);
      left.keySet().removeIf(it -> it.startsWith("run/"));
    }
    write(left);
  }

  private void unsynced(Map<String, byte[]> left) {
    for (String path : List.copyOf(left.keySet())) {
      if (path.endsWith(UNFINISHED)) {
        byte[] whole = left.getOrDefault(path, new byte[0]);
        switch (random.nextInt(4)) {
          case 0 -> left.remove(path);
          case 1 -> left.put(path, Arrays.copyOf(whole, random.nextInt(whole.length + 1)));
          case 2 -> left.put(path, new byte[whole.length]);
          default -> {}
        }
      }
    }
  }

  private void links(Map<String, byte[]> left) {
    for (String path : Stream.concat(begun.keySet().stream(), now.keySet().stream()).toList()) {
      boolean changed = begun.containsKey(path) != now.containsKey(path);
      if (path.contains(LINKS) && changed && random.nextBoolean()) {
        if (begun.get(path) instanceof byte[] link) {
          left.put(path, link);
        } else {
          left.remove(path);
        }
      }
    }
  }

  /** Every file and link below the root; a link by what it leads to, after a zero. */
  private Map<String, byte[]> read() throws IOException {
    var all = new TreeMap<String, byte[]>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.toList()) {
        String name = root.relativize(file).toString();
        if (Files.isSymbolicLink(file)) {
          all.put(name, ("\0" + Files.readSymbolicLink(file)).getBytes(StandardCharsets.UTF_8));
        } else if (Files.isRegularFile(file)) {
          all.put(name, Files.readAllBytes(file));
        }
      }
    }
    return all;
  }

  private void write(Map<String, byte[]> all) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
          Files.delete(file);
        }
      }
    }
    for (var entry : all.entrySet()) {
      Path file = root.resolve(entry.getKey());
      Files.createDirectories(file.resolveSibling(""));
      String text = new String(entry.getValue(), StandardCharsets.UTF_8);
      if (entry.getKey().contains(LINKS)) {
        Files.createSymbolicLink(file, Path.of(text.substring(1)));
      } else {
        Files.write(file, entry.getValue());
      }
    }
  }
}
