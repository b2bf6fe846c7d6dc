package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.systemd.SystemdException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is read between two looks at everything, because nothing signals that it changes: whether
 * the evidence that was reported still holds, and whether somebody has left word for the agent.
 *
 * <p>For one thread.
 */
final class QuickChecks {
  private static final Logger LOG = LoggerFactory.getLogger(QuickChecks.class);

  /** Two checks of the default interval take 58 s. */
  private static final Duration SOON = Duration.ofSeconds(50);

  /** Ten of them. */
  private static final Duration LATER = Duration.ofSeconds(280);

  private final Memory memory;
  private final Inbox inbox;
  private final AgentFiles files;
  private SortedSet<AppName> consents = new TreeSet<>();
  private List<Diagnostic> problems = List.of();
  private long surroundings;

  QuickChecks(Memory memory, Inbox inbox, AgentFiles files) {
    this.memory = memory;
    this.inbox = inbox;
    this.files = files;
  }

  /** What a check has found. */
  enum Outcome {
    /** All that was reported holds. */
    HOLDS,
    /** Something about the agent itself has to be reported anew. */
    DESCRIBE,
    /** The loop is going to look at what has changed. */
    LOOK
  }

  /**
   * What surrounds the apps, as who owns device nodes and volumes, and the agent's own files are
   * looked at once a minute while an app waits for something, and else every five minutes: that
   * takes as long as a check of fifty apps.
   *
   * @param settled whether all apps are as they should be, and none waits
   */
  boolean isTimeForSurroundings(boolean settled) {
    long now = System.nanoTime();
    Duration interval = settled ? LATER : SOON;
    if (surroundings != 0 && now - surroundings < interval.toNanos()) {
      return false;
    }
    surroundings = now;
    return true;
  }

  /** What is wrong with the agent's own files, for a report. */
  List<Diagnostic> problems() {
    problems = files.problems();
    return problems;
  }

  /** A round about everything has taken in what was declared. */
  void swept(Declared declared) {
    consents = memory.consents(declared.names());
  }

  /**
   * Checks, and asks the loop to look at what does not hold any more.
   *
   * @param own whether to look at the agent's own files too, and after apps that wait for something
   * @param settled whether all apps are as they should be, and none waits
   */
  Outcome check(Session session, Declared declared, boolean own, boolean settled) {
    if (!memory.consents(declared.names()).equals(consents) || (own && !settled)) {
      inbox.lookAtEverything();
      return Outcome.LOOK;
    }
    try {
      Optional<SortedSet<UnitName>> changed = session.reconciler().changed();
      changed.ifPresentOrElse(inbox::look, inbox::lookAtEverything);
      if (changed.filter(SortedSet::isEmpty).isEmpty()) {
        return Outcome.LOOK;
      }
    } catch (SystemdException e) {
      if (e.kind() == SystemdException.Kind.UNAVAILABLE) {
        throw e;
      }
      LOG.warn("action=quick-check {}", Failures.explain(e));
      inbox.lookAtEverything();
      return Outcome.LOOK;
    }
    return !own || problems.equals(files.problems()) ? Outcome.HOLDS : Outcome.DESCRIBE;
  }
}
