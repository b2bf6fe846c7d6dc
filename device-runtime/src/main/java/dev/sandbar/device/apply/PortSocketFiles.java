package dev.sandbar.device.apply;

import dev.sandbar.core.compile.PortSocket;
import dev.sandbar.core.compile.UnitMark;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.UnitFiles;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the socket units of ports that systemd opens for apps ({@link PortSocket}). Each is named
 * by its content, and the unit of an app names those that it requires: a file that is there starts
 * nothing. What is changed by others is put back in every mode, as the rest of the sandbox that is
 * in no unit of the app.
 */
final class PortSocketFiles {
  private static final Logger LOG = LoggerFactory.getLogger(PortSocketFiles.class);

  private static final int FILE_LIMIT = 1 << 16;

  private final Machine machine;

  /** Whether systemd has read what is there. */
  private boolean isRead = true;

  PortSocketFiles(Machine machine) {
    this.machine = machine;
  }

  /**
   * Keeps them.
   *
   * @param wanted those of apps that are there or about to be
   * @param all whether these are all, so that others go
   */
  void keep(Collection<PortSocket> wanted, boolean all) {
    try {
      for (PortSocket socket : wanted) {
        write(socket);
      }
      if (!wanted.isEmpty()) {
        clear(wanted.stream().map(PortSocket::unit).toList());
      }
      if (all) {
        remove(wanted);
      }
      if (!isRead || wanted.stream().anyMatch(socket -> isStale(socket.unit()))) {
        machine.systemd().reload();
        isRead = true;
      }
    } catch (IOException | SystemdException e) {
      LOG.warn(
          "folder={} action=keep outcome=failed reason=\"{}\" next=\"apps with ports via Socket do"
              + " not start; the next round tries again\"",
          UnitDirectories.OWN,
          WriteFailure.explain(e));
    }
  }

  private void write(PortSocket socket) throws IOException {
    Path file = machine.units().own(socket.unit());
    byte[] text = socket.text().getBytes(StandardCharsets.UTF_8);
    if (!Arrays.equals(found(file), text)) {
      isRead = false;
      machine.files().write(file, text, UnitFileWriter.PERMISSIONS);
      LOG.info("app={} file={} action=write", socket.app(), UnitFiles.own(socket.unit()));
    }
  }

  /** What others put beside them, or in their place. */
  private void clear(Collection<UnitName> sockets) throws IOException {
    for (var found : machine.units().scan(sockets).entrySet()) {
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
   * A unit without its file loses its filter, so the one of an app that is being removed stays
   * until the app is down, and the socket with it. One without our mark is somebody else's.
   */
  private void remove(Collection<PortSocket> wanted) throws IOException {
    var spare = new TreeSet<>(machine.units().sockets());
    wanted.forEach(socket -> spare.remove(socket.unit()));
    for (UnitName unit : spare) {
      Path file = machine.units().own(unit);
      String text = new String(found(file), StandardCharsets.UTF_8);
      if (UnitMark.isIn(text, unit) && isDown(unit)) {
        isRead = false;
        machine.files().remove(file);
        LOG.info("file={} action=remove", UnitFiles.own(unit));
      }
    }
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
