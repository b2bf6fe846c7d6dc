package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Condition.Status;
import dev.sandbar.device.agent.AppRecord.Trial;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One line when an app becomes ready or fails, and one when all of a revision is ready. */
final class ReadyLog {
  private final Logger log;
  private String readyRevision = "";

  ReadyLog() {
    this(LoggerFactory.getLogger(ReadyLog.class));
  }

  ReadyLog(Logger log) {
    this.log = log;
  }

  /**
   * @param before what was reported last; null for an app that was not reported yet
   */
  void app(AppName app, @Nullable Condition before, Condition now, AppRecord record) {
    boolean same =
        before != null && before.status() == now.status() && before.reason().equals(now.reason());
    if (same || now.status() == Status.UNKNOWN) {
      return;
    }
    if (now.status() == Status.TRUE) {
      log.info("app={} action=ready {}", app, now.message());
    } else {
      log.warn("app={} action=fail reason={} {}{}", app, now.reason(), now.message(), next(record));
    }
  }

  private static String next(AppRecord record) {
    return record.trial() instanceof Trial.Failed failed
        ? "; attempt %d, next at %s".formatted(failed.attempts(), failed.retryAt())
        : "";
  }

  /**
   * @param reports of all apps of the device
   */
  void revision(Declared declared, Collection<AppReport> reports) {
    boolean ready =
        declared.complete()
            && declared.refused().isEmpty()
            && reports.stream().allMatch(ReadyLog::isReady);
    if (ready && !declared.revision().equals(readyRevision)) {
      readyRevision = declared.revision();
      log.info("revision={} action=ready apps={}", readyRevision, reports.size());
    }
  }

  private static boolean isReady(AppReport report) {
    return report
        .condition(Condition.Type.READY)
        .filter(ready -> ready.status() == Status.TRUE)
        .isPresent();
  }
}
