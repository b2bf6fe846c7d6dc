package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.systemd.Jobs;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.SystemdEvent;
import dev.sandbar.device.systemd.SystemdException;
import dev.sandbar.device.systemd.UnitReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * A model of systemd over the real unit files of a directory: what is loaded changes by a reload,
 * what runs by jobs, and links by enable and disable. It stands for the real one where ten thousand
 * power cuts have to be tried.
 */
final class ModelSystemd implements Systemd {

  /** A unit with this in its text does not start. */
  static final String BROKEN = "ExecStart=/broken";

  private final Path units;
  private final Runnable before;
  private final TreeMap<UnitName, String> loaded = new TreeMap<>();
  private final TreeMap<UnitName, String> running = new TreeMap<>();
  private final List<Job> late = new ArrayList<>();
  private boolean dead;
  private boolean slow;

  /**
   * @param root of the device's file system
   * @param before runs before each call that changes something, and between jobs
   */
  ModelSystemd(Path root, Runnable before) {
    this.units = root.resolve("etc/systemd/system");
    this.before = before;
  }

  /** It answers no more, until {@link #recover}. */
  void die() {
    dead = true;
  }

  /** Jobs take their time, until {@link #recover}. */
  void answerLate() {
    slow = true;
  }

  /** It answers again, and what was late has ended. */
  void recover() {
    dead = false;
    slow = false;
    late.forEach(this::perform);
    late.clear();
  }

  /** The power was cut: what is on the disk is loaded, and what is enabled starts. */
  void reboot() {
    late.clear();
    running.clear();
    dead = false;
    slow = false;
    load();
    for (UnitName unit : loaded.keySet()) {
      if (Files.isSymbolicLink(link(unit))) {
        perform(new Job(Verb.START, unit));
      }
    }
  }

  String loaded(UnitName unit) {
    return loaded.getOrDefault(unit, "");
  }

  String running(UnitName unit) {
    return running.getOrDefault(unit, "");
  }

  Path link(UnitName unit) {
    return units.resolve(UnitName.TARGET + ".wants").resolve(unit.value());
  }

  private void call() {
    before.run();
    if (dead) {
      throw new SystemdException(SystemdException.Kind.UNAVAILABLE, "no answer", null);
    }
  }

  @Override
  public void reload() {
    call();
    load();
  }

  private void load() {
    loaded.clear();
    try (var files = Files.newDirectoryStream(units, "sandbar-*.service")) {
      for (Path file : files) {
        loaded.put(new UnitName(String.valueOf(file.getFileName())), Files.readString(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Jobs start(List<Job> jobs, int atOnce, Consumer<Job> ended) {
    before.run();
    var outcomes = new ArrayList<JobOutcome>();
    for (Job job : jobs) {
      if (dead) {
        // As over the bus: nobody will ever say how it ended.
        outcomes.add(new JobOutcome(job, "no-answer"));
      } else if (slow) {
        late.add(job);
        outcomes.add(new JobOutcome(job, Jobs.RUNNING));
      } else {
        outcomes.add(new JobOutcome(job, perform(job) ? "done" : "failed"));
        before.run();
      }
    }
    return new Jobs() {
      @Override
      public List<JobOutcome> await(Wait wait) {
        return outcomes.stream()
            .map(
                it ->
                    it.isRunning() && !late.contains(it.job())
                        ? new JobOutcome(it.job(), isAsAsked(it.job()) ? "done" : "failed")
                        : it)
            .toList();
      }

      @Override
      public void close() {}
    };
  }

  private boolean isAsAsked(Job job) {
    return running.containsKey(job.unit()) == (job.verb() != Verb.STOP);
  }

  private boolean perform(Job job) {
    UnitName unit = job.unit();
    if (!unit.isService()) {
      return true;
    }
    String text = loaded(unit);
    switch (job.verb()) {
      case STOP -> running.remove(unit);
      case RELOAD -> {}
      case START, RESTART -> {
        if (job.verb() == Verb.RESTART || !running.containsKey(unit)) {
          running.remove(unit);
          if (!text.isEmpty() && !text.contains(BROKEN)) {
            running.put(unit, text);
          }
        }
      }
    }
    return isAsAsked(job);
  }

  @Override
  public void enable(Collection<UnitName> names) {
    call();
    names.forEach(
        unit -> {
          try {
            Files.createDirectories(link(unit).resolveSibling(""));
            if (!Files.isSymbolicLink(link(unit))) {
              Files.createSymbolicLink(link(unit), units.resolve(unit.value()));
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Override
  public void disable(UnitName unit) {
    call();
    try {
      Files.deleteIfExists(link(unit));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean isClockSynchronized() {
    return true;
  }

  @Override
  public String version() {
    return "257";
  }

  @Override
  public SortedMap<String, Raw> properties(UnitName unit) {
    return new TreeMap<>();
  }

  @Override
  public UnitReader reader(Set<String> names) {
    throw new AssertionError("nobody looks");
  }

  @Override
  public String lastLoaded() {
    return "";
  }

  @Override
  public SortedSet<String> managerVariables() {
    return new TreeSet<>();
  }

  @Override
  public Map<UnitName, Raw> lines(List<String> patterns) {
    return Map.of();
  }

  @Override
  public Map<UnitName, String> units(List<String> patterns) {
    return Map.of();
  }

  @Override
  public void refreshFilters(Set<UnitName> lost) {}

  @Override
  public void thaw(UnitName unit) {}

  @Override
  public void unmask(Collection<UnitName> names) {}

  @Override
  public void setProperties(UnitName unit, Map<String, Raw> properties) {}

  @Override
  public void hide(UnitName unit, String path, boolean directory) {}

  @Override
  public void resetFailed(UnitName unit) {}

  @Override
  public void kill(UnitName unit) {}

  @Override
  public List<Integer> processes(UnitName unit) {
    return List.of();
  }

  @Override
  public void watch(Consumer<SystemdEvent> listener) {}

  @Override
  public void close() {}
}
