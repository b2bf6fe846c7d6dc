package dev.sandbar.core.convert;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.convert.Converted.Left;
import dev.sandbar.core.convert.UnitFile.Line;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.DirectoryQuota;
import dev.sandbar.core.model.Lifecycle;
import dev.sandbar.core.model.Lifecycle.Moment;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.EmptyAssignment;
import dev.sandbar.core.property.Unquoting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Puts the lines of a unit file into a spec, or says why one cannot be carried. */
final class LineConverter {

  /** What systemd puts in (systemd.unit(5), Specifiers); a share such as 50% is none. */
  private static final Pattern SPECIFIER = Pattern.compile("%[A-Za-z]");

  private static final String CAPABILITIES = "CapabilityBoundingSet";

  /** Gives capabilities, where the others take them away. */
  private static final String AMBIENT = "AmbientCapabilities";

  private static final String DYNAMIC_USER = "DynamicUser";

  private static final int SECOND = 1_000_000;

  private final SpecDraft draft;
  private final Mode mode;
  private final Map<String, String> variables;
  private final Set<String> mixed;
  private final List<Left> left = new ArrayList<>();

  /** Lines that name another user than root, in Open mode. */
  private final List<Line> users = new ArrayList<>();

  /**
   * @param variables of the environment, by name: those of the unit and of its files
   * @param mixed directives whose lines take out of what a line before them denies
   */
  LineConverter(SpecDraft draft, Mode mode, Map<String, String> variables, Set<String> mixed) {
    this.mixed = Set.copyOf(mixed);
    this.draft = draft;
    this.mode = mode;
    this.variables = variables;
  }

  /** A user other than root has no capabilities, whatever a list would take away. */
  List<Left> left() {
    return left.stream()
        .map(it -> users.isEmpty() ? it : new Left(it.line(), it.what(), it.help(), false))
        .toList();
  }

  void convert(Line line) {
    if (line.value().isEmpty() && !line.name().isEmpty() && !line.name().startsWith("X-")) {
      empty(line);
      return;
    }
    try {
      switch (line.section()) {
        case "Unit" -> unit(line);
        case "Service" -> service(line);
        case "Install" -> install(line);
        default -> leave(line, "only [Unit], [Service] and [Install] are read");
      }
    } catch (IllegalArgumentException e) {
      leave(line, e.getMessage() + ": write the value itself");
    }
  }

  /** One that takes back what was before it is no line any more. */
  private void empty(Line line) {
    Optional<DirectiveInfo> directive = DirectiveTable.find(line.name());
    boolean says = directive.filter(it -> it.empty() == EmptyAssignment.SAYS).isPresent();
    if (line.name().equals(CAPABILITIES)) {
      left.add(
          new Left(
              line.number(),
              line.name() + "=",
              "it means no capability at all, which every app in closed mode has: use it",
              mode == Mode.OPEN));
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
    String name = line.name().isEmpty() ? line.value() : line.name() + "=" + line.value();
    left.add(new Left(line.number(), name, help));
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
      case "StateDirectory" -> directory(line, "state");
      case "CacheDirectory" -> directory(line, "cache");
      case "LogsDirectory" -> directory(line, "logs");
      case "StateDirectoryQuota" -> quota(line, "state");
      case "CacheDirectoryQuota" -> quota(line, "cache");
      case "LogsDirectoryQuota" -> quota(line, "logs");
      case CAPABILITIES, AMBIENT, "SecureBits" -> capabilities(line);
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
      case "notify", "notify-reload" -> {
        draft.run(line.number(), "type", "Notify");
        if (mode == Mode.CLOSED) {
          draft.permission(line.number(), "unixSockets", true);
        }
      }
      case "oneshot" ->
          leave(line, "an app stays up, or runs until it ends at the times of run.schedule");
      default -> leave(line, "start the program so that it stays in the foreground");
    }
  }

  private void start(Line line) {
    List<CommandWords> commands = CommandWords.read(line.value(), variables);
    if (draft.hasCommand() || commands.size() > 1) {
      leave(line, "an app has one program; use run.preStart for what comes before it");
      return;
    }
    CommandWords command = commands.getFirst();
    described(line, command);
    draft.command(line.number(), command.words());
  }

  private void command(Line line, Moment moment) {
    for (CommandWords command : CommandWords.read(line.value(), variables)) {
      if (command.unknown().isEmpty()) {
        described(line, command);
        draft.command(line.number(), moment.text(), command.words());
      } else {
        described(line, command);
      }
    }
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
    if (command.prefixes().chars().anyMatch(c -> c == '+' || c == '!')) {
      left.add(
          new Left(
              line.number(),
              line.name() + "=" + command.prefixes(),
              "all commands of an app run in its sandbox"));
    }
    if (command.prefixes().chars().anyMatch(c -> c == '-' || c == '@' || c == '|')) {
      left.add(
          new Left(
              line.number(),
              line.name() + "=" + command.prefixes(),
              "a command that may fail, has another name or needs a shell is not carried as such"));
    }
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

  /** An app has a user of its own, which is never root, and neither is this one. */
  private void user(Line line) {
    boolean root = line.value().equals("root") || line.value().equals("0");
    if (root && mode == Mode.OPEN) {
      return;
    }
    if (mode == Mode.OPEN) {
      if (users.isEmpty()) {
        draft.directive(line.number(), DYNAMIC_USER, "yes");
      }
      users.add(line);
    }
    leave(line, "each app has a user of its own: files of this one are not its");
  }

  private void notifyAccess(Line line) {
    if (!line.value().equals("main") && !line.value().equals("none")) {
      leave(line, "only the main process is heard, with run.type: Notify");
    }
  }

  private void directory(Line line, String permission) {
    draft.permission(line.number(), permission, true);
    leave(
        line,
        "the directory of the app has another name, which its program finds in $"
            + line.name().replace("Directory", "").toUpperCase(java.util.Locale.ROOT)
            + "_DIRECTORY");
  }

  private void capabilities(Line line) {
    if (mode == Mode.OPEN) {
      left.add(
          new Left(
              line.number(),
              line.name() + "=" + line.value(),
              "a spec in Open mode lists no capabilities: use Closed mode and raw",
              !line.name().equals(AMBIENT)));
    } else {
      other(line);
    }
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
    if (line.name().isEmpty()) {
      leave(line, "it is not NAME=VALUE");
      return;
    }
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
    if (line.name().equals(DYNAMIC_USER) && !users.isEmpty()) {
      leave(line, "each app has a user of its own");
      return;
    }
    plain(line);
    draft.directive(line.number(), line.name(), line.value());
  }

  private static void plain(Line line) {
    if (SPECIFIER.matcher(line.value().replace("%%", "")).find()) {
      throw new IllegalArgumentException("it has a specifier, which systemd replaces");
    }
  }
}
