package dev.sandbar.core.learn;

import dev.sandbar.core.convert.UnitFile;
import dev.sandbar.core.convert.UnitFile.Line;
import dev.sandbar.core.learn.Learned.Note;
import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.PathText;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A unit file as its service was seen to run, and as an app can: with the program that stayed
 * instead of the one that started it, and with the places of an app in its commands and variables.
 */
final class UnitAsRun {

  private static final String SERVICE = "Service";
  private static final String START = "ExecStart";
  private static final String TYPE = "Type";

  /** Where scripts of System V are, of which systemd-sysv-generator(8) makes units. */
  private static final String SCRIPTS = "/etc/init.d";

  /** What that generator writes for a script, and a program does not need. */
  private static final Set<String> OF_SCRIPTS =
      Set.of(
          "GuessMainPID",
          "IgnoreSIGPIPE",
          "KillMode",
          "RemainAfterExit",
          "Restart",
          "SourcePath",
          "SuccessExitStatus",
          "TimeoutSec");

  private static final Set<String> COMMANDS =
      Set.of(
          START,
          "ExecStartPre",
          "ExecStartPost",
          "ExecReload",
          "ExecStop",
          "ExecStopPost",
          "ExecCondition");

  private static final Set<String> NAMING_PLACES = Set.of("Environment", "WorkingDirectory");

  private static final Set<String> SWITCHES =
      Set.of("setuid", "setreuid", "setresuid", "setgid", "setregid", "setresgid", "setgroups");

  /** What begins a path in a word, and what ends one. */
  private static final String BEGIN = "(^|(?<=^|[ \"'])-[A-Za-z]|[=:,;\"'<>(|& ])";

  private static final String END = "(?=$|[/:,;\"'<>)|& ])";

  private static final String PID_FILE = ".pid";

  private final AppName app;
  private final Stayed stayed;
  private final SortedSet<String> refused;
  private final boolean switches;

  /** Those of an app, by those of the service. */
  private final Map<String, String> places = new TreeMap<>();

  private final TreeSet<String> placed = new TreeSet<>();
  private final List<Note> notes = new ArrayList<>();

  private UnitAsRun(AppName app, Stayed stayed, SortedSet<String> refused, Collection<Use> uses) {
    this.app = app;
    this.stayed = stayed;
    this.refused = refused;
    this.switches =
        uses.stream()
            .anyMatch(use -> use instanceof Use.Called(var call) && SWITCHES.contains(call));
    uses.forEach(
        use -> {
          if (use instanceof Use.Wrote(var path)) {
            place(path);
          }
        });
  }

  /**
   * What comes of it.
   *
   * @param places that its commands name now, by those that they named
   * @param notes what was changed
   */
  record Made(UnitFile unit, Map<String, String> places, List<Note> notes) {

    /** What the app will be seen to do instead. */
    Use moved(Use use) {
      return use instanceof Use.Wrote(var path)
          ? places.keySet().stream()
              .filter(from -> PathText.within(path, from))
              .findFirst()
              .<Use>map(from -> new Use.Wrote(places.get(from) + path.substring(from.length())))
              .orElse(use)
          : use;
    }
  }

  /**
   * The unit as it ran.
   *
   * @param refused directives that the device does not enforce, and so refuses
   */
  static Made of(
      UnitFile unit, AppName app, Stayed stayed, SortedSet<String> refused, Collection<Use> uses) {
    return new UnitAsRun(app, stayed, refused, uses).made(unit);
  }

  private void place(String path) {
    for (AppDirectory kept : AppDirectory.values()) {
      if (PathText.within(path, kept.parent())) {
        if (!AppDirectory.isIn(path) && !PathText.within(path, kept.privateParent())) {
          place(path, kept);
        }
        return;
      }
    }
    if (path.endsWith(PID_FILE) && PathText.within(path, "/run")) {
      String there = "/tmp" + path.substring(path.lastIndexOf('/'));
      places.put(path, there);
      places.put("/var" + path, there);
    }
  }

  private void place(String path, AppDirectory kept) {
    String rest = path.substring(kept.parent().length() + 1);
    int folder = rest.indexOf('/');
    if (folder < 0) {
      places.put(path, kept.of(app) + "/" + rest);
    } else {
      places.put(kept.parent() + "/" + rest.substring(0, folder), kept.of(app));
    }
  }

  private Made made(UnitFile unit) {
    boolean script =
        unit.lines().stream().anyMatch(line -> line.name().equals(START) && isScript(line.value()));
    var lines = new ArrayList<Line>();
    for (Line line : unit.lines()) {
      if (refused.contains(line.name())) {
        notes.add(
            new Note(
                line.name() + "=" + line.value(),
                "this device does not enforce it, and refuses an app that has it; left out"));
      } else if (!(script && isOfScript(line))
          && !(line.name().equals(TYPE) && stayed.sentAway())) {
        lines.addAll(line(line, script));
      }
    }
    if (!placed.isEmpty()) {
      notes.add(
          new Note(
              "keeps what it has in " + String.join(", ", placed),
              "the spec names the app's own places instead; copy what is there, if it needs it"));
    }
    places.keySet().retainAll(placed);
    return new Made(new UnitFile(lines), places, notes);
  }

  private static boolean isScript(String command) {
    return PathText.within(command.replaceFirst("^[@:+!|-]*", "").split(" ", 2)[0], SCRIPTS);
  }

  private static boolean isOfScript(Line line) {
    return COMMANDS.contains(line.name())
        ? !line.name().equals(START) && isScript(line.value())
        : OF_SCRIPTS.contains(line.name());
  }

  private List<Line> line(Line line, boolean script) {
    if (!line.section().equals(SERVICE)) {
      return List.of(line);
    }
    if (line.name().equals(START)) {
      return List.of(start(line, script));
    }
    // Where the process is systemd finds out itself, and the file is in nobody's place.
    if (line.name().equals("PIDFile")) {
      return List.of();
    }
    return COMMANDS.contains(line.name()) || NAMING_PLACES.contains(line.name())
        ? List.of(with(line, moved(line.value())))
        : List.of(line);
  }

  private Line start(Line line, boolean script) {
    boolean variables = line.value().contains("$") && !line.value().matches("[@+!|-]*:.*");
    if (stayed.words().isEmpty() || !(script || stayed.another() || variables)) {
      return with(line, moved(line.value()));
    }
    if (script || stayed.another()) {
      notes.add(
          new Note(
              START + "=" + line.value(),
              "the program that stayed is "
                  + stayed.words().getFirst()
                  + ": the spec starts that itself, without what is done before it"));
    }
    return with(line, quoted(asNobodyElse(stayed.words().stream().map(this::moved).toList())));
  }

  /** Without the option that names the user whose rights it goes on with: an app has no others. */
  private List<String> asNobodyElse(List<String> words) {
    if (stayed.user().isEmpty() || !switches) {
      return words;
    }
    var kept = new ArrayList<String>();
    for (String word : words) {
      boolean option = !kept.isEmpty() && kept.getLast().matches("-u|--?user");
      if (option && word.equals(stayed.user())) {
        left(kept.removeLast() + " " + word);
      } else if (word.matches("(-u|--?user=)" + Pattern.quote(stayed.user()))) {
        left(word);
      } else {
        kept.add(word);
      }
    }
    return kept;
  }

  private void left(String option) {
    notes.add(
        new Note(
            "becomes the user %s by %s".formatted(stayed.user(), option),
            "an app has a user of its own from the start; left out"));
  }

  private String moved(String text) {
    String moved = text;
    for (Map.Entry<String, String> place : longestFirst()) {
      Matcher found = Pattern.compile(BEGIN + Pattern.quote(place.getKey()) + END).matcher(moved);
      if (found.find()) {
        placed.add(place.getKey());
        moved = found.replaceAll("$1" + Matcher.quoteReplacement(place.getValue()));
      }
    }
    return moved;
  }

  private List<Map.Entry<String, String>> longestFirst() {
    return places.entrySet().stream()
        .sorted(
            Map.Entry.<String, String>comparingByKey(Comparator.comparingInt(String::length))
                .reversed())
        .toList();
  }

  private static Line with(Line line, String value) {
    return new Line(line.section(), line.name(), value, line.number());
  }

  /** As systemd reads it back, without variables. */
  private static String quoted(List<String> words) {
    var text = new StringBuilder(":");
    for (String word : words) {
      text.append(text.length() == 1 ? "" : " ")
          .append('"')
          .append(word.replace("\\", "\\\\").replace("\"", "\\\"").replace("%", "%%"))
          .append('"');
    }
    return text.toString();
  }
}
