package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.UnitFiles;
import dev.sandbar.device.systemd.SystemdAnalyze.Verdict;
import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows unit files to systemd's own parser before they are put in place: it ignores at load time
 * what it cannot read.
 */
final class Staging {
  private static final Logger LOG = LoggerFactory.getLogger(Staging.class);
  static final String DIRECTORY = "/run/sandbar/staging";

  private final Machine machine;
  private final Path directory;

  Staging(Machine machine) {
    this.machine = machine;
    this.directory = machine.root().resolve(DIRECTORY.substring(1));
  }

  /** What is wrong with each text; a unit without a fault is absent. */
  Map<UnitName, String> faults(SortedMap<UnitName, String> texts) {
    var faults = new TreeMap<UnitName, String>();
    var staged = new TreeMap<UnitName, String>();
    try {
      machine.files().makeDirectories(directory, "rwxr-xr-x");
      for (var entry : texts.entrySet()) {
        String name = name(entry.getKey());
        machine
            .files()
            .write(
                directory.resolve(name),
                whole(entry.getKey(), entry.getValue()).getBytes(StandardCharsets.UTF_8),
                UnitFileWriter.PERMISSIONS);
        staged.put(entry.getKey(), DIRECTORY + "/" + name);
      }
      if (!machine.analyze().verify(staged.values()).passedButForPrograms()) {
        staged.forEach((unit, path) -> verifyOne(unit, path, faults));
      }
    } catch (IOException e) {
      texts
          .keySet()
          .forEach(
              unit ->
                  faults.put(
                      unit, "it could not be staged in " + DIRECTORY + ": " + e.getMessage()));
    } catch (SystemdException e) {
      // Read-back after the reload is the proof; this check only finds faults earlier and names
      // them better.
      LOG.warn("action=verify skipped: {}", e.getMessage());
    } finally {
      staged.keySet().forEach(this::discard);
    }
    return faults;
  }

  /** A drop-in is shown by itself: what is beside the service of that name is not its fault. */
  private static String name(UnitName unit) {
    return UnitFiles.isAdopted(unit) ? "staged-" + unit : unit.value();
  }

  private static String whole(UnitName unit, String text) {
    return UnitFiles.isAdopted(unit) ? text + "\n[Service]\nExecStart=/bin/true\n" : text;
  }

  private void verifyOne(UnitName unit, String path, Map<UnitName, String> faults) {
    Verdict verdict = machine.analyze().verify(List.of(path));
    if (!verdict.passedButForPrograms()) {
      faults.put(
          unit,
          "systemd does not accept the unit: "
              + String.join("; ", verdict.findings().stream().limit(3).toList()));
    }
  }

  private void discard(UnitName unit) {
    try {
      machine.files().remove(directory.resolve(name(unit)));
    } catch (IOException e) {
      LOG.debug("unit={} action=discard {}", unit, e.getMessage());
    }
  }
}
