package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.report.Backoff;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the agent remembers of one app across restarts. Everything else is read from the device.
 *
 * @param earlier the version that proved itself before the last good one, where the spec lets the
 *     agent go back to it later ({@code health.rollback: Always}); else none
 */
record AppRecord(AppName name, Past lastGood, Trial trial, List<Version> earlier) {
  /** So many permissions are named. */
  private static final int NAMED = 5;

  AppRecord {
    earlier = List.copyOf(earlier);
  }

  /** Without a version before the last good one. */
  AppRecord(AppName name, Past lastGood, Trial trial) {
    this(name, lastGood, trial, List.of());
  }

  /** An app that was never applied. */
  static AppRecord fresh(AppName name) {
    return new AppRecord(name, new Past.Nothing(), new Trial.None());
  }

  /** This, with another trial. */
  AppRecord with(Trial next) {
    return new AppRecord(name, lastGood, next, earlier);
  }

  /** This, after the clock was set by so much. */
  AppRecord shifted(Duration step) {
    return switch (trial) {
      case Trial.None() -> this;
      case Trial.Settling(var version, var until, var restarts, var failures) ->
          with(new Trial.Settling(version, until.plus(step), restarts, failures));
      case Trial.Failed(var generation, var reason, var message, var attempts, var retryAt) ->
          with(new Trial.Failed(generation, reason, message, attempts, retryAt.plus(step)));
      case Trial.Rejected _ -> this;
    };
  }

  /** This, where nothing waits longer than it would if it began now. */
  AppRecord limited(Instant now, Duration settle, Backoff backoff) {
    return switch (trial) {
      case Trial.None() -> this;
      case Trial.Settling settling ->
          shifted(excess(settling.until(), now.plus(Versions.settle(settling.version(), settle))));
      case Trial.Failed failed ->
          shifted(excess(failed.retryAt(), now.plus(backoff.after(failed.attempts()))));
      case Trial.Rejected _ -> this;
    };
  }

  /** This, where a version is tried again that failed on another kernel or systemd. */
  AppRecord on(String device) {
    return trial instanceof Trial.Rejected rejected
            && rejected.device() instanceof String other
            && !other.equals(device)
        ? with(new Trial.None())
        : this;
  }

  /** This, where the version that failed is tried again now. */
  AppRecord retried(Instant now) {
    return switch (trial) {
      case Trial.None(), Trial.Settling _ -> this;
      case Trial.Failed failed -> shifted(excess(failed.retryAt(), now));
      case Trial.Rejected _ -> with(new Trial.None());
    };
  }

  private static Duration excess(Instant at, Instant latest) {
    return at.isAfter(latest) ? Duration.between(at, latest) : Duration.ZERO;
  }

  /** This, after the version has proved itself. */
  AppRecord proved(Version version) {
    return proved(version, false);
  }

  /**
   * The same.
   *
   * @param keeps whether the version before stays known
   */
  AppRecord proved(Version version, boolean keeps) {
    boolean other =
        lastGood instanceof Past.Good(var old) && !old.generation().equals(version.generation());
    List<Version> before = other && lastGood instanceof Past.Good(var old) ? List.of(old) : earlier;
    return new AppRecord(
        name, new Past.Good(version), new Trial.None(), keeps ? before : List.of());
  }

  /** This, after the last good version failed and the one before it takes its place. */
  AppRecord backToEarlier(Trial.Rejected why) {
    return new AppRecord(name, new Past.Good(earlier.getFirst()), why, List.of());
  }

  /** This, after it was stopped because the policy denies it. */
  AppRecord stopped(Version version) {
    return new AppRecord(name, new Past.Stopped(version), stillRejected());
  }

  /** This, after the policy has let in again what was stopped. */
  AppRecord allowed(Version version, boolean keeps) {
    return proved(version, keeps).with(stillRejected());
  }

  private Trial stillRejected() {
    return trial instanceof Trial.Rejected ? trial : new Trial.None();
  }

  /** This, after the version was stopped because it is not enforced; it rests until its retry. */
  AppRecord stopped(Version version, Trial.Failed why) {
    return new AppRecord(name, new Past.Stopped(version), why);
  }

  /** This, where a version has become another unit of the same declaration. */
  AppRecord compiledAnew(Version version, CompiledApp app) {
    Version anew = version.compiled(app);
    Past past =
        lastGood instanceof Past.Good(var good) && good.equals(version)
            ? new Past.Good(anew)
            : lastGood;
    Trial next =
        trial instanceof Trial.Settling(var tried, var until, var restarts, var failures)
                && tried.equals(version)
            ? new Trial.Settling(anew, until, restarts, failures)
            : trial;
    return new AppRecord(name, past, next, earlier);
  }

  /**
   * This, where no older version has more than the newest one.
   *
   * @param withdrawal what becomes of an older version
   */
  AppRecord withdrawn(Function<Version, Withdrawn> withdrawal) {
    Past past =
        switch (lastGood) {
          case Past.Good(var version) ->
              switch (withdrawal.apply(version)) {
                case Withdrawn.To(var less) -> new Past.Good(less);
                case Withdrawn.Nothing(var what) -> new Past.Withdrawn(version.generation(), what);
              };
          case Past.Stopped(var version) ->
              switch (withdrawal.apply(version)) {
                case Withdrawn.To(var less) -> new Past.Stopped(less);
                case Withdrawn.Nothing(var what) -> new Past.Withdrawn(version.generation(), what);
              };
          case Past.Nothing(), Past.Withdrawn _ -> lastGood;
        };
    var before = new ArrayList<Version>();
    for (Version version : earlier) {
      if (withdrawal.apply(version) instanceof Withdrawn.To(var less)) {
        before.add(less);
      }
    }
    return new AppRecord(name, past, trial, before);
  }

  /** What becomes of a version when a newer one is declared with less. */
  sealed interface Withdrawn {
    /** This one, which has no more than the newer one. */
    record To(Version version) implements Withdrawn {}

    /** It is no app without these. */
    record Nothing(List<String> what) implements Withdrawn {}
  }

  /** What was withdrawn from what would stand in for a version that fails, for a message. */
  String consequence() {
    return switch (lastGood) {
      case Past.Good(var version) when version.withdrawn() instanceof List<String> what ->
          "; generation %s goes on without what was withdrawn: %s"
              .formatted(version.generation().abbreviated(), named(what));
      case Past.Withdrawn(var generation, var what) ->
          "; generation %s does not take its place, for this was withdrawn: %s"
              .formatted(generation.abbreviated(), named(what));
      case Past.Good _, Past.Stopped _, Past.Nothing() -> "";
    };
  }

  private static String named(List<String> what) {
    int more = what.size() - NAMED;
    return String.join(", ", what.subList(0, Math.min(NAMED, what.size())))
        + (more > 0 ? " and " + more + " more" : "");
  }

  /** How often this version was taken back. */
  int failures(Sha256 generation) {
    return switch (trial) {
      case Trial.None() -> 0;
      case Trial.Settling settling ->
          settling.version().generation().equals(generation) ? settling.failures() : 0;
      case Trial.Failed failed -> failed.generation().equals(generation) ? failed.attempts() : 0;
      case Trial.Rejected _ -> 0;
    };
  }

  /** Whether there is no version to go back to: nothing of it shall be on the device. */
  boolean isTakenBackToNothing() {
    return trial instanceof Trial.Failed && !(lastGood instanceof Past.Good);
  }

  /** Whether this version was taken back, and is not tried again yet. */
  boolean isResting(Sha256 generation, Instant now) {
    return trial instanceof Trial.Failed failed
        && failed.generation().equals(generation)
        && now.isBefore(failed.retryAt());
  }

  /** What is on the device: the version under trial, else the last good one. */
  Optional<Version> current() {
    if (trial instanceof Trial.Settling(var version, _, _, _)) {
      return Optional.of(version);
    }
    return lastGood instanceof Past.Good(var version) ? Optional.of(version) : Optional.empty();
  }

  /** Every version that is remembered, the newest first. */
  List<Version> versions() {
    var versions = new ArrayList<Version>();
    if (trial instanceof Trial.Settling(var version, _, _, _)) {
      versions.add(version);
    }
    switch (lastGood) {
      case Past.Good(var version) -> versions.add(version);
      case Past.Stopped(var version) -> versions.add(version);
      case Past.Nothing(), Past.Withdrawn _ -> {}
    }
    versions.addAll(earlier);
    return versions;
  }

  /** The last version that proved itself. */
  sealed interface Past {
    record Nothing() implements Past {}

    record Good(Version version) implements Past {}

    /**
     * It was stopped, for the policy of the device denies it or the kernel does not hold its
     * sandbox; nothing of it is on the device.
     */
    record Stopped(Version version) implements Past {}

    /**
     * There was one, which nothing goes back to: it is no app without what a newer version was
     * declared without.
     */
    record Withdrawn(Sha256 generation, List<String> what) implements Past {
      public Withdrawn {
        what = List.copyOf(what);
      }
    }
  }

  /** What has become of the newest version. */
  sealed interface Trial {
    record None() implements Trial {}

    /**
     * Applied, started, and watched for a while before it counts as good.
     *
     * @param restarts systemd's count when it was started; more of them mean that it does not stay
     *     up
     * @param failures how often this version was taken back before
     */
    record Settling(Version version, Instant until, long restarts, int failures) implements Trial {}

    /**
     * Rolled back.
     *
     * @param reason the step that failed, or {@link #NOT_ENFORCED}
     * @param generation of the version that failed
     * @param attempts how often it was tried
     * @param retryAt when it is tried again if the source still says so
     */
    record Failed(Sha256 generation, String reason, String message, int attempts, Instant retryAt)
        implements Trial {
      /** What is written where the kernel does not hold the sandbox. */
      static final String NOT_ENFORCED = "not enforced";

      boolean isNotEnforced() {
        return reason.equals(NOT_ENFORCED);
      }
    }

    /**
     * Rolled back, and not tried again: it did not stay up or was not ready, and another version
     * runs in its place.
     *
     * @param generation of the version
     * @param health digest of what its spec says of health: with another one it is tried again
     * @param reason the step that failed, or {@link Failed#NOT_ENFORCED}
     * @param device the system on which it failed, if it is tried again on another one; else none
     */
    record Rejected(
        Sha256 generation, Sha256 health, String reason, String message, @Nullable String device)
        implements Trial {

      /** One that another system does not help. */
      Rejected(Sha256 generation, Sha256 health, String reason, String message) {
        this(generation, health, reason, message, null);
      }

      /** For people: what makes the agent try it again. */
      String untilWhen(AppName app) {
        return "this version is not tried again until it changes, %sor by: sandbar reconcile %s"
            .formatted(device == null ? "" : "or the kernel or systemd of the device, ", app);
      }

      boolean isNotEnforced() {
        return reason.equals(Failed.NOT_ENFORCED);
      }

      /** Whether it is this version that was rejected. */
      boolean isOf(CompiledApp app) {
        return generation.equals(app.generation()) && health.equals(app.spec().health().digest());
      }
    }
  }
}
