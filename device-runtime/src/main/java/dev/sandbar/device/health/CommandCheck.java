package dev.sandbar.device.health;

import dev.sandbar.core.compile.CheckUnit;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.report.CheckResult;
import dev.sandbar.device.apply.StartFailure;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has systemd run a command in a unit of its own, which exists below /run only. Nothing of what the
 * command writes gets into a message.
 */
final class CommandCheck {

  private static final Logger LOG = LoggerFactory.getLogger(CommandCheck.class);

  /** On top of what the command has: systemd sets the sandbox up, and ends what does not end. */
  private static final Duration MORE = Duration.ofSeconds(10);

  /** Exit codes from here on are systemd's own (systemd.exec(5), "Process Exit Codes"). */
  private static final int OF_SYSTEMD = 200;

  private static final String PERMISSIONS = "rw-------";

  private final Path runtime;
  private final Systemd systemd;
  private final DurableFiles files = new DurableFiles();

  /** What was written, by unit. */
  private final Map<UnitName, String> written = new HashMap<>();

  CommandCheck(Path root, Systemd systemd) {
    this.runtime = new UnitDirectories(root).onDisk(UnitDirectories.RUNTIME);
    this.systemd = systemd;
    clear();
  }

  CheckResult run(CheckUnit check, Duration timeout) throws IOException {
    write(check);
    JobOutcome outcome =
        systemd.run(List.of(new Job(Verb.START, check.unit())), timeout.plus(MORE)).getFirst();
    if (outcome.done()) {
      return new CheckResult.Passed();
    }
    if (outcome.isUnknown()) {
      return new CheckResult.Unasked("systemd does not say how the check ended");
    }
    CheckResult result = new CheckResult.Failed(why(check.unit(), outcome, timeout));
    forgetFailure(check.unit());
    return result;
  }

  /** systemd reads a unit that it has not loaded when it is asked for it, without a reload. */
  private synchronized void write(CheckUnit check) throws IOException {
    if (check.text().equals(written.get(check.unit()))) {
      return;
    }
    files.makeDirectories(runtime, "rwxr-xr-x");
    files.write(
        runtime.resolve(check.unit().value()),
        check.text().getBytes(StandardCharsets.UTF_8),
        PERMISSIONS);
    Map<String, Raw> properties = systemd.properties(check.unit());
    if (!new Raw.Str("loaded").equals(properties.get("LoadState"))
        || new Raw.Bool(true).equals(properties.get("NeedDaemonReload"))) {
      systemd.reload();
    }
    written.put(check.unit(), check.text());
  }

  private String why(UnitName unit, JobOutcome outcome, Duration timeout) {
    Map<String, Raw> properties = systemd.properties(unit);
    if (new Raw.Str("timeout").equals(properties.get("Result"))) {
      return "the check did not end within %d s".formatted(timeout.toSeconds());
    }
    if (new Raw.Str("exit-code").equals(properties.get("Result"))
        && properties.get("ExecMainStatus") instanceof Raw.Int(long status)
        && status < OF_SYSTEMD) {
      return "the command of the check ended with exit code " + status;
    }
    return "the check failed: " + StartFailure.explain(systemd, unit, outcome.result());
  }

  /** A unit that failed stays loaded, and with it what its file said then. */
  private void forgetFailure(UnitName unit) {
    try {
      systemd.resetFailed(unit);
    } catch (SystemdException e) {
      // It is unloaded already.
    }
  }

  /** The unit of an app that is asked no longer: the command ends, and the file goes. */
  synchronized void end(CheckUnit check) {
    written.remove(check.unit());
    try {
      systemd.run(List.of(new Job(Verb.STOP, check.unit())), MORE);
      files.remove(runtime.resolve(check.unit().value()));
    } catch (SystemdException | IOException e) {
      // The next agent clears it away, and what is below /run is gone with a boot.
      LOG.debug("unit={} action=end {}", check.unit(), e.getMessage());
    }
    forgetFailure(check.unit());
  }

  /** What a killed agent left. */
  private void clear() {
    if (!Files.isDirectory(runtime, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (DirectoryStream<Path> left = Files.newDirectoryStream(runtime, CheckUnit.PREFIX + "*")) {
      for (Path file : left) {
        files.remove(file);
      }
    } catch (IOException e) {
      LOG.warn("action=clear directory={} {}", runtime, e.getMessage());
    }
  }
}
