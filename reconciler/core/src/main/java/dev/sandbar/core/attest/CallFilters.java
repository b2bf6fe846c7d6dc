package dev.sandbar.core.attest;

import dev.sandbar.core.attest.Finding.Silent;
import dev.sandbar.core.property.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.function.Supplier;

/**
 * The system call filters of a process. A kernel never takes one away and never changes one
 * (seccomp(2)), so what they were found to refuse stays true, and is found once for all apps that
 * have the same.
 *
 * <p>Equal is only the same object: whoever reads filters knows best whether they are others.
 */
public final class CallFilters {

  /** Of a process whose filters were not read. */
  public static final CallFilters UNREAD = new CallFilters(List.of(), CallTable.UNKNOWN, false);

  /** Values come from the specs of others; more than a device's apps have of them are not kept. */
  private static final int MOST_KEPT = 2_000;

  private final List<CallFilter> filters;
  private final boolean read;
  private final FilterChecks checks;
  private final Map<Question, Finding> found = new HashMap<>();

  private record Question(String directive, Value value) {}

  private CallFilters(List<CallFilter> filters, CallTable machine, boolean read) {
    this.filters = List.copyOf(filters);
    this.read = read;
    this.checks = new FilterChecks(new FilterStack(filters), machine);
  }

  /**
   * Filters that were read.
   *
   * @param filters of one process, the newest first
   * @param machine that it runs on
   */
  public static CallFilters of(List<CallFilter> filters, CallTable machine) {
    return new CallFilters(filters, machine, true);
  }

  /** The programs, the newest first; empty if they were not read. */
  public List<CallFilter> programs() {
    return filters;
  }

  /** What they show of a directive with the value that it comes to. */
  public Finding of(String directive, Value value) {
    return once(new Question(directive, value), () -> checks.of(directive, value));
  }

  /** Whether these calls are refused, whatever their arguments. */
  public Finding refusing(SortedSet<String> calls) {
    return once(new Question("", new Value.Names(calls)), () -> checks.refusing(calls));
  }

  private Finding once(Question question, Supplier<Finding> search) {
    if (!read) {
      return new Silent("a filter that cannot be read here");
    }
    synchronized (found) {
      Finding known = found.get(question);
      if (known != null) {
        return known;
      }
      Finding finding = search.get();
      if (found.size() < MOST_KEPT) {
        found.put(question, finding);
      }
      return finding;
    }
  }
}
