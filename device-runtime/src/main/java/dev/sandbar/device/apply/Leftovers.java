package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.PartialImage;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.store.UnitDirectories;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files that an agent left unfinished when it was killed in the middle of a write. */
public final class Leftovers {
  private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);

  private Leftovers() {}

  /**
   * Removes them. Nobody else writes there, so this must run before the first write of a new agent.
   * What cannot be removed is logged: it does no harm but for the room it takes.
   */
  public static void clear(Machine machine) {
    var directories =
        new ArrayList<>(
            List.of(
                UnitDirectories.OWN,
                ImageStore.DIRECTORY,
                StateStore.DIRECTORY,
                StateStore.DIRECTORY + "/apps",
                "/run/sandbar",
                Staging.DIRECTORY));
    machine
        .units()
        .units()
        .adopted()
        .values()
        .forEach(unit -> directories.add(UnitDirectories.OWN + "/" + unit + ".d"));
    for (String directory : directories) {
      try {
        for (Path file : machine.files().removeUnfinished(onDisk(machine, directory))) {
          LOG.info("action=clear file={} left by a killed agent", file.getFileName());
        }
      } catch (IOException e) {
        LOG.warn("action=clear directory={} {}", directory, e.toString());
      }
    }
    clear(machine, Staging.DIRECTORY, "*");
    clear(machine, PartialImage.DIRECTORY, PartialImage.PACKING + "*");
    close(machine);
  }

  /** Unit files were for everybody to read when earlier versions wrote them. */
  private static void close(Machine machine) {
    for (UnitName unit : machine.units().apps()) {
      try {
        Files.setPosixFilePermissions(
            machine.units().own(unit), PosixFilePermissions.fromString(UnitFileWriter.PERMISSIONS));
      } catch (IOException e) {
        LOG.warn("action=close unit={} {}", unit, e.toString());
      }
    }
  }

  private static void clear(Machine machine, String directory, String names) {
    Path folder = onDisk(machine, directory);
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, names)) {
      for (Path file : files) {
        machine.files().remove(file);
      }
    } catch (IOException e) {
      LOG.warn("action=clear directory={} {}", directory, e.toString());
    }
  }

  private static Path onDisk(Machine machine, String directory) {
    return machine.root().resolve(directory.substring(1));
  }
}
