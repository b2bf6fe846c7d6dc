package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.AppSpec.Network;
import dev.sandbar.core.model.Nearest;
import dev.sandbar.core.model.OpenableDirectives;
import dev.sandbar.core.model.OpenableDirectives.Opening;
import dev.sandbar.core.model.OpenedWall;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.SyscallName;
import dev.sandbar.core.property.DirectiveOverride.Filter;
import dev.sandbar.core.property.DirectiveOverride.Ladder;
import dev.sandbar.core.property.DirectiveOverride.OpenOnly;
import dev.sandbar.core.property.DirectiveOverride.Refused;
import dev.sandbar.core.property.DirectiveOverride.Setting;
import dev.sandbar.core.property.DirectiveOverride.Switch;
import dev.sandbar.core.property.DirectiveTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What {@code raw:} comes to, checked: directive to the words that it opens. It moves no point of
 * the lattice, so that it opens its own wall and no other; {@link #openedIn} is for those who ask
 * what the app can do in the end.
 *
 * @param words by directive; {@code no} alone for a wall that is not there
 * @param calls that the words of the call filter come to on the device, groups expanded
 */
record RawWalls(SortedMap<String, List<String>> words, SortedSet<String> calls) {

  static final RawWalls NONE = new RawWalls(new TreeMap<>(), new TreeSet<>());

  static final String FILTER = "SystemCallFilter";

  private static final List<String> OFF = List.of("no");

  /** Where all of their names are. */
  private static final String MANUAL = "man systemd.exec";

  private static final String CALLS = "systemd-analyze syscall-filter";

  private static final String HELP = "use a permission, or mode: Open for an app that needs more";

  RawWalls {
    words = Collections.unmodifiableSortedMap(new TreeMap<>(words));
    calls = Collections.unmodifiableSortedSet(new TreeSet<>(calls));
  }

  /** Of an app in closed mode; the reader of specs refuses it in open mode. */
  static RawWalls read(AppSpec app, DeviceFacts facts, Complaints complaints) {
    if (app.raw().isEmpty() || app.mode() == Mode.OPEN) {
      return NONE;
    }
    var words = new TreeMap<String, List<String>>();
    var calls = new TreeSet<String>();
    for (OpenedWall wall : app.raw()) {
      Optional<Opening> opening = OpenableDirectives.find(wall.directive());
      if (opening.isEmpty()) {
        unknown(wall, complaints);
      } else if (wall.directive().equals("PrivateNetwork") && app.network() == Network.OWN) {
        complaints.error(
            Problem.CONFLICT,
            wall.at(),
            "raw: PrivateNetwork=no would put the app into the network of the device, and network:"
                + " Own gives it one of its own",
            "remove one of them");
      } else {
        List<String> read = read(wall, opening.get(), facts, complaints);
        if (!read.isEmpty()) {
          words.put(wall.directive(), read);
        }
      }
    }
    words.getOrDefault(FILTER, List.of()).forEach(name -> calls.addAll(expanded(name, facts)));
    return new RawWalls(words, calls);
  }

  /** The most that the entries can come to: one that is not usable counts as all that it can be. */
  static RawWalls widest(AppSpec app, DeviceFacts facts) {
    RawWalls read = read(app, facts, new Complaints());
    if (app.mode() == Mode.OPEN) {
      return read;
    }
    var words = new TreeMap<>(read.words());
    var calls = new TreeSet<>(read.calls());
    for (OpenedWall wall : app.raw()) {
      Opening opening = OpenableDirectives.find(wall.directive()).orElse(null);
      if (opening == null || words.containsKey(wall.directive())) {
        continue;
      }
      words.put(
          wall.directive(),
          switch (opening) {
            case Opening.Off() -> OFF;
            case Opening.Words(var all) -> all;
            case Opening.Names(var all) -> all;
            case Opening.Calls() -> wall.values();
          });
      if (opening instanceof Opening.Calls) {
        wall.values().stream()
            .flatMap(value -> Arrays.stream(value.strip().split(" +")))
            .forEach(name -> calls.addAll(expanded(name, facts)));
      }
    }
    return new RawWalls(words, calls);
  }

  private static void unknown(OpenedWall wall, Complaints complaints) {
    boolean known = DirectiveTable.find(wall.directive()).isPresent();
    String instead =
        DirectiveTable.find(wall.directive())
            .map(
                it ->
                    switch (it.override()) {
                      case Refused(var help) -> help;
                      case OpenOnly(_, var help) -> help;
                      case Setting _, Switch _, Ladder _, Filter _ -> HELP;
                    })
            .orElse(
                Nearest.help(
                    wall.directive(), OpenableDirectives.names(), OpenableDirectives.PAGE));
    complaints.error(
        Problem.UNKNOWN_DIRECTIVE,
        wall.at(),
        known
            ? "raw: %s is no wall that raw can open".formatted(wall.directive())
            : "raw: unknown directive " + SafeText.shown(wall.directive()),
        instead);
  }

  /** The words of an entry, apart by blanks as in a unit file; none if one is not usable. */
  private static List<String> read(
      OpenedWall wall, Opening opening, DeviceFacts facts, Complaints complaints) {
    List<String> words =
        wall.values().stream()
            .flatMap(value -> Arrays.stream(value.strip().split(" +")))
            .distinct()
            .toList();
    return switch (opening) {
      case Opening.Off() -> {
        boolean off =
            words.size() == 1
                && DirectiveOverridesReader.bool(words.getFirst()).filter(on -> !on).isPresent();
        yield off ? OFF : invalid(wall, "no", complaints);
      }
      case Opening.Words(var known) -> {
        List<String> one =
            words.size() == 1
                    && DirectiveOverridesReader.bool(words.getFirst()).filter(on -> !on).isPresent()
                ? OFF
                : words;
        yield one.size() == 1 && known.contains(one.getFirst())
            ? one
            : invalid(wall, String.join(" or ", known), complaints);
      }
      case Opening.Names(var known) -> {
        for (String word : words) {
          if (!known.contains(word)) {
            yield unusable(wall, word, Nearest.help(word, known, MANUAL), complaints);
          }
        }
        yield words;
      }
      case Opening.Calls() -> calls(wall, words, facts, complaints);
    };
  }

  private static List<String> calls(
      OpenedWall wall, List<String> words, DeviceFacts facts, Complaints complaints) {
    for (String word : words) {
      if (!SyscallName.isValid(word)) {
        return unusable(wall, word, "write for example modify_ldt or \"@mount\"", complaints);
      }
      boolean group = word.startsWith("@");
      SortedSet<String> known =
          group ? new TreeSet<>(facts.syscallGroups().keySet()) : facts.knownSyscalls();
      if (!known.isEmpty() && !known.contains(word)) {
        return unusable(wall, word, Nearest.help(word, known, CALLS), complaints);
      }
      for (String call : expanded(word, facts)) {
        Optional<String> never = CallRules.beyondRaw(call);
        if (never.isPresent()) {
          return unusable(
              wall, group ? word + ", which has " + call : word, never.get(), complaints);
        }
      }
      if (CallRules.loosening(word, facts.syscallGroups()).isEmpty()) {
        return unusable(
            wall,
            word,
            "raw is for what nothing else opens: write systemCalls: {allow: [%s]}"
                .formatted(group ? '"' + word + '"' : word),
            complaints);
      }
    }
    return words;
  }

  private static List<String> invalid(OpenedWall wall, String usable, Complaints complaints) {
    return unusable(wall, String.join(" ", wall.values()), "write " + usable, complaints);
  }

  private static List<String> unusable(
      OpenedWall wall, String value, String help, Complaints complaints) {
    complaints.error(
        Problem.INVALID_VALUE,
        wall.at(),
        "raw: %s=%s is not usable".formatted(wall.directive(), SafeText.shown(value)),
        help);
    return List.of();
  }

  private static SortedSet<String> expanded(String name, DeviceFacts facts) {
    SortedSet<String> group = facts.syscallGroups().get(name);
    return group == null ? new TreeSet<>(name.startsWith("@") ? List.of() : List.of(name)) : group;
  }

  boolean isNone() {
    return words.isEmpty();
  }

  /** What the app can do in the end, where this was its sandbox. */
  Sandbox openedIn(Sandbox sandbox) {
    if (isNone()) {
      return sandbox;
    }
    return sandbox
        .with(opened(sandbox.network()))
        .with(opened(sandbox.kernel()))
        .with(opened(sandbox.proc()));
  }

  private Sandbox.Network opened(Sandbox.Network network) {
    return new Sandbox.Network(
        network.host() || words.containsKey("PrivateNetwork"),
        network.joined(),
        network.families().join(Extent.only(named("RestrictAddressFamilies"))),
        network.addresses(),
        network.binds());
  }

  private Sandbox.Kernel opened(Sandbox.Kernel kernel) {
    var rights = new ArrayList<>(named("CapabilityBoundingSet"));
    rights.addAll(named("AmbientCapabilities"));
    return new Sandbox.Kernel(
        kernel.calls().join(Extent.only(calls)),
        kernel.capabilities().join(Extent.only(rights)),
        kernel.namespaces().join(Extent.only(named("RestrictNamespaces"))),
        kernel.foreignCalls(),
        kernel.writableCode() || words.containsKey("MemoryDenyWriteExecute"),
        kernel.realtime() || words.containsKey("RestrictRealtime"),
        kernel.lockedMemory());
  }

  private Sandbox.Proc opened(Sandbox.Proc proc) {
    return new Sandbox.Proc(
        proc.system() || words.containsKey("ProcSubset"),
        proc.others() || words.containsKey("ProtectProc"));
  }

  private List<String> named(String directive) {
    return words.getOrDefault(directive, List.of());
  }
}
