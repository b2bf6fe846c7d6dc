package dev.sandbar.core.convert;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.convert.Converted.Left;
import dev.sandbar.core.convert.UnitFile.Line;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.DirectoryQuota;
import dev.sandbar.core.model.Lifecycle;
import dev.sandbar.core.model.Lifecycle.Moment;
import dev.sandbar.core.model.RuntimeDirectories;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveOverride.OpenOnly;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.EmptyAssignment;
import dev.sandbar.core.property.Unquoting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Puts the lines of a unit file into a spec, or says why one cannot be carried. */
final class LineConverter {

  /** What systemd puts in (systemd.unit(5), Specifiers); a share such as 50% is none. */
  private static final Pattern SPECIFIER = Pattern.compile("%[A-Za-z]");

  private static final String FILTER = "SystemCallFilter";
  private static final Set<String> KNOWN_CALLS = knownCalls();
  private static final String CALL_ERROR = "SystemCallErrorNumber";

  private static final String DYNAMIC_USER = "DynamicUser";

  private static final String FOREGROUND =
      "start the program so that it stays in the foreground; its manual names the option, such as"
          + " -f, -F, -n, -D, --foreground or --nodaemon";

  /** What stands for types of a unit in closed mode. */
  private static final Map<String, String> IN_FRONT =
      Map.of(
          "dbus",
          "remove the line: an app in closed mode has started when its program was executed, and"
              + " takes the name by permissions: {dbus: {own: [NAME]}} and network: Own");

  private static final int SECOND = 1_000_000;

  private final SpecDraft draft;
  private final Mode mode;
  private final Map<String, String> variables;
  private final Set<String> mixed;
  private final UnitRights rights;
  private final Programs programs;
  private final List<Left> left = new ArrayList<>();

  /**
   * @param variables of the environment, by name: those of the unit and of its files
   * @param mixed directives whose lines take out of what a line before them denies
   * @param rights what the lines about capabilities come to together
   * @param programs where programs are that have no path
   */
  LineConverter(
      SpecDraft draft,
      Mode mode,
      Map<String, String> variables,
      Set<String> mixed,
      UnitRights rights,
      Programs programs) {
    this.rights = rights;
    this.programs = programs;
    this.mixed = Set.copyOf(mixed);
    this.draft = draft;
    this.mode = mode;
    this.variables = variables;
  }

  private static Set<String> knownCalls() {
    DeviceFacts facts = ReferenceDevice.facts();
    var known = new TreeSet<>(facts.syscallGroups().keySet());
    known.addAll(facts.knownSyscalls());
    return known;
  }

  /** A filter without an error number kills, and one of a spec refuses. */
  void end() {
    if (mode == Mode.OPEN && !draft.hasDirective(CALL_ERROR)) {
      draft.lineOf(FILTER).ifPresent(line -> draft.directive(line, CALL_ERROR, "kill"));
    }
  }

  List<Left> left() {
    return List.copyOf(left);
  }

  void convert(Line line) {
    if (line.value().isEmpty() && !line.name().startsWith("X-")) {
      empty(line);
      return;
    }
    try {
      switch (line.section()) {
        case "Unit" -> unit(line);
        case "Service" -> service(line);
        default -> install(line);
      }
    } catch (IllegalArgumentException e) {
      leave(line, e.getMessage() + ": write the value itself");
    }
  }

  /** One that takes back what was before it is no line any more. */
  private void empty(Line line) {
    Optional<DirectiveInfo> directive = DirectiveTable.find(line.name());
    boolean says = directive.filter(it -> it.empty() == EmptyAssignment.SAYS).isPresent();
    if (line.name().equals(UnitRights.BOUNDING)) {
      rights(line);
    } else if (says) {
      leave(line, "without a value it is not as if it were not there: write the value itself");
    } else {
      leave(
          line,
          directive.isPresent()
              ? "systemd passes over it, or makes of it what its version does: remove the line"
              : "Sandbar does not know it");
    }
  }

  private void leave(Line line, String help) {
    left.add(new Left(line.number(), line.shown(), help));
  }

  private void unit(Line line) {
    switch (line.name()) {
      // What an app is called, and what it needs of a system that is up, it has by being one.
      case "Description", "Documentation" -> {}
      case "After" -> {
        for (String unit : Unquoting.split(line.value())) {
          after(line, unit);
        }
      }
      default -> other(line);
    }
  }

  private void after(Line line, String unit) {
    if (unit.equals("sysinit.target") || unit.equals("basic.target")) {
      return;
    }
    if (unit.matches(Lifecycle.EARLIER) && !AppName.isValid(unit)) {
      draft.after(line.number(), unit);
    } else {
      left.add(
          new Left(
              line.number(),
              "After=" + unit,
              "an app starts after services, sockets, mounts and devices, and after targets such as"
                  + " network-online.target"));
    }
  }

  private void install(Line line) {
    boolean atBoot =
        line.value().equals("multi-user.target") || line.value().equals(UnitName.TARGET.value());
    if (!line.name().equals("WantedBy") || !atBoot) {
      leave(line, "apps start with multi-user.target, and have one name");
    }
  }

  private void service(Line line) {
    switch (line.name()) {
      case "Type" -> type(line);
      case "ExecStart" -> start(line);
      case "ExecStartPre" -> command(line, Moment.PRE_START);
      case "ExecStartPost" -> command(line, Moment.POST_START);
      case "ExecReload" -> command(line, Moment.RELOAD);
      case "ExecStop" -> command(line, Moment.PRE_STOP);
      case "ExecStopPost" -> command(line, Moment.POST_STOP);
      case "Environment" -> environment(line);
      // The caller has read them, or says so.
      case "EnvironmentFile" -> {}
      case "WorkingDirectory" -> run(line, "workingDirectory");
      case "KillSignal" -> run(line, "stopSignal");
      case "WatchdogSec" -> watchdog(line);
      case "User", "Group" -> user(line);
      case "NotifyAccess" -> notifyAccess(line);
      case "RuntimeDirectory" -> runtimeDirectories(line);
      case "StateDirectory" -> directory(line, "state");
      case "CacheDirectory" -> directory(line, "cache");
      case "LogsDirectory" -> directory(line, "logs");
      case "StateDirectoryQuota" -> quota(line, "state");
      case "CacheDirectoryQuota" -> quota(line, "cache");
      case "LogsDirectoryQuota" -> quota(line, "logs");
      case "SocketBindAllow", "SocketBindDeny" -> bind(line);
      case "UMask" ->
          other(
              new Line(
                  line.section(),
                  line.name(),
                  line.value().matches("[0-7]{1,3}")
                      ? "0".repeat(4 - line.value().length()) + line.value()
                      : line.value(),
                  line.number()));
      case FILTER -> filter(line);
      case UnitRights.BOUNDING, UnitRights.AMBIENT -> rights(line);
      case "TimeoutSec" -> {
        other(new Line(line.section(), "TimeoutStartSec", line.value(), line.number()));
        other(new Line(line.section(), "TimeoutStopSec", line.value(), line.number()));
      }
      default -> other(line);
    }
  }

  private void type(Line line) {
    switch (line.value()) {
      case "simple", "exec", "idle" -> {}
      case "forking", "dbus" -> {
        if (mode == Mode.OPEN) {
          draft.directive(line.number(), line.name(), line.value());
        } else if (line.value().equals("forking")) {
          draft.run(line.number(), "type", "Forking");
        } else {
          leave(line, IN_FRONT.getOrDefault(line.value(), FOREGROUND));
        }
      }
      case "notify", "notify-reload" -> {
        if (mode == Mode.CLOSED && rights.othersNotify()) {
          leave(
              line,
              "of an app only the main process is heard, and another one may be who says that it is"
                  + " ready: it counts as started when its program was executed");
          return;
        }
        draft.run(line.number(), "type", "Notify");
        if (mode == Mode.CLOSED) {
          draft.permission(line.number(), "unixSockets", true);
        }
      }
      case Converted.ONCE -> {
        if (!draft.isScheduled()) {
          leave(
              line,
              "an app stays up, and is started again when it ends: add run.schedule with the times"
                  + " at which it runs, or leave the unit to systemd");
        }
      }
      default -> leave(line, FOREGROUND);
    }
  }

  private void start(Line line) {
    List<CommandWords> commands = CommandWords.read(line.value(), variables);
    if (!draft.isScheduled() && (draft.hasCommand() || commands.size() > 1)) {
      leave(
          line,
          "an app has one program: write those that run first as run.preStart, and the last one as"
              + " run.command");
      return;
    }
    for (CommandWords command : commands) {
      described(line, command);
      if (command.mayFail()) {
        prefixed(line, "-", "an app is started again however it ended: remove the prefix");
      }
      draft.command(line.number(), found(command.words()));
    }
  }

  private void command(Line line, Moment moment) {
    for (CommandWords command : CommandWords.read(line.value(), variables)) {
      if (command.unknown().isEmpty()) {
        described(line, command);
        draft.command(line.number(), moment.text(), command.asWritten(found(command.words())));
      } else if (moment != Moment.PRE_START && command.ofMainProcess().isPresent()) {
        described(line, command.ofMainProcess().get());
        draft.command(
            line.number(), moment.text(), command.asWritten(command.ofMainProcess().get().words()));
      } else {
        described(line, command);
      }
    }
  }

  private List<String> found(List<String> words) {
    String first = words.getFirst();
    if (first.contains("/")) {
      return words;
    }
    var all = new ArrayList<>(words);
    programs.find(first).ifPresent(all::addFirst);
    if (all.size() > words.size()) {
      all.remove(1);
    }
    return all;
  }

  /** What of a command is not carried. */
  private void described(Line line, CommandWords command) {
    if (!command.unknown().isEmpty()) {
      left.add(
          new Left(
              line.number(),
              line.name() + "=... $" + String.join(" $", command.unknown()),
              "nobody knows its value here: write it out"));
    }
    if (command.isPrivileged()) {
      prefixed(
          line,
          command.prefixes(),
          "all commands of an app run in its sandbox and as its user: make folders with"
              + " StateDirectory= and its kin, and leave what only root can do to a service of the"
              + " device in run.after");
    }
    if (!command.ownName().isEmpty()) {
      prefixed(
          line,
          "@",
          "a program has its path for its name, and not %s: write the path of a link of that name"
              .formatted(SafeText.shown(command.ownName())));
    }
    if (command.needsShell()) {
      prefixed(line, "|", "write [/bin/sh, -c, COMMAND]");
    }
  }

  private void prefixed(Line line, String prefix, String help) {
    left.add(new Left(line.number(), line.name() + "=" + prefix, help));
  }

  private void environment(Line line) {
    for (String setting : Unquoting.split(line.value())) {
      int equals = setting.indexOf('=');
      // A unit that Sandbar wrote has a stamp of its text, which the next one has anew.
      boolean stamp = setting.startsWith(CompiledApp.GENERATION_VARIABLE + "=");
      if (equals < 1) {
        leave(line, "%s is not NAME=VALUE".formatted(SafeText.shown(setting)));
      } else if (!stamp) {
        draft.environment(
            line.number(), setting.substring(0, equals), setting.substring(equals + 1));
      }
    }
  }

  private void run(Line line, String key) {
    plain(line);
    draft.run(line.number(), key, line.value());
  }

  private void watchdog(Line line) {
    long micros = Effective.microseconds(line.value());
    long seconds = micros / SECOND;
    if (micros <= 0 || micros % SECOND != 0) {
      leave(line, "run.watchdog takes whole seconds");
    } else {
      draft.run(
          line.number(),
          "watchdog",
          seconds > 9999 && seconds % 60 == 0 ? seconds / 60 + "min" : seconds + "s");
    }
  }

  /** Root is what an app in open mode is without saying so; a user that cannot be said never is. */
  private void user(Line line) {
    boolean root = line.value().equals("root") || line.value().equals("0");
    if (mode == Mode.CLOSED) {
      leave(line, "each app has a user of its own: files of this one are not its");
    } else if (isCarried(line)) {
      draft.directive(line.number(), line.name(), line.value());
    } else if (!root) {
      draft.directive(line.number(), DYNAMIC_USER, "yes");
      leave(line, "name the user itself; until then the app has one of its own");
    }
  }

  /** Ports are a list in closed mode; in open mode they are all or none. */
  private void bind(Line line) {
    if (mode == Mode.OPEN) {
      leave(
          line,
          "an app in Open mode binds every port, or none with permissions: {ports: false}: import"
              + " with --closed, where ports lists them");
    } else {
      other(line);
    }
  }

  private static boolean isCarried(Line line) {
    return DirectiveTable.find(line.name())
        .map(DirectiveInfo::override)
        .filter(it -> it instanceof OpenOnly(var open, _) && open.accepts(line.value()))
        .isPresent();
  }

  private void notifyAccess(Line line) {
    if (!line.value().equals("main") && !line.value().equals("none")) {
      leave(line, "only the main process is heard, with run.type: Notify");
    }
  }

  private void directory(Line line, String permission) {
    if (mode == Mode.OPEN && !line.value().startsWith("sandbar-")) {
      other(line);
      return;
    }
    draft.permission(line.number(), permission, true);
    leave(
        line,
        "the directory of the app has another name, which its program finds in $"
            + line.name().replace("Directory", "").toUpperCase(java.util.Locale.ROOT)
            + "_DIRECTORY");
  }

  private void runtimeDirectories(Line line) {
    if (mode == Mode.OPEN) {
      other(line);
      return;
    }
    for (String name : Unquoting.split(line.value())) {
      RuntimeDirectories.problemIn(name)
          .ifPresentOrElse(
              why -> named(line, SafeText.shown(name), RuntimeDirectories.HELP),
              () -> draft.runtimeDirectory(line.number(), name));
    }
  }

  /** What all lines come to together is one value. */
  private void rights(Line line) {
    if (mode == Mode.CLOSED) {
      if (line.value().isEmpty()) {
        leave(line, "it means no capability at all, which every app in closed mode has: use it");
      } else {
        other(line);
      }
    } else if (!draft.hasDirective(line.name())) {
      rights
          .text(line.name())
          .ifPresentOrElse(
              text -> draft.directive(line.number(), line.name(), text),
              () ->
                  left.add(
                      UnitRights.left(line, "write names of capabilities(7), in one line", mode)));
    }
  }

  /**
   * systemd passes over names that it does not know; of a call with an error of its own no spec
   * says it.
   */
  private void filter(Line line) {
    String sign = line.value().startsWith("~") ? "~" : "";
    var kept = new ArrayList<String>();
    for (String word : line.value().substring(sign.length()).strip().split("[ \t]+")) {
      String name = word.split(":", 2)[0];
      if (!KNOWN_CALLS.contains(name)) {
        named(line, sign + word, "systemd does not know it and passes over it");
      } else {
        kept.add(name);
        if (!name.equals(word)) {
          named(line, sign + word, "it is refused with the error of all others");
        }
      }
    }
    other(
        kept.isEmpty()
            ? line
            : new Line(line.section(), line.name(), sign + String.join(" ", kept), line.number()));
  }

  private void named(Line line, String what, String help) {
    left.add(new Left(line.number(), line.name() + "=... " + what, help));
  }

  private void quota(Line line, String permission) {
    Optional<String> size =
        DirectoryQuota.ofUnit(line.value()).filter(_ -> mode == Mode.CLOSED).map(Object::toString);
    size.ifPresentOrElse(
        quota -> draft.quota(line.number(), permission, quota),
        () ->
            leave(
                line,
                mode == Mode.OPEN
                    ? "no quota holds an app in open mode, which is root"
                    : DirectoryQuota.HELP));
  }

  private void other(Line line) {
    if (line.name().startsWith("X-")) {
      return;
    }
    if (DirectiveTable.find(line.name()).isEmpty()) {
      leave(line, "Sandbar does not know it");
      return;
    }
    if (mixed.contains(line.name())) {
      leave(line, "write one list, of what is denied or of what is allowed");
      return;
    }
    if (line.name().equals(DYNAMIC_USER) && draft.hasDirective(DYNAMIC_USER)) {
      return;
    }
    plain(line);
    boolean one =
        mode == Mode.OPEN
            && DirectiveTable.find(line.name())
                .filter(it -> it.override() instanceof OpenOnly)
                .isPresent();
    if (one) {
      draft.joined(line.number(), line.name(), String.join(" ", line.value().split("[ \t]+")));
    } else {
      draft.directive(line.number(), line.name(), line.value());
    }
  }

  private static void plain(Line line) {
    if (SPECIFIER.matcher(line.value().replace("%%", "")).find()) {
      throw new IllegalArgumentException("it has a specifier, which systemd replaces");
    }
  }
}
