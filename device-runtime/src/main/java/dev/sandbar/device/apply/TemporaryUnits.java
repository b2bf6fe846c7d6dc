package dev.sandbar.device.apply;

import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.TreeRemoval;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Units below {@code /run} that one command makes and removes, with the directories of what ran in
 * them. The beginning of their names is theirs alone, so that a later command finds what a killed
 * one has left.
 */
public final class TemporaryUnits {
  private static final Logger LOG = LoggerFactory.getLogger(TemporaryUnits.class);

  private final UnitDirectories directories;
  private final Systemd systemd;
  private final String prefix;
  private final String folder;

  /**
   * Of one command.
   *
   * @param prefix of the names of units and directories
   * @param folder below {@code /run} with its other files
   */
  public TemporaryUnits(
      UnitDirectories directories, Systemd systemd, String prefix, String folder) {
    this.directories = directories;
    this.systemd = systemd;
    this.prefix = prefix;
    this.folder = folder;
  }

  private String pattern() {
    return prefix + "*";
  }

  /**
   * Stops and removes all of them.
   *
   * @param most for the stop
   */
  public void remove(Duration most) throws IOException {
    var units = new TreeSet<>(systemd.units(List.of(pattern())).keySet());
    Path runtime = directories.onDisk(UnitDirectories.RUNTIME);
    for (Path file : named(runtime)) {
      units.add(new UnitName(file.getFileName().toString()));
    }
    stop(units, most);
    var files = new DurableFiles();
    for (UnitName unit : units) {
      files.remove(runtime.resolve(unit.value()));
      try {
        systemd.resetFailed(unit);
      } catch (SystemdException e) {
        // It did not fail, and is unloaded already.
      }
    }
    for (AppDirectory directory : AppDirectory.values()) {
      for (String parent : List.of(directory.parent(), directory.privateParent())) {
        for (Path own : named(directories.onDisk(parent))) {
          TreeRemoval.remove(own);
        }
      }
    }
    TreeRemoval.remove(directories.onDisk(folder));
  }

  private void stop(Collection<UnitName> units, Duration most) {
    if (units.isEmpty()) {
      return;
    }
    systemd.run(units.stream().map(unit -> new Job(Verb.STOP, unit)).toList(), most).stream()
        .filter(outcome -> !outcome.done())
        .forEach(it -> LOG.debug("unit={} action=stop {}", it.job().unit(), it.result()));
  }

  private List<Path> named(Path directory) throws IOException {
    var found = new ArrayList<Path>();
    if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, pattern())) {
        entries.forEach(found::add);
      }
    }
    return found;
  }
}
