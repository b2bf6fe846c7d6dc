package dev.sandbar.core.learn;

import dev.sandbar.core.convert.UnitFile;
import dev.sandbar.core.convert.UnitFile.Line;
import dev.sandbar.core.learn.Learned.Note;
import dev.sandbar.core.learn.ServiceObservation.Service;
import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.PathText;
import dev.sandbar.core.model.RuntimeDirectories;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
  private static final Predicate<String> OF_SCRIPTS =
      Pattern.compile(
              "GuessMainPID|IgnoreSIGPIPE|KillMode|RemainAfterExit|Restart|SourcePath"
                  + "|SuccessExitStatus|TimeoutSec")
          .asMatchPredicate();

  private static final Predicate<String> COMMANDS =
      Pattern.compile("Exec(Condition|Reload|Start|StartPre|StartPost|Stop|StopPost)")
          .asMatchPredicate();

  private static final Set<String> NAMING_PLACES = Set.of("Environment", "WorkingDirectory");

  private static final Set<String> SWITCHES =
      Set.of("setuid", "setreuid", "setresuid", "setgid", "setregid", "setresgid", "setgroups");

  /** What the C library reads for every program: no settings of a service. */
  private static final Set<String> OF_THE_SYSTEM =
      Set.of(
          "/etc/fstab",
          "/etc/group",
          "/etc/gshadow",
          "/etc/mtab",
          "/etc/nsswitch.conf",
          "/etc/passwd",
          "/etc/shadow");

  /** What begins a path in a word, and what ends one. */
  private static final String BEGIN = "(?m)(^|(?<=^|[ \"'])-[A-Za-z]|[=:,;\"'<>(|& \t])";

  private static final String END = "(?=$|[/:,;\"'<>)|& \t])";

  private static final String MAKES_FOLDERS = "ExecStartPre";
  private static final int MOST_FOLDERS = 16;

  /** The number of its process, also as it is written before it is renamed. */
  private static final Pattern PID_FILE =
      Pattern.compile("(?:/var)?/run/((?:[^/]+/)*+([^/]+\\.pid))([.~-].*)?");

  private static final String TEMPORARY = "/tmp";

  private static final String RUNTIME = "RuntimeDirectory";

  /** A command that makes or keeps a folder that systemd makes for an app, or that it has not. */
  private static final Predicate<String> OF_RUNTIME =
      Pattern.compile(
              "[@:+!|-]*(\\S*/)?(mkdir|install|chown|chmod|rm)( .*)? (/var)?/run/.*",
              Pattern.DOTALL)
          .asMatchPredicate();

  private final AppName app;
  private final Stayed stayed;
  private final SortedSet<String> refused;
  private final boolean switches;

  /** Those of an app, by those of the service. */
  private final Map<String, String> places = new TreeMap<>();

  private final TreeSet<String> placed = new TreeSet<>();

  /** Directories below {@code /run} in which it wrote, and which the app has too. */
  private final TreeSet<String> runtime = new TreeSet<>();

  /** Folders in them in which it wrote. */
  private final TreeSet<String> runtimeFolders = new TreeSet<>();

  /** Folders of the service in which it wrote. */
  private final TreeSet<String> folders = new TreeSet<>();

  private final SortedMap<String, String> settings;
  private final List<String> unreadable;
  private final List<Note> notes = new ArrayList<>();

  private UnitAsRun(
      AppName app, Service.Unit service, SortedMap<String, String> settings, Collection<Use> uses) {
    this.app = app;
    this.stayed = service.stayed();
    this.refused = new TreeSet<>(service.unenforced());
    this.settings = settings;
    this.unreadable = service.unreadable();
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
   * @param runtime names of directories below {@code /run} that the app has
   * @param files of its settings with those places, by path
   * @param notes what was changed
   */
  record Made(
      UnitFile unit,
      Map<String, String> places,
      SortedSet<String> runtime,
      SortedMap<String, String> files,
      List<Note> notes) {

    /** What the app will be seen to do instead. */
    Use moved(Use use) {
      if (!(use instanceof Use.Wrote(var path))) {
        return use;
      }
      if (runtime.stream().anyMatch(name -> plain(path).equals(RuntimeDirectories.path(name)))) {
        return new Use.Wrote(path + "/"); // As what is in it.
      }
      for (Map.Entry<String, String> place : places.entrySet()) {
        String from = plain(place.getKey());
        String rest = plain(path).startsWith(from) ? plain(path).substring(from.length()) : "?";
        boolean file = from.endsWith(".pid") && !rest.startsWith("?");
        if (file || rest.isEmpty() || rest.startsWith("/")) {
          return new Use.Wrote(place.getValue() + rest);
        }
      }
      return use;
    }

    /** Both names lead to one folder. */
    private static String plain(String path) {
      return path.startsWith("/var/run/") ? path.substring("/var".length()) : path;
    }
  }

  /**
   * The unit as it ran.
   *
   * @param settings texts of files below /etc that it read, by path
   */
  static Made of(
      Service.Unit service, AppName app, SortedMap<String, String> settings, Collection<Use> uses) {
    return new UnitAsRun(app, service, settings, uses).made(service.file());
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
    Optional<String> own = RuntimeDirectories.nameFor(path);
    if (own.filter(this::isMade).isPresent()) {
      String folder = Made.plain(path.substring(0, path.lastIndexOf('/')));
      if (!folder.equals(RuntimeDirectories.path(own.get()))) {
        runtimeFolders.add(folder);
      }
      return;
    }
    own.ifPresent(
        _ ->
            notes.add(
                new Note(
                    "writes to " + path,
                    "an app has at most %d run.runtimeDirectories: name a place in one of them"
                        .formatted(RuntimeDirectories.MOST),
                    true)));
    Matcher file = PID_FILE.matcher(path);
    if (file.matches()) {
      runtime(file.group(1), TEMPORARY + "/" + file.group(2));
    }
  }

  /** Whether the app has the directory below {@code /run}. */
  private boolean isMade(String name) {
    return runtime.contains(name)
        || (runtime.size() < RuntimeDirectories.MOST && runtime.add(name));
  }

  private void runtime(String from, String there) {
    places.put("/run/" + from, there);
    places.put("/var/run/" + from, there);
  }

  private void place(String path, AppDirectory kept) {
    String rest = path.substring(kept.parent().length() + 1);
    int folder = rest.indexOf('/');
    if (folder < 0) {
      places.put(path, kept.of(app) + "/" + rest);
    } else {
      places.put(kept.parent() + "/" + rest.substring(0, folder), kept.of(app));
      folders.add(path.substring(0, path.lastIndexOf('/')));
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
          && !isOfRuntime(line)
          && !(line.name().equals(TYPE) && stayed.sentAway())) {
        lines.addAll(line(line, script));
      }
    }
    var files = new TreeMap<String, String>();
    settings.forEach(
        (path, text) -> {
          String moved = OF_THE_SYSTEM.contains(path) ? text : moved(text);
          if (!moved.equals(text)) {
            files.put(path, moved);
          }
        });
    makeFolders(lines);
    runtime.forEach(name -> lines.add(new Line(SERVICE, RUNTIME, name, 0)));
    unreadable.stream()
        .filter(path -> !OF_THE_SYSTEM.contains(path))
        .forEach(
            path ->
                notes.add(
                    new Note(
                        "reads %s, which not everybody may read".formatted(path),
                        "nor may the user of the app: put it into secrets, or into files if it"
                            + " holds none",
                        true)));
    if (!placed.isEmpty()) {
      notes.add(
          new Note(
              "keeps what it has in " + String.join(", ", placed),
              "the spec names the app's own places instead; copy what is there, if it needs it"));
    }
    if (!runtime.isEmpty()) {
      notes.add(
          new Note(
              "keeps what it has in " + named(),
              "run.runtimeDirectories are the app's own: other programs of the device do not find"
                  + " what is in them"));
    }
    places.keySet().retainAll(placed);
    return new Made(unit.with(lines), places, runtime, files, notes);
  }

  private String named() {
    return runtime.stream().map(RuntimeDirectories::path).collect(Collectors.joining(", "));
  }

  /** Those that its package or its administrator has made in the place of the service. */
  private void makeFolders(List<Line> lines) {
    List<String> own =
        Stream.concat(
                folders.stream()
                    .filter(path -> placed.stream().anyMatch(place -> PathText.within(path, place)))
                    .map(this::moved)
                    .filter(UnitAsRun::isBelow),
                runtimeFolders.stream())
            .limit(MOST_FOLDERS)
            .toList();
    if (!own.isEmpty()) {
      var words = new ArrayList<>(List.of("/usr/bin/mkdir", "-p"));
      words.addAll(own);
      lines.add(new Line(SERVICE, MAKES_FOLDERS, quoted(words), 0));
    }
  }

  /** Whether it is in a folder of an app, which systemd makes. */
  private static boolean isBelow(String path) {
    return AppDirectory.isIn(path)
        && Arrays.stream(AppDirectory.values())
            .anyMatch(
                kept ->
                    PathText.within(path, kept.parent())
                        && path.indexOf('/', kept.parent().length() + 1) > 0);
  }

  private static boolean isScript(String command) {
    return PathText.within(command.replaceFirst("^[@:+!|-]*", "").split(" ", 2)[0], SCRIPTS);
  }

  private static boolean isOfScript(Line line) {
    return COMMANDS.test(line.name())
        ? !line.name().equals(START) && isScript(line.value())
        : OF_SCRIPTS.test(line.name());
  }

  private boolean isOfRuntime(Line line) {
    boolean spare =
        COMMANDS.test(line.name()) && !line.name().equals(START) && OF_RUNTIME.test(line.value());
    if (spare) {
      for (String word : line.value().split("\\s+")) {
        boolean _ = RuntimeDirectories.nameFor(word + "/").filter(this::isMade).isPresent();
      }
      notes.add(
          new Note(
              line.name() + "=" + line.value(),
              "systemd makes the folders of an app in /run (run.runtimeDirectories); left out"));
    }
    return spare;
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
    return COMMANDS.test(line.name()) || NAMING_PLACES.contains(line.name())
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
