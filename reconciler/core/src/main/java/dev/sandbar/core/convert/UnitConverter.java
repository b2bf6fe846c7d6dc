package dev.sandbar.core.convert;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.convert.Converted.Left;
import dev.sandbar.core.convert.UnitFile.Line;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.DirectiveOverride;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Unquoting;
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
  private final boolean inWords;
  private final Map<String, String> variables;
  private final Programs programs;
  private final List<Left> left = new ArrayList<>();
  private final Set<Integer> refused = new HashSet<>();

  private UnitConverter(
      UnitFile unit,
      AppName name,
      String file,
      Mode mode,
      Map<String, String> files,
      Consumer<SpecDraft> beside,
      boolean inWords,
      Programs programs) {
    this.programs = programs;
    this.unit = Specifiers.filledIn(unit, file);
    this.name = name;
    this.file = file;
    this.mode = mode;
    this.files = Map.copyOf(files);
    this.beside = beside;
    this.inWords = inWords;
    this.variables = new HashMap<>(files);
  }

  /**
   * The spec of a unit.
   *
   * @param file its name, for locations
   * @param mode open: nothing is closed that the unit leaves open; closed: everything is that a
   *     spec can close, but the network where the unit has one
   * @param files variables of the files that the unit takes its environment from
   * @param programs where programs are that it names without a path
   */
  public static Converted convert(
      UnitFile unit,
      AppName name,
      String file,
      Mode mode,
      Map<String, String> files,
      Programs programs) {
    return scheduled(unit, name, file, mode, files, programs, "");
  }

  /**
   * The same of a unit that a timer starts.
   *
   * @param times at which it runs, as {@code run.schedule} has them; empty for always
   */
  public static Converted scheduled(
      UnitFile unit,
      AppName name,
      String file,
      Mode mode,
      Map<String, String> files,
      Programs programs,
      String times) {
    return new UnitConverter(
            unit,
            name,
            file,
            mode,
            files,
            draft -> {
              network(unit, mode, draft);
              if (!times.isEmpty()) {
                draft.schedule(times);
              }
            },
            true,
            programs)
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
    return new UnitConverter(
            unit, name, file, Mode.CLOSED, files, additions::write, false, Programs.NONE)
        .convert();
  }

  /**
   * The spec of a unit whose author says what it may.
   *
   * @param file its name, for locations
   * @param additions what is granted and withheld beside the unit's lines
   */
  static Converted with(UnitFile unit, AppName name, String file, Mode mode, Additions additions) {
    return new UnitConverter(
            unit, name, file, mode, Map.of(), additions::write, false, Programs.NONE)
        .convert();
  }

  /** The files that the unit takes its environment from, as it names them, with their lines. */
  public static List<Line> environmentFiles(UnitFile unit) {
    return unit.lines().stream().filter(it -> it.name().equals("EnvironmentFile")).toList();
  }

  private Converted convert() {
    unit.passed()
        .forEach(it -> left.add(new Left(it.line().number(), it.line().shown(), it.why())));
    unit.lines().stream().filter(it -> it.name().equals("Environment")).forEach(this::remember);
    // Each turn refuses a line or is the last one.
    for (int turn = 0; turn <= unit.lines().size(); turn++) {
      var draft = new SpecDraft(file);
      var lines =
          new LineConverter(draft, mode, variables, mixed(), new UnitRights(unit), programs);
      beside.accept(draft);
      unit.lines().stream().filter(it -> !refused.contains(it.number())).forEach(lines::convert);
      lines.end();
      // What files say counts more than the unit (systemd.exec(5), EnvironmentFile=).
      new TreeMap<>(files).forEach((key, value) -> draft.environment(0, key, value));
      Node manifest = draft.manifest(name, mode);
      List<Diagnostic> errors = SpecTrial.errors(manifest);
      if (errors.isEmpty()) {
        return result(manifest, lines.left(), unit.refused().isEmpty());
      }
      if (errors.stream().filter(this::refuse).count() == 0) {
        // That there is no command is no news where its line is named.
        boolean isNamed = lines.left().stream().anyMatch(it -> it.what().startsWith("ExecStart="));
        errors.stream()
            .filter(it -> !isNamed || it.at().line() > 0)
            .forEach(it -> left.add(new Left(it.at().line(), it.message(), it.help())));
        return result(manifest, lines.left(), false);
      }
    }
    throw new IllegalStateException("more lines were refused than there are");
  }

  /**
   * Lists of which a line takes back what one before it denies (systemd.exec(5),
   * SystemCallFilter=), which no override of a spec can say.
   */
  private Set<String> mixed() {
    var denying = new HashSet<String>();
    var mixed = new HashSet<String>();
    for (Line line : unit.lines()) {
      boolean list =
          DirectiveTable.find(line.name())
              .filter(it -> it.override() instanceof DirectiveOverride.Filter)
              .isPresent();
      if (list && line.value().startsWith("~")) {
        denying.add(line.name());
      } else if (denying.contains(line.name())) {
        mixed.add(line.name());
      }
    }
    return mixed;
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
            || PermissionWords.isOurs(unit)
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
    left.add(UnitRights.left(line, error.help(), mode));
    return true;
  }

  private Converted result(Node manifest, List<Left> lines, boolean usable) {
    var all = new ArrayList<>(lines);
    all.addAll(left);
    if (!usable) {
      all.sort(Comparator.comparingInt(Left::line));
      return new Converted(manifest, all, false);
    }
    Node fewest =
        inWords
            ? PermissionWords.in(manifest, unit, UnitName.own(name), mode)
            : PermissionWords.withoutSpareDirectives(manifest);
    PermissionWords.compiled(fewest)
        .ifPresent(
            app -> {
              all.removeIf(it -> has(app, it.line()));
              var differences = new UnitDifferences(unit, UnitName.own(name), mode, app, all);
              all.addAll(mode == Mode.OPEN ? differences.ofLines() : List.of());
              // What is said beside an error would be one; who watched a service knows better.
              all.addAll(inWords ? differences.beside() : List.of());
            });
    all.sort(Comparator.comparingInt(Left::line));
    return new Converted(fewest, all, true);
  }

  /** Whether a permission, the mode, or Sandbar itself brings the line. */
  private boolean has(CompiledApp app, int number) {
    return unit.lines().stream()
        .filter(line -> line.number() == number)
        .anyMatch(
            line ->
                app.directives().stream()
                    .anyMatch(
                        it -> it.name().equals(line.name()) && it.value().equals(line.value())));
  }
}
