package dev.sandbar.device.apply;

import dev.sandbar.core.compile.BusPolicy;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.store.DevicePaths;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the files of the system bus that let apps own names ({@link BusPolicy}), and has the bus
 * read them: dbus-broker reads them again by itself too, but when is up to it. What is changed by
 * others is put back in every mode, as the rest of the sandbox that is in no unit of the app.
 */
final class BusPolicyFiles {
  private static final Logger LOG = LoggerFactory.getLogger(BusPolicyFiles.class);

  /** Its ExecReload= is the bus's own ReloadConfig, which is answered when the files are read. */
  private static final UnitName BUS = new UnitName("dbus-broker.service");

  private static final Duration LIMIT = Duration.ofSeconds(20);

  /** The bus reads them as a user of its own, and uses no file at all if it cannot read one. */
  private static final String READABLE = "rw-r--r--";

  private static final int FILE_LIMIT = 1 << 16;

  private final Machine machine;

  /** Whether the bus has read what is there; not known when an agent starts. */
  private boolean isRead;

  BusPolicyFiles(Machine machine) {
    this.machine = machine;
  }

  /**
   * Keeps them.
   *
   * @param wanted those of apps that are there or about to be
   * @param all whether these are all, so that others go
   */
  void keep(Collection<BusPolicy> wanted, boolean all) {
    try {
      Path folder = DevicePaths.onDisk(machine.root(), BusPolicy.FOLDER);
      if (!Files.isDirectory(folder)) {
        return;
      }
      boolean changed = write(folder, wanted);
      changed |= all && remove(folder, wanted);
      if (changed || (!isRead && !wanted.isEmpty())) {
        isRead = false;
        reload();
        isRead = true;
      }
    } catch (IOException | SystemdException e) {
      LOG.warn(
          "folder={} action=keep outcome=failed reason=\"{}\" next=\"apps cannot own names on the"
              + " system bus; the next round tries again\"",
          BusPolicy.FOLDER,
          WriteFailure.explain(e));
    }
  }

  private boolean write(Path folder, Collection<BusPolicy> wanted) throws IOException {
    boolean changed = false;
    for (BusPolicy policy : wanted) {
      Path file = folder.resolve(policy.file());
      byte[] text = policy.text().getBytes(StandardCharsets.UTF_8);
      if (!Arrays.equals(found(file), text)) {
        machine.files().write(file, text, READABLE);
        LOG.info("app={} file={} action=write names={}", policy.app(), file, policy.own());
        changed = true;
      }
    }
    return changed;
  }

  private boolean remove(Path folder, Collection<BusPolicy> wanted) throws IOException {
    var names = new TreeSet<String>();
    wanted.forEach(policy -> names.add(policy.file()));
    var spare = new ArrayList<Path>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "sandbar-*.conf")) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (BusPolicy.isOwn(name) && !names.contains(name)) {
          spare.add(entry);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    for (Path file : spare) {
      machine.files().remove(file);
      LOG.info("file={} action=remove", file);
    }
    return !spare.isEmpty();
  }

  /** Nothing if it cannot be read, so that it is written anew. */
  private byte[] found(Path file) {
    try {
      return machine.files().read(file, FILE_LIMIT);
    } catch (IOException e) {
      return new byte[0];
    }
  }

  private void reload() {
    JobOutcome outcome =
        machine.systemd().run(List.of(new Job(Verb.RELOAD, BUS)), LIMIT).getFirst();
    if (!outcome.done()) {
      throw new SystemdException(
          SystemdException.Kind.REFUSED,
          "%s did not reload: %s".formatted(BUS, outcome.result()),
          null);
    }
  }
}
