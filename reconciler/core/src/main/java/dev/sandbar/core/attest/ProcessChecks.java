package dev.sandbar.core.attest;

import dev.sandbar.core.attest.Finding.Holds;
import dev.sandbar.core.attest.Finding.Lacks;
import dev.sandbar.core.attest.Finding.Silent;
import dev.sandbar.core.attest.KernelFacts.Limit;
import dev.sandbar.core.attest.KernelFacts.ProcessFacts;
import dev.sandbar.core.property.Capabilities;
import dev.sandbar.core.property.DynamicUserName;
import dev.sandbar.core.property.Evidence;
import dev.sandbar.core.property.Value;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What the status files of an app's processes and the files of its cgroup show. Every process
 * counts: a child inherits what its parent has.
 */
final class ProcessChecks {

  /** The kernel keeps memory limits in pages, of at most so many bytes. */
  private static final long LARGEST_PAGE = 64 << 10;

  private static final long UNLIMITED = -1;

  private final KernelFacts kernel;
  private final boolean nests;

  ProcessChecks(KernelFacts kernel, boolean nests) {
    this.kernel = kernel;
    this.nests = nests;
  }

  private Finding every(Predicate<ProcessFacts> holds, Function<ProcessFacts, String> shown) {
    for (ProcessFacts process : kernel.processes()) {
      if (!holds.test(process)) {
        return new Lacks(shown.apply(process) + " in process " + process.shown());
      }
    }
    return new Holds(shown.apply(kernel.processes().getFirst()));
  }

  /**
   * The main process and what it started. A process that somebody else put into the cgroup is found
   * by other evidence; its limits are not the app's.
   */
  private Finding everyOwn(Predicate<ProcessFacts> holds, Function<ProcessFacts, String> shown) {
    String mounts = kernel.processes().getFirst().namespaces().getOrDefault("mnt", "");
    for (ProcessFacts process : kernel.processes()) {
      if (process.namespaces().getOrDefault("mnt", "").equals(mounts) && !holds.test(process)) {
        return new Lacks(shown.apply(process) + " in process " + process.shown());
      }
    }
    return new Holds(shown.apply(kernel.processes().getFirst()));
  }

  Finding noNewPrivileges() {
    return every(
        ProcessFacts::noNewPrivileges, it -> "NoNewPrivs: " + (it.noNewPrivileges() ? 1 : 0));
  }

  /** All have the filters of the main process at least. */
  Finding filtered() {
    int count = kernel.processes().getFirst().filterCount();
    return every(
        it -> it.seccomp() == 2 && it.filterCount() >= count,
        it ->
            it.seccomp() == 2
                ? (it.filterCount() < 0 ? "filtered" : it.filterCount() + " filters")
                : "Seccomp: " + it.seccomp());
  }

  Finding user(boolean dynamic) {
    return every(
        it ->
            it.users().stream()
                .allMatch(
                    user ->
                        user != 0
                            && (!dynamic
                                || (user >= DynamicUserName.FIRST
                                    && user <= DynamicUserName.LAST))),
        it -> "uid " + shown(it.users()));
  }

  private static String shown(SortedSet<Integer> ids) {
    return String.join(" ", ids.stream().map(Integer::toUnsignedString).toList());
  }

  /** The mask is what may be left to a process, in every set that it has. */
  Finding capabilities(Value value, List<String> fields) {
    long allowed =
        value instanceof Value.Names(SortedSet<String> names) ? Capabilities.mask(names) : 0;
    return every(
        it ->
            isNested(it)
                || fields.stream()
                    .allMatch(f -> (it.capabilities().getOrDefault(f, -1L) & ~allowed) == 0),
        it ->
            fields.getFirst()
                + " "
                + String.format(
                    Locale.ROOT,
                    "%x",
                    fields.stream()
                        .mapToLong(f -> it.capabilities().getOrDefault(f, -1L))
                        .reduce(0, (one, other) -> one | other)));
  }

  /**
   * Whether its capabilities may be those of a user namespace that the app made: they open nothing
   * of the device (user_namespaces(7)).
   */
  private boolean isNested(ProcessFacts process) {
    String user = Evidence.USER_NAMESPACE.namespace();
    String own = process.namespaces().getOrDefault(user, "");
    String ofDevice = kernel.deviceNamespaces().getOrDefault(user, "");
    return nests && !own.isEmpty() && !ofDevice.isEmpty() && !own.equals(ofDevice);
  }

  Finding namespace(String name) {
    String ofDevice = kernel.deviceNamespaces().getOrDefault(name, "");
    if (ofDevice.isEmpty()
        || kernel.processes().stream().anyMatch(it -> !it.namespaces().containsKey(name))) {
      return new Silent("namespaces that cannot be read here");
    }
    return every(
        it -> !it.namespaces().getOrDefault(name, "").equals(ofDevice),
        it -> it.namespaces().getOrDefault(name, ""));
  }

  /** That it is this one, and not only another than the device's. */
  Finding namespaceAt(String path, String name) {
    String there = kernel.deviceNamespaces().getOrDefault(path, "");
    Finding another = namespace(name);
    if (there.isEmpty() || another instanceof Silent) {
      return another.and(new Silent("nothing is at " + path + " now"));
    }
    return another.and(
        every(
            it -> it.namespaces().getOrDefault(name, "").equals(there),
            it ->
                it.namespaces().getOrDefault(name, "").equals(there)
                    ? there + " of " + path
                    : it.namespaces().getOrDefault(name, "")
                        + " and not "
                        + there
                        + " of "
                        + path));
  }

  /** An app may take a stricter one, or a laxer one for files that only it can reach. */
  Finding umask(Value value) {
    ProcessFacts main = kernel.processes().getFirst();
    return main.umask().equals(value.show())
        ? new Holds("Umask " + main.umask())
        : new Silent("Umask " + main.umask() + ", which a program may set itself");
  }

  /**
   * A limit of each process.
   *
   * @param name of the line in {@code /proc/PID/limits}
   */
  Finding limit(String name, Value value) {
    if (!(value instanceof Value.Text(String text))) {
      return new Silent("");
    }
    return everyOwn(
        it -> Long.compareUnsigned(held(it, name).hard(), hard(text)) <= 0,
        it -> "at most " + shown(held(it, name).hard()));
  }

  /** A process may lower its own limits; the hard one nobody without privileges can raise. */
  private static Limit held(ProcessFacts process, String name) {
    return process.limits().getOrDefault(name, new Limit(UNLIMITED, UNLIMITED));
  }

  private static long hard(String text) {
    String hard = text.substring(text.indexOf(':') + 1);
    return hard.equals("infinity") ? UNLIMITED : Long.parseUnsignedLong(hard);
  }

  private static String shown(long limit) {
    return limit == UNLIMITED ? "infinity" : Long.toUnsignedString(limit);
  }

  /**
   * A file of the cgroup that holds one number (cgroup-v2 of the kernel's documentation), or a
   * quota and its period.
   */
  Finding cgroup(String file, Value value) {
    if (!(value instanceof Value.Amount(long declared))) {
      return new Silent("");
    }
    String held = kernel.limits().get(file);
    if (held == null) {
      return new Lacks("no " + file + ": its controller is missing");
    }
    String shown = file + " " + held;
    if (held.equals("max")) {
      return Finding.of(declared == UNLIMITED, shown);
    }
    try {
      long number = Long.parseUnsignedLong(held);
      long rounded = file.startsWith("memory.") ? LARGEST_PAGE : 1;
      return Finding.of(
          Long.compareUnsigned(number, declared) <= 0 && declared - number < rounded, shown);
    } catch (NumberFormatException e) {
      return new Silent(shown);
    }
  }

  /** Percent of one CPU: microseconds in a period. */
  Finding quota(Value value) {
    String held = kernel.limits().get("cpu.max");
    if (held == null || !(value instanceof Value.Amount(long declared))) {
      return held == null ? new Lacks("no cpu.max: its controller is missing") : new Silent("");
    }
    String[] parts = held.split(" ", 2);
    if (parts.length < 2
        || !parts[1].matches("[0-9]{1,9}")
        || !parts[0].matches("max|[0-9]{1,9}")) {
      return new Silent("cpu.max " + held);
    }
    long perSecond =
        parts[0].equals("max")
            ? UNLIMITED
            : Long.parseLong(parts[0]) * 1_000_000 / Math.max(1, Long.parseLong(parts[1]));
    return Finding.of(perSecond == declared, "cpu.max " + held);
  }

  /**
   * A process may raise its own; only one with privileges lowers it (proc_pid_oom_score_adj(5)).
   */
  Finding oomScore(Value value) {
    return everyOwn(
        it ->
            value.show().equals(Integer.toString(it.oomScoreAdjust()))
                || it.oomScoreAdjust() > number(value, it.oomScoreAdjust()),
        it -> "oom_score_adj " + it.oomScoreAdjust());
  }

  private static int number(Value value, int otherwise) {
    try {
      return Integer.parseInt(value.show());
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  Finding inCgroup() {
    return Finding.of(kernel.controlGroup().startsWith("/sandbar.slice/"), kernel.controlGroup());
  }
}
