package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Printable;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.learn.Combination.Cause;
import dev.sandbar.core.learn.Combination.Combined;
import dev.sandbar.core.learn.Combination.Seen;
import dev.sandbar.core.learn.Combination.Taken;
import dev.sandbar.core.learn.Learned.Note;
import dev.sandbar.core.learn.NameText;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.UnitName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What several devices saw of a service, for people and for machines.
 *
 * @param of how many devices have the service; null if nobody says
 */
record CombinedView(UnitName unit, Combined combined, @Nullable Integer of) {
  /** So many devices are named one by one: an intruder is seldom on more at first. */
  private static final int FEW = 3;

  private static final int MOST_CAUSES = 4;

  private record Document(
      UnitName unit,
      Coverage coverage,
      List<Taken> taken,
      List<Permission> unused,
      List<Note> notes,
      List<String> sent,
      Node manifest) {}

  /**
   * How much of what the service does was seen.
   *
   * @param of how many devices have it; null if nobody says
   * @param leastSeconds that a device was watched for
   * @param fromStart whether all of them were watched from the start of the service on
   */
  private record Coverage(
      int devices,
      @Nullable Integer of,
      long leastSeconds,
      long mostSeconds,
      boolean fromStart,
      List<Seen> each) {}

  Node document() {
    List<Seen> devices = combined.devices();
    return NodeBinder.write(
        new Document(
            unit,
            new Coverage(
                devices.size(),
                of,
                least(),
                most(),
                devices.stream().allMatch(Seen::fromStart),
                devices),
            combined.taken(),
            combined.spec().unused().stream().sorted().toList(),
            combined.spec().notes(),
            combined.sent(),
            combined.spec().manifest()));
  }

  private long least() {
    return combined.devices().stream().mapToLong(Seen::seconds).min().orElse(0);
  }

  private long most() {
    return combined.devices().stream().mapToLong(Seen::seconds).max().orElse(0);
  }

  private int count() {
    return combined.devices().size();
  }

  void print(Printer printer) {
    LearnCommand.printChanges(printer, combined.spec());
    if (combined.spec().usable()) {
      LearnCommand.printSpec(printer, combined.spec());
    }
    coverage(printer);
    boolean rare = false;
    for (Taken taken : combined.taken()) {
      rare |= taken(taken, printer);
    }
    if (rare) {
      printer.note(
          "what only few devices did may be an intruder's, or made up by a device: check those"
              + " before you apply the spec, or leave their files out");
    }
    LearnCommand.printUnused(printer, combined.spec());
    if (!combined.sent().isEmpty()) {
      printer.note(
          "%s: as the devices have sent it, not by what was seen; compare it with what you gave them"
              .formatted(Printable.of(String.join(", ", combined.sent()))));
    }
  }

  private void coverage(Printer printer) {
    Integer all = of;
    boolean others = all != null && all > count();
    printer.note(
        "%s was seen on %s, for %s%s; what it does less often%s was not seen"
            .formatted(
                unit,
                all == null ? English.count(count(), "device") : ofAll(count(), all),
                span(least(), most()),
                count() > 1 ? " each" : "",
                others ? ", and on the others," : ""));
    var late = new TreeSet<String>();
    var blind = new TreeMap<String, SortedSet<String>>();
    for (Seen seen : combined.devices()) {
      if (!seen.blind().isEmpty()) {
        blind.computeIfAbsent(seen.blind(), _ -> new TreeSet<>()).add(seen.device());
      } else if (!seen.fromStart()) {
        late.add(seen.device());
      }
    }
    if (!late.isEmpty()) {
      printer.note("how it starts was not seen on " + NameText.of(late));
    }
    blind.forEach(
        (why, devices) ->
            printer.note(
                "its system calls were not seen on %s: %s"
                    .formatted(NameText.of(devices), Printable.of(why))));
  }

  /** Whether only few devices took it, or did something of it. */
  private boolean taken(Taken taken, Printer printer) {
    boolean few = isFew(taken.devices());
    List<String> common =
        taken.causes().reversed().stream()
            .filter(it -> few || !isFew(it.devices()))
            .map(Cause::what)
            .toList();
    var rare = new LinkedHashMap<SortedSet<String>, List<String>>();
    if (!few) {
      taken.causes().stream()
          .filter(it -> isFew(it.devices()))
          .forEach(it -> rare.computeIfAbsent(it.devices(), _ -> new ArrayList<>()).add(it.what()));
    }
    say(printer, taken.name(), taken.devices(), common);
    rare.entrySet().stream()
        .sorted(Comparator.comparing(it -> it.getKey().first()))
        .limit(MOST_CAUSES)
        .forEach(it -> say(printer, taken.name(), it.getKey(), it.getValue()));
    if (rare.size() > MOST_CAUSES) {
      printer.note(
          "%s: %d more groups of few devices did what others did not; -o json names them"
              .formatted(taken.name(), rare.size() - MOST_CAUSES));
    }
    return few || !rare.isEmpty();
  }

  private void say(Printer printer, String name, Collection<String> devices, List<String> causes) {
    String where =
        devices.size() < count()
            ? "on " + ofAll(devices.size(), count())
            : switch (count()) {
              case 1 -> "";
              case 2 -> "on both devices";
              default -> "on all %d devices".formatted(count());
            };
    String which = isFew(devices) ? ", " + NameText.of(devices) : "";
    String why = causes.isEmpty() ? "each for what others did not do" : few(causes);
    printer.note(
        "%s: %s"
            .formatted(
                name,
                where.isEmpty() ? Printable.of(why) : where + which + ": " + Printable.of(why)));
  }

  private boolean isFew(Collection<String> devices) {
    return devices.size() <= FEW && devices.size() * 2 <= count();
  }

  private static String few(List<String> causes) {
    String shown = String.join("; ", causes.subList(0, Math.min(MOST_CAUSES, causes.size())));
    return causes.size() > MOST_CAUSES
        ? "%s; and %d more".formatted(shown, causes.size() - MOST_CAUSES)
        : shown;
  }

  private static String ofAll(int some, int all) {
    return "%d of %s".formatted(some, English.count(all, "device"));
  }

  /** {@code 10 to 12 minutes}, {@code 45 seconds to 10 minutes}, {@code 10 minutes}. */
  static String span(long least, long most) {
    Map.Entry<Long, String> from = rounded(least);
    Map.Entry<Long, String> to = rounded(most);
    String end = English.count(to.getKey(), to.getValue());
    if (from.equals(to)) {
      return end;
    }
    return from.getValue().equals(to.getValue())
        ? from.getKey() + " to " + end
        : English.count(from.getKey(), from.getValue()) + " to " + end;
  }

  private static Map.Entry<Long, String> rounded(long seconds) {
    if (seconds < 120) {
      return Map.entry(seconds, "second");
    }
    return seconds < 2 * 3600
        ? Map.entry(seconds / 60, "minute")
        : Map.entry(seconds / 3600, "hour");
  }
}
