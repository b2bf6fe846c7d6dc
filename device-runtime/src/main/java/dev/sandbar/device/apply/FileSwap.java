package dev.sandbar.device.apply;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.store.FileStore;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Puts another content in the place of files that a running app sees, and has it read them again.
 * Until it has, the store says that the files are not as declared: what a crash or a failed reload
 * leaves is done once more.
 */
final class FileSwap {

  /** For a command that tells a program to read its configuration. */
  private static final Duration LIMIT = Duration.ofSeconds(15);

  private FileSwap() {}

  static void swap(Machine machine, UnitName unit, List<AppFile> files) throws IOException {
    FileStore store = FileStore.of(machine.root(), machine.files());
    for (AppFile file : files) {
      store.begin(file);
    }
    for (AppFile file : files) {
      store.put(file);
    }
    JobOutcome outcome =
        machine.systemd().run(List.of(new Job(Verb.RELOAD, unit)), LIMIT).getFirst();
    if (!outcome.done()) {
      throw new IOException(
          "run.reload has ended as '%s'; look at 'journalctl -u %s'"
              .formatted(outcome.result(), unit));
    }
    for (AppFile file : files) {
      store.end(file);
    }
  }
}
