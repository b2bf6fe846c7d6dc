package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.device.systemd.SystemdException;
import java.time.Duration;
import java.util.List;

/**
 * Ends a filter between an app and the system bus. systemd stops the app first, which requires it;
 * the start of the app starts a new one.
 */
final class ProxyEnd {

  /** For an app that does not end when it is asked to, and then the filter. */
  private static final Duration LIMIT = Duration.ofSeconds(120);

  private final Systemd systemd;

  ProxyEnd(Systemd systemd) {
    this.systemd = systemd;
  }

  /**
   * Ends it.
   *
   * @throws SystemdException if it does not end
   */
  void end(UnitName proxy) {
    JobOutcome outcome = systemd.run(List.of(new Job(Verb.STOP, proxy)), LIMIT).getFirst();
    if (!outcome.done()) {
      throw new SystemdException(
          SystemdException.Kind.REFUSED,
          "%s did not stop: %s".formatted(proxy, outcome.result()),
          null);
    }
  }
}
