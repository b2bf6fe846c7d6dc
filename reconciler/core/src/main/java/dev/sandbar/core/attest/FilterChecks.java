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

/** What the system call filters of a process refuse, found in the filters themselves. */
final class FilterChecks {

  /** Calls whose numbers are given out; new ones are added at the end. */
  private static final int MOST_NUMBERS = 1024;

  private static final int X86_64 = 0xC000003E;
  private static final int X32 = 0x4000_0000;

  /** AUDIT_ARCH of linux/audit.h, and the others that such a machine can run. */
  private static final Map<Integer, List<Integer>> ARCHITECTURES =
      Map.of(X86_64, List.of(0x40000003), 0xC00000B7, List.of(0x40000028));

  private final FilterStack filters;
  private final CallTable machine;

  /** Of one process on such a machine. */
  FilterChecks(FilterStack filters, CallTable machine) {
    this.filters = filters;
    this.machine = machine;
  }

  /** Of a directive, with the value that it comes to. */
  Finding of(String directive, Value value) {
    return judged(others -> of(directive, value, others));
  }

  /** Whether these calls are refused, whatever their arguments. */
  Finding refusing(SortedSet<String> names) {
    List<Probe> probes = names.stream().map(Probe::any).toList();
    return judged(_ -> probed(probes));
  }

  private Finding judged(Function<List<Integer>, Finding> check) {
    List<Integer> others = ARCHITECTURES.get(machine.architecture());
    if (others == null || machine.numbers().isEmpty()) {
      return new Silent("a filter that cannot be read here");
    }
    try {
      return check.apply(others);
    } catch (UnknownFilterException e) {
      return new Silent("a filter that cannot be judged: " + e.getMessage());
    }
  }

  private Finding of(String directive, Value value, List<Integer> others) {
    return switch (directive) {
      case "SystemCallFilter" -> calls(value);
      case "SystemCallArchitectures" -> others(others);
      case "SystemCallErrorNumber" -> error(value);
      case "MemoryDenyWriteExecute" ->
          probed(CallProbes.of(directive, value)) instanceof Holds holds
              ? holds
              : new Silent("prctl(2) may hold it, which no other process can ask for");
      default -> probed(CallProbes.of(directive, value));
    };
  }

  private Finding probed(List<Probe> probes) {
    var refused = new ArrayList<String>();
    var open = new ArrayList<String>();
    for (Probe probe : probes) {
      Integer number = machine.numbers().get(probe.name());
      if (number == null) {
        // This machine has no such call.
        continue;
      }
      Call call = probe.arguments().apply(Call.of(machine.architecture(), number));
      (filters.answer(call).refused() ? refused : open).add(probe.shown());
    }
    if (!open.isEmpty()) {
      return new Lacks("lets through " + Finding.few(open));
    }
    if (refused.isEmpty()) {
      return probes.isEmpty() ? new Silent("") : new Holds("this machine has no such call");
    }
    return new Holds("refuses " + Finding.few(refused));
  }

  /** Every number that there can be, so that calls which nobody has named yet count too. */
  private Finding calls(Value value) {
    if (!(value instanceof Value.Filter(boolean allow, SortedSet<String> listed))) {
      return new Silent("");
    }
    var names = new TreeSet<String>();
    // An entry may say its own error: name:errno.
    listed.forEach(entry -> names.add(entry.split(":", 2)[0]));
    var byNumber = new TreeMap<Integer, String>();
    machine.numbers().forEach((name, number) -> byNumber.putIfAbsent(number, name));
    machine
        .numbers()
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
      boolean isRefused = filters.answer(Call.of(machine.architecture(), number)).refused();
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
        : new Lacks("lets through " + Finding.few(open));
  }

  private Finding others(List<Integer> others) {
    var open = new ArrayList<String>();
    for (int other : others) {
      for (int number = 0; number < MOST_NUMBERS; number++) {
        if (!filters.answer(Call.of(other, number)).refused()) {
          open.add(String.format(Locale.ROOT, "call %d of architecture %08x", number, other));
        }
      }
    }
    if (machine.architecture() == X86_64) {
      for (int number = 0; number < MOST_NUMBERS; number++) {
        if (!filters.answer(Call.of(X86_64, X32 | number)).refused()) {
          open.add("call " + number + " of x32");
        }
      }
    }
    return open.isEmpty()
        ? new Holds("refuses calls of other architectures")
        : new Lacks("lets through " + Finding.few(open));
  }

  /** Of the calls that fail, all fail with it, but for those that always fail with ENOSYS. */
  private Finding error(Value value) {
    if (!(value instanceof Value.Text(String declared))) {
      return new Silent("");
    }
    var counts = new TreeMap<Integer, Integer>();
    for (int number : machine.numbers().values()) {
      Answer answer = filters.answer(Call.of(machine.architecture(), number));
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
}
