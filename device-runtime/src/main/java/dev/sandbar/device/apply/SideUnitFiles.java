package dev.sandbar.device.apply;

import dev.sandbar.core.compile.AppTimer;
import dev.sandbar.core.compile.MountUnit;
import dev.sandbar.core.compile.PortSocket;
import dev.sandbar.core.compile.SideUnit;
import dev.sandbar.core.compile.UnitMark;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.UnitFiles;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps units that units of apps require ({@link SideUnit}). A file that is there starts nothing.
 * What is changed by others is put back in every mode, as the rest of the sandbox that is in no
 * unit of the app.
 */
final class SideUnitFiles {
  private static final Logger LOG = LoggerFactory.getLogger(SideUnitFiles.class);

  private static final int FILE_LIMIT = 1 << 16;
  private static final String CLOSED = "rwx------";
  private static final Duration STOPPED = Duration.ofSeconds(5);

  /** How the file begins in which systemd keeps when a timer last elapsed (systemd.timer(5)). */
  private static final String STAMP = "/var/lib/systemd/timers/stamp-";

  private final Machine machine;
  private final Timers timers;

  /** Whether systemd has read what is there. */
  private boolean isRead = true;

  SideUnitFiles(Machine machine) {
    this.machine = machine;
    this.timers = new Timers(machine);
  }

  /**
   * Keeps them. A reload of systemd that is due, by whatever this or somebody else has changed, is
   * done: it restarts nothing, and until then systemd says of what is as declared that it is not.
   *
   * @param wanted those of apps that are there or about to be
   */
  void keep(Collection<SideUnit> wanted) {
    try {
      if (wanted.stream().anyMatch(it -> MountUnit.isOwn(it.unit().value()))) {
        closeFolder();
      }
      for (SideUnit unit : wanted) {
        write(unit);
      }
      if (!wanted.isEmpty()) {
        clear(wanted.stream().map(SideUnit::unit).toList());
      }
      isRead &= wanted.stream().noneMatch(it -> isStale(it.unit()));
      var _ = read();
    } catch (IOException | SystemdException e) {
      LOG.warn(
          "folder={} action=keep outcome=failed reason=\"{}\" next=\"apps with ports via Socket and"
              + " with mounts do not start; the next round tries again\"",
          UnitDirectories.OWN,
          WriteFailure.explain(e));
    }
  }

  /** Has systemd read what it has not; whether there was anything. */
  private boolean read() {
    if (isRead) {
      return false;
    }
    machine.systemd().reload();
    isRead = true;
    return true;
  }

  /** Of file systems: since 258 systemd makes it so that every user of the device looks into it. */
  private void closeFolder() throws IOException {
    Path folder = machine.units().onDisk(MountUnit.FOLDER);
    machine.files().makeDirectories(folder, CLOSED);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(CLOSED));
  }

  private void write(SideUnit unit) throws IOException {
    Path file = machine.units().own(unit.unit());
    byte[] text = unit.text().getBytes(StandardCharsets.UTF_8);
    if (!Arrays.equals(found(file), text)) {
      isRead = false;
      machine.files().write(file, text, UnitFileWriter.PERMISSIONS);
      LOG.info("file={} action=write", UnitFiles.own(unit.unit()));
      if (unit.enabled()) {
        // The link of the device that it was for before goes.
        Links.remove(machine, unit.unit());
        machine.systemd().enable(List.of(unit.unit()));
      }
    }
  }

  /** What others put beside them, or in their place. */
  private void clear(Collection<UnitName> units) throws IOException {
    for (var found : machine.units().scan(units).entrySet()) {
      String own = UnitFiles.own(found.getKey());
      for (ObservedUnit.File file : found.getValue()) {
        if (!file.path().equals(own) && UnitFiles.isRemovable(found.getKey(), file)) {
          isRead = false;
          machine.files().remove(machine.units().onDisk(file.path()));
          LOG.info("file={} action=remove", file.path());
        }
      }
    }
  }

  /**
   * Removes those of versions that do not run. A socket without its file loses its filter, so it
   * stays until it is down, and so does a mount. One without our mark is somebody else's.
   *
   * @param wanted those that stay
   * @param mayGo of the others
   * @return whether systemd has read its files anew
   */
  boolean removeOthers(Collection<SideUnit> wanted, Predicate<UnitName> mayGo) {
    var spare = new TreeSet<>(machine.units().beside());
    wanted.forEach(it -> spare.remove(it.unit()));
    spare.removeIf(mayGo.negate());
    for (UnitName unit : spare) {
      try {
        remove(unit);
      } catch (IOException | SystemdException e) {
        failed(unit, e);
      }
    }
    try {
      return read();
    } catch (SystemdException e) {
      failed(UnitName.TARGET, e);
      return false;
    }
  }

  private static void failed(UnitName unit, Exception e) {
    LOG.warn(
        "unit={} action=remove outcome=failed reason=\"{}\" next=\"the next round tries again\"",
        unit,
        WriteFailure.explain(e));
  }

  /**
   * Removes those of an app, whatever other apps need.
   *
   * @param wanted those that stay; none of an app that has gone
   */
  void forget(AppName app, Collection<SideUnit> wanted) {
    var spare = new TreeSet<>(machine.units().beside());
    wanted.forEach(it -> spare.remove(it.unit()));
    spare.removeIf(unit -> SideUnit.app(unit).filter(app::equals).isEmpty());
    try {
      for (UnitName unit : spare) {
        if (PortSocket.isOf(app, unit)) {
          // systemd is about to, now that nothing needs it.
          stop(unit);
        }
        remove(unit);
      }
      var _ = read();
    } catch (IOException | SystemdException e) {
      LOG.warn(
          "app={} action=forget outcome=failed reason=\"{}\" next=\"an agent removes them\"",
          app,
          WriteFailure.explain(e));
    }
  }

  private void remove(UnitName unit) throws IOException {
    Path file = machine.units().own(unit);
    String text = new String(found(file), StandardCharsets.UTF_8);
    if (!UnitMark.isIn(text, unit)) {
      return;
    }
    unmount(unit);
    if (AppTimer.isOwn(unit.value())) {
      timers.stop(unit);
    }
    if (isDown(unit)) {
      isRead = false;
      if (MountUnit.isOwn(unit.value())) {
        Links.remove(machine, unit);
      }
      machine.files().remove(file);
      LOG.info("file={} action=remove", UnitFiles.own(unit));
      if (AppTimer.isOwn(unit.value())) {
        // When it last ran the app: one of that name would run at once for what it missed.
        machine.files().remove(machine.units().onDisk(STAMP + unit));
      }
    }
  }

  /**
   * Of a file system for several apps systemd does so when the last of them has stopped, and tries
   * it once: somebody may have had a file open.
   */
  private void unmount(UnitName unit) {
    if (!SideUnit.isMount(unit.value())) {
      return;
    }
    SortedMap<String, Raw> properties = machine.systemd().properties(unit);
    boolean spare =
        isEmpty(properties.get("BoundBy"))
            && isEmpty(properties.get("RequiredBy"))
            && properties.get("ActiveState") instanceof Raw.Str(String state)
            && state.equals("active");
    if (spare) {
      LOG.info("unit={} action=unmount outcome={}", unit, stop(unit));
    }
  }

  private static boolean isEmpty(@Nullable Raw units) {
    return units instanceof Raw.Array(var all) && all.isEmpty();
  }

  private String stop(UnitName unit) {
    return machine.systemd().run(List.of(new Job(Verb.STOP, unit)), STOPPED).getFirst().result();
  }

  /** Of what is loaded, files have been changed or removed since. */
  private boolean isStale(UnitName unit) {
    return machine.systemd().properties(unit).get("NeedDaemonReload")
            instanceof Raw.Bool(boolean stale)
        && stale;
  }

  private boolean isDown(UnitName unit) {
    return machine.systemd().properties(unit).get("ActiveState") instanceof Raw.Str(String state)
        && (state.equals("inactive") || state.equals("failed"));
  }

  /** Nothing if it cannot be read, so that it is written anew. */
  private byte[] found(Path file) {
    try {
      return machine.files().read(file, FILE_LIMIT);
    } catch (IOException e) {
      return new byte[0];
    }
  }
}
