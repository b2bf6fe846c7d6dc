package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has a service set what an app needs of the kernel; a restart of the app would do no more. */
final class KernelLoading {
  private static final Logger LOG = LoggerFactory.getLogger(KernelLoading.class);

  private static final Duration LIMIT = Duration.ofSeconds(10);

  private KernelLoading() {}

  static void load(Systemd systemd, UnitName loader) {
    JobOutcome outcome = systemd.run(List.of(new Job(Verb.START, loader)), LIMIT).getFirst();
    if (!outcome.done()) {
      LOG.warn(
          "unit={} action=start outcome=failed reason=\"{}\" next=\"journalctl -u '{}' says what the"
              + " kernel refuses\"",
          loader,
          outcome.result(),
          loader);
    }
  }
}
