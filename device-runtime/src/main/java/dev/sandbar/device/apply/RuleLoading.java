package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has services load rules of nftables anew, each once for all apps of a plan. */
final class RuleLoading {
  private static final Logger LOG = LoggerFactory.getLogger(RuleLoading.class);

  /** For a program that takes some milliseconds. */
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Systemd systemd;
  private final Map<UnitName, Boolean> done = new HashMap<>();

  RuleLoading(Systemd systemd) {
    this.systemd = systemd;
  }

  /** Whether the service has done what it is for. */
  boolean load(UnitName loader) {
    return done.computeIfAbsent(loader, this::start);
  }

  private boolean start(UnitName loader) {
    JobOutcome outcome = systemd.run(List.of(new Job(Verb.START, loader)), LIMIT).getFirst();
    if (!outcome.done()) {
      LOG.warn(
          "unit={} action=start outcome=failed reason=\"{}\" next=\"the app is started anew\"",
          loader,
          outcome.result());
    }
    return outcome.done();
  }
}
