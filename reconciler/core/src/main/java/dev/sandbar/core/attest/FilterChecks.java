package dev.sandbar.core.attest;

import dev.sandbar.core.attest.CallFilter.Answer;
import dev.sandbar.core.attest.CallFilter.Call;
import dev.sandbar.core.attest.CallFilter.UnknownFilterException;
import dev.sandbar.core.attest.CallProbes.Probe;
import dev.sandbar.core.attest.Finding.Holds;
import dev.sandbar.core.attest.Finding.Lacks;
import dev.sandbar.core.attest.Finding.Silent;
import dev.sandbar.core.property.Value;
import dev.sandbar.core.property.Vocabulary;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** What the system call filters of an app refuse, found in the filters themselves. */
public final class FilterChecks {

  /** Calls whose numbers are given out; new ones are added at the end. */
  private static final int MOST_NUMBERS = 1024;

  private static final int MOST_SHOWN = 4;
  private static final int X32 = 0x4000_0000;

  /** AUDIT_ARCH of linux/audit.h: systemd's name, and the others that such a machine can run. */
  private record Architecture(int number, List<Integer> others) {}

  private static final Map<String, Architecture> ARCHITECTURES =
      Map.of(
          "x86-64", new Architecture(0xC000003E, List.of(0x40000003)),
          "arm64", new Architecture(0xC00000B7, List.of(0x40000028)));

  private final KernelFacts kernel;
  private final String architecture;

  /**
   * Of one app.
   *
   * @param architecture of the machine, as systemd calls it
   */
  public FilterChecks(KernelFacts kernel, String architecture) {
    this.kernel = kernel;
    this.architecture = architecture;
  }

  /** Of a directive, with the value that it comes to. */
  public Finding of(String directive, Value value) {
    return judged(own -> of(directive, value, own));
  }

  /** Whether these calls are refused, whatever their arguments. */
  public Finding refusing(SortedSet<String> names) {
    List<Probe> probes = names.stream().map(Probe::any).toList();
    return judged(own -> probed(kernel.filters(), own.number(), probes));
  }

  private Finding judged(Function<Architecture, Finding> check) {
    Architecture own = ARCHITECTURES.get(architecture);
    if (own == null || !kernel.filtersRead() || kernel.calls().isEmpty()) {
      return new Silent("a filter that cannot be read here");
    }
    try {
      return check.apply(own);
    } catch (UnknownFilterException e) {
      return new Silent("a filter that cannot be judged: " + e.getMessage());
    }
  }

  private Finding of(String directive, Value value, Architecture own) {
    List<CallFilter> filters = kernel.filters();
    return switch (directive) {
      case "SystemCallFilter" -> calls(filters, own.number(), value);
      case "SystemCallArchitectures" -> others(filters, own);
      case "SystemCallErrorNumber" -> error(filters, own.number(), value);
      case "MemoryDenyWriteExecute" ->
          probed(filters, own.number(), CallProbes.of(directive, value)) instanceof Holds holds
              ? holds
              : new Silent("prctl(2) may hold it, which no other process can ask for");
      default -> probed(filters, own.number(), CallProbes.of(directive, value));
    };
  }

  private Finding probed(List<CallFilter> filters, int architectureNumber, List<Probe> probes) {
    var refused = new ArrayList<String>();
    var open = new ArrayList<String>();
    for (Probe probe : probes) {
      Integer number = kernel.calls().get(probe.name());
      if (number == null) {
        // This machine has no such call.
        continue;
      }
      Call call = probe.arguments().apply(Call.of(architectureNumber, number));
      (CallFilter.answer(filters, call).refused() ? refused : open).add(probe.shown());
    }
    if (!open.isEmpty()) {
      return new Lacks("lets through " + few(open));
    }
    if (refused.isEmpty()) {
      return probes.isEmpty() ? new Silent("") : new Holds("this machine has no such call");
    }
    return new Holds("refuses " + few(refused));
  }

  /** Every number that there can be, so that calls which nobody has named yet count too. */
  private Finding calls(List<CallFilter> filters, int architectureNumber, Value value) {
    if (!(value instanceof Value.Filter(boolean allow, SortedSet<String> listed))) {
      return new Silent("");
    }
    var names = new TreeSet<String>();
    // An entry may say its own error: name:errno.
    listed.forEach(entry -> names.add(entry.split(":", 2)[0]));
    var byNumber = new TreeMap<Integer, String>();
    kernel.calls().forEach((name, number) -> byNumber.putIfAbsent(number, name));
    kernel
        .calls()
        .forEach(
            (name, number) -> {
              if (names.contains(name)) {
                byNumber.put(number, name);
              }
            });
    var open = new ArrayList<String>();
    int refused = 0;
    int through = 0;
    int unnamed = 0;
    for (int number = 0; number < MOST_NUMBERS; number++) {
      String name = byNumber.getOrDefault(number, "");
      boolean isRefused = CallFilter.answer(filters, Call.of(architectureNumber, number)).refused();
      if (!isRefused && !name.isEmpty()) {
        through++;
      }
      if (names.contains(name) == allow) {
        continue;
      }
      if (isRefused) {
        refused++;
      } else if (!name.isEmpty()) {
        open.add(name);
      } else if (allow) {
        unnamed++;
      }
    }
    if (open.isEmpty() && unnamed > 0) {
      // systemd may know more names than the library here.
      return new Silent("lets through " + unnamed + " calls that have no name here");
    }
    return open.isEmpty()
        ? new Holds("lets " + through + " calls through, refuses " + refused)
        : new Lacks("lets through " + few(open));
  }

  private Finding others(List<CallFilter> filters, Architecture own) {
    var open = new ArrayList<String>();
    for (int other : own.others()) {
      for (int number = 0; number < MOST_NUMBERS; number++) {
        if (!CallFilter.answer(filters, Call.of(other, number)).refused()) {
          open.add(String.format(Locale.ROOT, "call %d of architecture %08x", number, other));
        }
      }
    }
    if (architecture.equals("x86-64")) {
      for (int number = 0; number < MOST_NUMBERS; number++) {
        if (!CallFilter.answer(filters, Call.of(own.number(), X32 | number)).refused()) {
          open.add("call " + number + " of x32");
        }
      }
    }
    return open.isEmpty()
        ? new Holds("refuses calls of other architectures")
        : new Lacks("lets through " + few(open));
  }

  /** Of the calls that fail, all fail with it, but for those that always fail with ENOSYS. */
  private Finding error(List<CallFilter> filters, int architectureNumber, Value value) {
    if (!(value instanceof Value.Text(String declared))) {
      return new Silent("");
    }
    var counts = new TreeMap<Integer, Integer>();
    for (int number : kernel.calls().values()) {
      Answer answer = CallFilter.answer(filters, Call.of(architectureNumber, number));
      if (answer.refused()) {
        answer.errors().forEach(error -> counts.merge(error, 1, Integer::sum));
      }
    }
    String most =
        counts.entrySet().stream()
            .max(Comparator.comparing(Map.Entry::getValue))
            .map(error -> Vocabulary.errno(error.getKey()))
            .orElse("nothing");
    return Finding.of(most.equals(declared), "refuses with " + most);
  }

  /** The first few, and how many more there are. */
  public static String few(List<String> names) {
    String shown = String.join(", ", names.subList(0, Math.min(MOST_SHOWN, names.size())));
    int more = names.size() - MOST_SHOWN;
    return more > 0 ? shown + " and " + more + " more" : shown;
  }
}
