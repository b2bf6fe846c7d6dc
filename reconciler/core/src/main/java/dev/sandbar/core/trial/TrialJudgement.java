package dev.sandbar.core.trial;

import dev.sandbar.core.learn.Use;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.report.SetupExit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What came of a trial.
 *
 * @param reasons why the spec failed it, clauses; none if it passed
 */
public record TrialJudgement(List<String> reasons) {

  /** From there on Linux picks ports for who connects (ip(7), ip_local_port_range). */
  private static final int PICKED = 32_768;

  public TrialJudgement {
    reasons = List.copyOf(reasons);
  }

  /** Whether it ran as the service does. */
  public boolean passed() {
    return reasons.isEmpty();
  }

  /** One that did not start. */
  public static TrialJudgement notStarted(String why) {
    return new TrialJudgement(List.of("it did not start: " + why));
  }

  /**
   * One that started.
   *
   * @param end what systemd has of its unit at the end
   * @param before what the service did
   * @param now what the trial does at its end
   */
  public static TrialJudgement of(Loaded end, Collection<Use> before, Collection<Use> now) {
    if (!end.activeState().equals("active")) {
      String why = SetupExit.meaning(end.exitStatus()).map(it -> ": " + it).orElse("");
      return new TrialJudgement(
          List.of(
              "it did not stay up: result %s, exit status %d%s"
                  .formatted(end.result(), end.exitStatus(), why)));
    }
    var reasons = new ArrayList<String>();
    if (end.restarts() > 0) {
      reasons.add("it was started again %d times".formatted(end.restarts()));
    }
    SortedSet<String> missing = ports(before);
    missing.removeAll(ports(now));
    missing.forEach(port -> reasons.add("it does not listen on " + port + ", as the service does"));
    return new TrialJudgement(reasons);
  }

  private static SortedSet<String> ports(Collection<Use> uses) {
    var ports = new TreeSet<String>();
    for (Use use : uses) {
      if (use instanceof Use.Bound(Protocol protocol, var at)
          && (protocol == Protocol.TCP || at.port() < PICKED)) {
        ports.add("%s port %d".formatted(protocol == Protocol.TCP ? "tcp" : "udp", at.port()));
      }
    }
    return ports;
  }
}
