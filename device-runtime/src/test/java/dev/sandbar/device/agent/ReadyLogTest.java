package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Condition.Status;
import dev.sandbar.core.report.Condition.Type;
import dev.sandbar.core.report.Reason;
import dev.sandbar.device.agent.AppRecord.Trial;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** What stands in the journal of an app that becomes ready, and of one that does not. */
class ReadyLogTest {
  private static final AppName PUMP = new AppName("pump");
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final Condition READY =
      condition(Status.TRUE, Reason.RECONCILIATION_SUCCEEDED, "Applied revision: main");
  private static final Condition FAILED =
      condition(Status.FALSE, Reason.HEALTH_CHECK_FAILED, "exited with 1");
  private static final Condition STARTING =
      condition(Status.UNKNOWN, Reason.PROGRESSING, "starting");

  private final Lines lines = new Lines();
  private final ReadyLog log = new ReadyLog(lines);

  private static Condition condition(Status status, Reason reason, String message) {
    return new Condition(Type.READY, status, reason.text(), message, NOON);
  }

  private void app(@Nullable Condition before, Condition now) {
    log.app(PUMP, before, now, AppRecord.fresh(PUMP));
  }

  @Test
  void itIsSaidOnceAndNotWhileItStarts() {
    app(null, STARTING);
    app(STARTING, READY);
    app(READY, condition(Status.TRUE, Reason.RECONCILIATION_SUCCEEDED, "Applied revision: next"));
    app(READY, STARTING);
    assertThat(lines.all).containsExactly("INFO app=pump action=ready Applied revision: main");
  }

  @Test
  void aFailureIsAWarningWithItsCauseAndTheNextAttempt() {
    app(null, FAILED);
    app(FAILED, condition(Status.FALSE, Reason.HEALTH_CHECK_FAILED, "exited with 2"));
    var failed = new Trial.Failed(Sha256.of("one"), "start", "exited", 2, NOON.plusSeconds(30));
    log.app(
        PUMP,
        FAILED,
        condition(Status.FALSE, Reason.ROLLED_BACK, "start: exited with 1"),
        AppRecord.fresh(PUMP).with(failed));
    assertThat(lines.all)
        .containsExactly(
            "WARN app=pump action=fail reason=HealthCheckFailed exited with 1",
            "WARN app=pump action=fail reason=RolledBack start: exited with 1; attempt 2, next at"
                + " 2026-03-01T12:00:30Z");
  }

  @Test
  void aRevisionIsReadyWhenAllOfItIs() {
    var one = report(READY);
    log.revision(declared("main@1", PruneGuard.Source.COMPLETE), List.of(one, report(FAILED)));
    log.revision(declared("main@1", PruneGuard.Source.INCOMPLETE), List.of(one));
    log.revision(declared("main@1", PruneGuard.Source.COMPLETE), List.of(one, AppReport.NOTHING));
    assertThat(lines.all).isEmpty();
    log.revision(declared("main@1", PruneGuard.Source.COMPLETE), List.of(one, one));
    log.revision(declared("main@1", PruneGuard.Source.COMPLETE), List.of(one, one));
    log.revision(declared("main@2", PruneGuard.Source.COMPLETE), List.of());
    assertThat(lines.all)
        .containsExactly(
            "INFO revision=main@1 action=ready apps=2", "INFO revision=main@2 action=ready apps=0");
    log.revision(refused(), List.of(one));
    assertThat(lines.all).as("what cannot be read is not ready").hasSize(2);
  }

  private static AppReport report(Condition ready) {
    return new AppReport(
        List.of(), new TreeMap<>(Map.of(Type.READY, ready)), AppReport.NOTHING.evidence());
  }

  private static Declared declared(String revision, PruneGuard.Source completeness) {
    return declared(revision, completeness, new TreeMap<>());
  }

  private static Declared refused() {
    return declared(
        "main@3", PruneGuard.Source.COMPLETE, new TreeMap<>(Map.of(PUMP, List.<Diagnostic>of())));
  }

  private static Declared declared(
      String revision, PruneGuard.Source completeness, TreeMap<AppName, List<Diagnostic>> refused) {
    return new Declared(
        revision,
        new TreeMap<>(),
        new TreeMap<AppName, Node>(),
        refused,
        List.of(),
        completeness,
        new TreeMap<>());
  }

  /** Keeps what is logged. */
  private static final class Lines extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1L;
    private final transient List<String> all = new ArrayList<>();

    @Override
    protected void handleNormalizedLoggingCall(
        Level level,
        @Nullable Marker marker,
        String pattern,
        Object @Nullable [] arguments,
        @Nullable Throwable failure) {
      all.add(level + " " + MessageFormatter.basicArrayFormat(pattern, arguments));
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
      return null;
    }

    @Override
    public boolean isTraceEnabled() {
      return false;
    }

    @Override
    public boolean isDebugEnabled() {
      return false;
    }

    @Override
    public boolean isInfoEnabled() {
      return true;
    }

    @Override
    public boolean isWarnEnabled() {
      return true;
    }

    @Override
    public boolean isErrorEnabled() {
      return true;
    }
  }
}
