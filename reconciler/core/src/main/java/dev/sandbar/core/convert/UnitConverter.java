package dev.sandbar.core.convert;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.convert.Converted.Left;
import dev.sandbar.core.convert.UnitFile.Line;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.property.Unquoting;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Makes a spec of a unit file. What a spec may say is decided by the reader of specs and by the
 * compiler: a line that they refuse is left out, with what they say of it.
 */
public final class UnitConverter {

  private final UnitFile unit;
  private final AppName name;
  private final String file;
  private final Mode mode;
  private final Map<String, String> files;
  private final Consumer<SpecDraft> beside;
  private final Map<String, String> variables;
  private final List<Left> left = new ArrayList<>();
  private final Set<Integer> refused = new HashSet<>();

  private UnitConverter(
      UnitFile unit,
      AppName name,
      String file,
      Mode mode,
      Map<String, String> files,
      Consumer<SpecDraft> beside) {
    this.unit = unit;
    this.name = name;
    this.file = file;
    this.mode = mode;
    this.files = Map.copyOf(files);
    this.beside = beside;
    this.variables = new HashMap<>(files);
  }

  /**
   * The spec of a unit.
   *
   * @param file its name, for locations
   * @param mode open: nothing is closed that the unit leaves open; closed: everything is that a
   *     spec can close, but the network where the unit has one
   * @param files variables of the files that the unit takes its environment from
   */
  public static Converted convert(
      UnitFile unit, AppName name, String file, Mode mode, Map<String, String> files) {
    return new UnitConverter(unit, name, file, mode, files, draft -> network(unit, mode, draft))
        .convert();
  }

  /**
   * The spec of a unit in closed mode, where it is known what it takes.
   *
   * @param file its name, for locations
   * @param files variables of the files that the unit takes its environment from
   * @param additions all that is open; the unit's lines add what systemd itself does for it
   */
  public static Converted closed(
      UnitFile unit, AppName name, String file, Map<String, String> files, Additions additions) {
    return new UnitConverter(unit, name, file, Mode.CLOSED, files, additions::write).convert();
  }

  /**
   * The spec of a unit whose author says what it may.
   *
   * @param file its name, for locations
   * @param additions what is granted and withheld beside the unit's lines
   */
  static Converted with(UnitFile unit, AppName name, String file, Mode mode, Additions additions) {
    return new UnitConverter(unit, name, file, mode, Map.of(), additions::write).convert();
  }

  /** The files that the unit takes its environment from, as it names them, with their lines. */
  public static List<Line> environmentFiles(UnitFile unit) {
    return unit.lines().stream().filter(it -> it.name().equals("EnvironmentFile")).toList();
  }

  private Converted convert() {
    unit.lines().stream().filter(it -> it.name().equals("Environment")).forEach(this::remember);
    // Each turn refuses a line or is the last one.
    for (int turn = 0; turn <= unit.lines().size(); turn++) {
      var draft = new SpecDraft(file);
      var lines = new LineConverter(draft, mode, variables);
      beside.accept(draft);
      unit.lines().stream().filter(it -> !refused.contains(it.number())).forEach(lines::convert);
      // What files say counts more than the unit (systemd.exec(5), EnvironmentFile=).
      new TreeMap<>(files).forEach((key, value) -> draft.environment(0, key, value));
      Node manifest = draft.manifest(name, mode);
      List<Diagnostic> errors = SpecTrial.errors(manifest);
      if (errors.isEmpty()) {
        return result(manifest, lines.left(), true);
      }
      if (errors.stream().filter(this::refuse).count() == 0) {
        errors.forEach(it -> left.add(new Left(it.at().line(), it.message(), it.help())));
        return result(manifest, lines.left(), false);
      }
    }
    throw new IllegalStateException("more lines were refused than there are");
  }

  private void remember(Line line) {
    try {
      for (String setting : Unquoting.split(line.value())) {
        int equals = setting.indexOf('=');
        if (equals > 0) {
          variables.putIfAbsent(setting.substring(0, equals), setting.substring(equals + 1));
        }
      }
    } catch (IllegalArgumentException e) {
      // The line itself is reported when it is converted.
      refused.remove(line.number());
    }
  }

  /** What a unit reaches that says nothing of the network, and has a closed app reach it too. */
  private static void network(UnitFile unit, Mode mode, SpecDraft draft) {
    boolean closed =
        mode == Mode.OPEN
            || unit.lines().stream()
                .anyMatch(
                    it ->
                        (it.name().equals("PrivateNetwork") && it.value().matches("yes|true|on|1"))
                            || (it.name().equals("RestrictAddressFamilies")
                                && !it.value().startsWith("~")
                                && !it.value().contains("AF_INET")));
    if (!closed) {
      draft.permission(0, "internet", true);
      draft.permission(0, "localNetwork", true);
    }
  }

  /** Leaves the line out that is wrong; false if it is none, or is left out already. */
  private boolean refuse(Diagnostic error) {
    int number = error.at().line();
    Line line = unit.lines().stream().filter(it -> it.number() == number).findFirst().orElse(null);
    if (line == null || line.name().equals("ExecStart") || !refused.add(number)) {
      return false;
    }
    left.add(new Left(number, line.name() + "=" + line.value(), error.help()));
    return true;
  }

  private Converted result(Node manifest, List<Left> lines, boolean usable) {
    var all = new ArrayList<>(lines);
    all.addAll(left);
    all.sort(Comparator.comparingInt(Left::line));
    return new Converted(usable ? withoutSpare(manifest) : manifest, all, usable);
  }

  /** Without the directives that change nothing: the mode has them already. */
  private static Node withoutSpare(Node manifest) {
    Node smaller = manifest;
    for (String directive : directives(manifest)) {
      Node candidate = SpecNodes.without(smaller, directive);
      if (same(candidate, smaller)) {
        smaller = candidate;
      }
    }
    return smaller;
  }

  private static List<String> directives(Node manifest) {
    return List.copyOf(SpecNodes.directives(manifest).fields().keySet());
  }

  private static boolean same(Node one, Node other) {
    return state(one).equals(state(other));
  }

  /** What the unit leads to, without the stamp of its text; empty if there is no unit. */
  private static Map<String, Value> state(Node manifest) {
    if (SpecReader.read(manifest) instanceof SpecReader.Read(var app, _)
        && Compiler.compile(app, ReferenceDevice.facts(app))
            instanceof Compilation.Compiled(CompiledApp compiled, _)) {
      var state = new TreeMap<>(compiled.effective());
      state.remove("Environment");
      return state;
    }
    return Map.of();
  }
}
