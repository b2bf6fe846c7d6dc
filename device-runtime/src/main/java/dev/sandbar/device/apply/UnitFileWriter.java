package dev.sandbar.device.apply;

import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.UnitFiles;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.store.TreeRemoval;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Changes the files of our units, and nothing else on the device. */
final class UnitFileWriter {
  /** No unit file of ours is as large. */
  private static final int MAX_TEXT = 1 << 20;

  /** An app's environment stands in its unit, and no other app and no user may read it there. */
  static final String PERMISSIONS = "rw-------";

  /** As systemd makes directories of units with dynamic users, and the one that they are in. */
  private static final String PRIVATE = "rwx------";

  private final Machine machine;

  UnitFileWriter(Machine machine) {
    this.machine = machine;
  }

  /** What systemd's own parser finds wrong with texts that are not on the device yet, by unit. */
  Map<UnitName, String> faults(SortedMap<UnitName, String> texts) {
    return texts.isEmpty() ? Map.of() : new Staging(machine).faults(texts);
  }

  /**
   * Puts a unit file in place, atomically and durably.
   *
   * @throws IOException if it cannot be written, with its path on the device; the previous one
   *     stays
   */
  void write(UnitName unit, String text) throws IOException {
    Path file = machine.units().own(unit);
    try {
      if (UnitFiles.isAdopted(unit)) {
        machine.files().makeDirectories(file.resolveSibling(".").normalize(), "rwxr-xr-x");
      }
      makeLimited(unit, text);
      machine.files().write(file, text.getBytes(StandardCharsets.UTF_8), PERMISSIONS);
    } catch (IOException e) {
      String reason =
          e instanceof FileSystemException it && it.getReason() != null
              ? it.getReason()
              : String.valueOf(e.getMessage());
      throw new IOException("%s: %s".formatted(UnitFiles.own(unit), reason), e);
    }
  }

  /**
   * Makes the directories of an app that have a quota: systemd 262 shows no property of a unit with
   * one whose directory is not there yet (GetAll fails with ENOENT). It hands them to the user of
   * the unit when that starts.
   */
  private void makeLimited(UnitName unit, String text) throws IOException {
    for (AppName app : unit.ownApp().stream().toList()) {
      for (AppDirectory directory : AppDirectory.values()) {
        if (text.contains("\n" + directory.quota() + "=")) {
          Path parent = machine.units().onDisk(directory.privateParent());
          machine.files().makeDirectories(parent.resolve(AppDirectory.nameOf(app)), PRIVATE);
        }
      }
    }
  }

  /** Whether our own file of the unit has exactly this text. */
  boolean holds(UnitName unit, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
    try (InputStream file = Files.newInputStream(machine.units().own(unit))) {
      return Arrays.equals(file.readNBytes(wanted.length + 1), wanted);
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether systemd stops the unit by other commands than the text says. */
  boolean stopsOtherwise(UnitName unit, String text) {
    try (InputStream file = Files.newInputStream(machine.units().own(unit))) {
      var now = new String(file.readNBytes(MAX_TEXT), StandardCharsets.UTF_8);
      return !stops(now).equals(stops(text));
    } catch (IOException e) {
      return false;
    }
  }

  private static List<String> stops(String text) {
    return text.lines().filter(line -> line.startsWith("ExecStop")).toList();
  }

  /** Removes our own file of the unit. */
  void removeOwn(UnitName unit) throws IOException {
    remove(UnitFiles.own(unit));
  }

  /**
   * Removes a file that changes one of our units.
   *
   * @param path on the device, as the observer named it
   */
  void remove(String path) throws IOException {
    Path file = parsed(path);
    boolean inLoadPath = machine.units().loadPath().stream().anyMatch(file::startsWith);
    boolean plain = file.normalize().toString().equals(path);
    boolean ours = file.getNameCount() > 0 && (path.contains("sandbar") || leadsToOurs(path));
    if (!inLoadPath || !plain || !ours) {
      throw new IOException("not a file of one of Sandbar's units, so it is left alone: " + path);
    }
    Path onDisk = machine.units().onDisk(path);
    machine.files().remove(onDisk);
    if (path.endsWith("/" + UnitFiles.DROP_IN)) {
      removeEmpty(onDisk.resolveSibling("."));
    }
  }

  /** The directory that our drop-in was in, unless somebody else has files there. */
  private static void removeEmpty(Path directory) throws IOException {
    try {
      Files.deleteIfExists(directory.normalize());
    } catch (DirectoryNotEmptyException e) {
      // Then it stays.
    }
  }

  /** Whether it is a link that gives a unit of ours another name. */
  private boolean leadsToOurs(String path) throws IOException {
    Path link = machine.units().onDisk(path);
    return Files.isSymbolicLink(link)
        && String.valueOf(Files.readSymbolicLink(link).getFileName()).startsWith("sandbar-");
  }

  /** A name that the locale cannot write is no reason to fail at everything else. */
  static Path parsed(String path) throws IOException {
    try {
      return Path.of(path);
    } catch (InvalidPathException e) {
      throw new IOException(
          "the agent's locale has no such characters: %s; start it with LC_ALL=C.UTF-8, or remove the file"
              .formatted(SafeText.shown(path)),
          e);
    }
  }

  /**
   * Sets on the running unit what its loaded file says already. systemd keeps such a setting in a
   * drop-in of its own, which would win over the file from then on, so that is removed again; the
   * caller reloads.
   *
   * @param names of directives
   */
  void setLive(UnitName unit, List<String> names) throws IOException {
    var loaded = machine.systemd().properties(unit);
    var values = new TreeMap<String, Raw>();
    for (String name : names) {
      List<String> properties =
          DirectiveTable.find(name).map(DirectiveInfo::properties).orElse(List.of(name));
      properties.stream()
          .filter(loaded::containsKey)
          .findFirst()
          .ifPresent(property -> values.put(property, loaded.get(property)));
    }
    machine.systemd().setProperties(unit, values);
    String folder = "/run/systemd/system.control/" + unit + ".d";
    for (String name : names) {
      machine.files().remove(machine.units().onDisk(folder + "/50-" + name + ".conf"));
    }
  }

  /**
   * Removes what an app wrote: the directories that systemd made for it. The real ones of a dynamic
   * user are in {@code private}, and links lead there (systemd.exec(5), DynamicUser=).
   */
  void removeState(AppName app) throws IOException {
    String name = AppDirectory.nameOf(app);
    for (AppDirectory directory : AppDirectory.values()) {
      for (String parent : List.of(directory.privateParent(), directory.parent())) {
        boolean _ = TreeRemoval.remove(machine.units().onDisk(parent).resolve(name));
      }
    }
  }
}
