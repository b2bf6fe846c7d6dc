package dev.sandbar.device.probe;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.probe.ProbedUnit;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.apply.StartFailure;
import dev.sandbar.device.apply.TemporaryUnits;
import dev.sandbar.device.store.ContentStore;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.FileStore;
import dev.sandbar.device.store.LockFile;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kit in a unit of its own, which systemd starts and which exists below /run only. {@link
 * #close} removes all of it, also while it runs; what a killed probe left behind goes when the next
 * one begins.
 */
public final class ProbeRun implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProbeRun.class);

  private static final String LOCK = "probe.lock";
  private static final Duration START = Duration.ofSeconds(200);
  private static final Duration STOP = Duration.ofSeconds(20);

  /** EXIT_EXEC of systemd.exec(5). */
  private static final int CANNOT_EXECUTE = 203;

  private static final int MOST_REPORTED = 1 << 20;

  private final UnitDirectories directories;
  private final Path root;
  private final Systemd systemd;
  private final LockFile lock;
  private final DurableFiles files = new DurableFiles();
  private volatile boolean closed;
  private boolean removed;

  private ProbeRun(Path root, Systemd systemd, LockFile lock) {
    this.root = root;
    this.directories = new UnitDirectories(root);
    this.systemd = systemd;
    this.lock = lock;
  }

  /** What came of it. */
  public sealed interface Result {
    /** The kit ran. */
    record Reported(KitReport report) implements Result {}

    /** It did not run to its end; the reason is a clause. */
    record Failed(String reason) implements Result {}

    /** It was closed meanwhile. */
    record Ended() implements Result {}
  }

  /**
   * Begins, and removes what an earlier one left.
   *
   * @param root of the device's file system
   * @return empty if another probe of this device goes on
   * @throws IOException if the device cannot be written
   */
  public static Optional<ProbeRun> begin(Path root, Systemd systemd) throws IOException {
    Optional<LockFile> lock = LockFile.tryTake(root, LOCK);
    if (lock.isEmpty()) {
      return Optional.empty();
    }
    var run = new ProbeRun(root, systemd, lock.get());
    run.clear();
    return Optional.of(run);
  }

  /**
   * Runs the kit.
   *
   * @param kit the program
   * @param image path on the device of what {@link ProbedUnit#IMAGE} leads to; empty if nothing
   * @param appFiles what {@link ProbedUnit#FILES} holds
   * @throws IOException if the device cannot be written
   */
  public Result run(ProbedUnit probed, byte[] kit, String image, List<AppFile> appFiles)
      throws IOException {
    Path unit = directories.onDisk(UnitDirectories.RUNTIME).resolve(probed.unit().value());
    synchronized (this) {
      if (closed) {
        return new Result.Ended();
      }
      files.makeDirectories(directories.onDisk(ProbedUnit.DIRECTORY), "rwxr-xr-x");
      files.write(directories.onDisk(ProbedUnit.KIT), kit, "r-xr-xr-x");
      files.write(directories.onDisk(ProbedUnit.REPORT), new byte[0], "rw-------");
      if (!image.isEmpty()) {
        Files.createSymbolicLink(directories.onDisk(ProbedUnit.IMAGE), Path.of(image));
      }
      var store =
          new FileStore(directories.onDisk(ProbedUnit.FILES), files, ContentStore.of(root, files));
      for (AppFile file : appFiles) {
        store.add(file);
      }
      files.makeDirectories(directories.onDisk(UnitDirectories.RUNTIME), "rwxr-xr-x");
      files.write(unit, probed.text().getBytes(StandardCharsets.UTF_8), "rw-------");
    }
    // A unit that is not loaded is read from the disk when first asked for, without a reload;
    // unless systemd has looked at the directory in this very tick of its clock.
    if (!new Raw.Str("loaded").equals(systemd.properties(probed.unit()).get("LoadState"))) {
      systemd.reload();
    }
    JobOutcome outcome = systemd.run(List.of(new Job(Verb.START, probed.unit())), START).getFirst();
    if (closed) {
      return new Result.Ended();
    }
    if (!outcome.done()) {
      return new Result.Failed(reason(probed.unit(), outcome));
    }
    return new Result.Reported(
        KitReport.read(files.read(directories.onDisk(ProbedUnit.REPORT), MOST_REPORTED)));
  }

  private String reason(UnitName unit, JobOutcome outcome) {
    Map<String, Raw> properties = systemd.properties(unit);
    if (new Raw.Int(CANNOT_EXECUTE).equals(properties.get("ExecMainStatus"))) {
      return "the kit cannot be executed: it must be a static program for this device's processor";
    }
    if (new Raw.Str("timeout").equals(properties.get("Result"))) {
      return "the attempts did not end within %d s".formatted(ProbedUnit.MOST_SECONDS);
    }
    return StartFailure.explain(systemd, unit, outcome.result());
  }

  /** Removes everything, once: afterwards what has the name of a probe is another's. */
  @Override
  public void close() throws IOException {
    closed = true;
    synchronized (this) {
      if (removed) {
        return;
      }
      removed = true;
      try {
        clear();
      } finally {
        lock.close();
      }
    }
  }

  private synchronized void clear() throws IOException {
    new TemporaryUnits(directories, systemd, ProbedUnit.PREFIX, ProbedUnit.DIRECTORY).remove(STOP);
  }
}
