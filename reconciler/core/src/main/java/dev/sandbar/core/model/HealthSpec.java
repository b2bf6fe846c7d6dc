package dev.sandbar.core.model;

import java.time.Duration;
import java.util.List;

/**
 * When a version of an app counts as good, and what becomes of one that does not.
 *
 * @param ready what is asked of the app
 * @param within how long after its start it may take until a check succeeds
 * @param timeout how long one check may take
 * @param every how often it is checked once it has proved itself; zero for not at all
 * @param settle how long a new version must stay up and ready before it counts as good; zero for
 *     what the agent takes for all apps
 * @param maxRestarts how often systemd may restart a new version until then
 * @param rollback which versions are taken back
 * @param at location of {@code health}
 */
public record HealthSpec(
    Readiness ready,
    Duration within,
    Duration timeout,
    Duration every,
    Duration settle,
    int maxRestarts,
    RollbackMode rollback,
    Location at) {

  /** How long a version may take to be ready unless the spec says otherwise. */
  public static final Duration WITHIN = Duration.ofSeconds(60);

  /** How long one check may take unless the spec says otherwise. */
  public static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** The longest time for one check: an app that hangs must not hold up the verdict for long. */
  public static final Duration LONGEST_TIMEOUT = Duration.ofSeconds(60);

  /** No check runs more often. A command costs the device some hundredths of a second each time. */
  public static final Duration SHORTEST_EVERY = Duration.ofSeconds(5);

  /** More restarts while a version is new are nothing that could be called up. */
  public static final int MOST_RESTARTS = 20;

  /** Regular expression of the path of a request: what needs no escaping in it (RFC 3986). */
  public static final String PATHS = "/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*";

  /** The longest path of a request, in characters. */
  public static final int LONGEST_PATH = 1024;

  /** An app that says nothing of its health. */
  public static final HealthSpec NONE =
      new HealthSpec(
          new Readiness.Started(),
          WITHIN,
          TIMEOUT,
          Duration.ZERO,
          Duration.ZERO,
          0,
          RollbackMode.ON_UPDATE,
          Location.NOWHERE);

  /** What shows that an app is ready. */
  public sealed interface Readiness {
    /** That it has started, as {@code run.type} says. */
    record Started() implements Readiness {}

    /** That a process of it listens on a TCP port. */
    record Tcp(int port) implements Readiness {}

    /** That it answers a GET request with a status from 200 to 399. */
    record Http(int port, String path) implements Readiness {}

    /**
     * That a command in a sandbox like its own ends with status 0.
     *
     * @param command an absolute path and arguments
     */
    record Exec(List<String> command) implements Readiness {
      public Exec {
        command = List.copyOf(command);
      }
    }
  }

  /** Which versions are taken back. */
  public enum RollbackMode implements Written {
    /** One that has not proved itself. */
    ON_UPDATE("OnUpdate"),
    /** One that fails later as well, once, as long as the version before it is still known. */
    ALWAYS("Always"),
    /** None: one that fails its first check stays as it is. */
    NEVER("Never");

    private final String text;

    RollbackMode(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }
  }

  /** Whether the app is asked, and not only looked at. */
  public boolean isChecked() {
    return !(ready instanceof Readiness.Started);
  }

  /** Whether it is still asked when it has proved itself. */
  public boolean isCheckedAlways() {
    return isChecked() && !every.isZero();
  }

  /** Whether the version before stays known when a version has proved itself. */
  public boolean keepsEarlier() {
    return rollback == RollbackMode.ALWAYS;
  }

  /** Whether a version that started stays although it fails its first check. */
  public boolean staysWhenFailed() {
    return rollback == RollbackMode.NEVER;
  }

  /** Another one where a spec asks or judges otherwise, wherever it stands in its file. */
  public Sha256 digest() {
    return Sha256.of(
        new HealthSpec(
                ready, within, timeout, every, settle, maxRestarts, rollback, Location.NOWHERE)
            .toString());
  }
}
