package dev.sandbar.device.trial;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.trial.Obstacle;
import dev.sandbar.core.trial.Replaceability;
import dev.sandbar.core.trial.TrialUnits;
import dev.sandbar.device.apply.StartFailure;
import dev.sandbar.device.apply.TemporaryUnits;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.LockFile;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A trial of an app in the place of a service. All that has to happen when it ends is in its units,
 * so that systemd does it where this process cannot; {@link #close} does it at once. What a killed
 * trial left below {@code /run}, and its directories, go when the next one begins.
 */
public final class TrialRun implements AutoCloseable {
  private static final String LOCK = "trial.lock";
  private static final String ACTIVE = "active";

  /** systemd itself waits for 90 s for most services to stop (systemd-system.conf(5)). */
  private static final Duration MOST = Duration.ofSeconds(90).plus(TrialUnits.START);

  private final UnitDirectories directories;
  private final Systemd systemd;
  private final LockFile lock;
  private final TemporaryUnits units;
  private final TrialUnits trial;
  private final DurableFiles files = new DurableFiles();
  private boolean begun;
  private volatile boolean ended;

  private TrialRun(Path root, Systemd systemd, LockFile lock, TrialUnits trial) {
    this.directories = new UnitDirectories(root);
    this.systemd = systemd;
    this.lock = lock;
    this.units = new TemporaryUnits(directories, systemd, TrialUnits.PREFIX, TrialUnits.FILES);
    this.trial = trial;
  }

  /** How a trial began. */
  public sealed interface Beginning {
    /** It can be started. */
    record Ready(TrialRun run) implements Beginning {}

    /** It cannot, and nothing was changed. */
    record Refused(Obstacle why) implements Beginning {}
  }

  /**
   * Why a service could not be stopped and started again; empty if it can be.
   *
   * @throws SystemdException if systemd does not answer
   */
  public static Optional<Obstacle> obstacle(Systemd systemd, UnitName service) {
    return Replaceability.of(service, systemd.properties(service), unit -> isActive(systemd, unit))
        .stream()
        .findFirst();
  }

  /**
   * Writes the units of the trial and has systemd read them; the service is not touched yet.
   *
   * @param root of the device's file system
   * @throws IOException if the device cannot be written
   */
  public static Beginning begin(Path root, Systemd systemd, TrialUnits trial) throws IOException {
    Optional<LockFile> lock = LockFile.tryTake(root, LOCK);
    boolean underway =
        systemd.units(List.of(TrialUnits.PREFIX + "*")).values().stream().anyMatch(s -> !isOver(s));
    if (lock.isEmpty() || underway) {
      if (lock.isPresent()) {
        lock.get().close();
      }
      return new Beginning.Refused(
          new Obstacle(
              "another trial on this device is under way", "Wait until systemd has ended it"));
    }
    var run = new TrialRun(root, systemd, lock.get(), trial);
    try {
      run.clear();
      run.write();
      if (run.isLoaded(trial.unit()) && run.isLoaded(trial.timer())) {
        return new Beginning.Ready(run);
      }
    } catch (IOException | RuntimeException e) {
      run.close();
      throw e;
    }
    run.close();
    return new Beginning.Refused(
        new Obstacle(
            "systemd does not read the units of the trial",
            "See what systemd reports: journalctl -b _PID=1"));
  }

  private static boolean isOver(String activeState) {
    return activeState.equals("inactive") || activeState.equals("failed");
  }

  private void write() throws IOException {
    Path runtime = directories.onDisk(UnitDirectories.RUNTIME);
    files.makeDirectories(runtime, "rwxr-xr-x");
    for (TrialUnits.File file : trial.files()) {
      Path there = directories.onDisk(file.path());
      files.makeDirectories(there.resolveSibling(".").normalize(), "rwx------");
      files.write(
          there,
          file.text().getBytes(StandardCharsets.UTF_8),
          file.executable() ? "r-xr-xr-x" : "r--r--r--");
    }
    write(runtime, trial.timer(), trial.timerText());
    write(runtime, trial.unit(), trial.text());
    // A unit that is not loaded is read from the disk at its first use, without a reload;
    // unless systemd has looked at the directory in this very tick of its clock.
    if (!isLoaded(trial.timer()) || !isLoaded(trial.unit())) {
      systemd.reload();
    }
  }

  private void write(Path runtime, UnitName unit, String text) throws IOException {
    files.write(runtime.resolve(unit.value()), text.getBytes(StandardCharsets.UTF_8), "rw-------");
  }

  private boolean isLoaded(UnitName unit) {
    Map<String, Raw> properties = systemd.properties(unit);
    return new Raw.Str("loaded").equals(properties.get("LoadState"))
        && new Raw.Bool(false).equals(properties.get("NeedDaemonReload"));
  }

  /**
   * Stops the service and starts the trial, in one transaction of systemd.
   *
   * @return why it did not start; empty if it did
   */
  public Optional<String> start() {
    synchronized (this) {
      if (ended) {
        return Optional.of("it was interrupted");
      }
      begun = true;
    }
    // Starts that came before are no reason to refuse the one that puts the service back.
    systemd.resetFailed(trial.service());
    JobOutcome outcome = run(Verb.START, trial.unit());
    return outcome.done()
        ? Optional.empty()
        : Optional.of(StartFailure.explain(systemd, trial.unit(), outcome.result()));
  }

  private JobOutcome run(Verb verb, UnitName unit) {
    return systemd.run(List.of(new Job(verb, unit)), MOST).getFirst();
  }

  /**
   * Starts the service again, which ends the trial.
   *
   * @return why it does not run; empty if it does
   */
  public synchronized Optional<String> putBack() {
    ended = true;
    if (!begun || isActive(systemd, trial.service())) {
      return Optional.empty();
    }
    JobOutcome outcome = run(Verb.START, trial.service());
    return outcome.done()
        ? Optional.empty()
        : Optional.of(StartFailure.explain(systemd, trial.service(), outcome.result()));
  }

  /** Whether somebody has had the service put back. */
  public boolean isEnded() {
    return ended;
  }

  private static boolean isActive(Systemd systemd, UnitName unit) {
    return new Raw.Str(ACTIVE).equals(systemd.properties(unit).get("ActiveState"));
  }

  /** Puts the service back and removes what was written. */
  @Override
  public synchronized void close() throws IOException {
    try {
      putBack();
      clear();
    } finally {
      lock.close();
    }
  }

  /** None is under way. */
  private void clear() throws IOException {
    units.remove(MOST);
  }
}
