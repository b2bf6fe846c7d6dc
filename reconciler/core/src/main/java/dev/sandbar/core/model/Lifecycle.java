package dev.sandbar.core.model;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * How a program starts, stops and says how it is.
 *
 * @param type when it counts as started
 * @param commands that run beside the program, in its sandbox: by moment, in order
 * @param stopSignal asks the program to stop; empty for SIGTERM
 * @param watchdog how long the program may be silent, as systemd.time(7); empty for ever
 * @param after names of apps, and of units of the device, that start before it
 * @param schedule when it runs
 */
public record Lifecycle(
    StartType type,
    Map<Moment, List<Command>> commands,
    String stopSignal,
    String watchdog,
    List<String> after,
    RunSchedule schedule) {

  /** A program that runs and says nothing. */
  public static final Lifecycle PLAIN =
      new Lifecycle(StartType.EXEC, Map.of(), "", "", List.of(), new RunSchedule.Always());

  /** Regular expression of signals that ask a program to stop. */
  public static final String STOP_SIGNALS = "SIG(TERM|INT|QUIT|HUP|USR1|USR2|WINCH)";

  /** Regular expression of times: seconds or minutes, as systemd.time(7) has them. */
  public static final String TIMES = "[1-9][0-9]{0,3}(s|min)";

  /**
   * Targets that an app can start after. Others come after the target of all apps, or may: systemd
   * breaks such a circle by starting one unit less (systemd.unit(5), Before=).
   */
  public static final List<String> TARGETS =
      List.of(
          "bluetooth.target",
          "local-fs.target",
          "network-online.target",
          "network.target",
          "nss-lookup.target",
          "remote-fs.target",
          "sound.target",
          "time-set.target",
          "time-sync.target");

  /** Regular expression of what an app can start after; {@link #OWN_UNITS} are none of it. */
  public static final String EARLIER =
      "[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?"
          + "|[A-Za-z0-9:_@][A-Za-z0-9:_.@-]{0,200}[.](service|socket|mount|device)|"
          + String.join("|", TARGETS).replace(".", "[.]");

  /** Regular expression of units that Sandbar writes: other apps are named by their name. */
  public static final String OWN_UNITS = "sandbar[.-].*[.][a-z]+|sandbar[.][a-z]+";

  public Lifecycle {
    var copies = new EnumMap<Moment, List<Command>>(Moment.class);
    commands.forEach((moment, list) -> copies.put(moment, List.copyOf(list)));
    commands = Collections.unmodifiableMap(copies);
    after = List.copyOf(after);
  }

  /** The units that start before it: those of the apps, and those that are named. */
  public List<String> afterUnits() {
    return after.stream()
        .map(name -> AppName.isValid(name) ? UnitName.own(new AppName(name)).value() : name)
        .toList();
  }

  /** When a program counts as started. */
  public enum StartType implements Written {
    /** When it was executed. */
    EXEC("Exec"),
    /** When it says so (sd_notify(3)). */
    NOTIFY("Notify"),
    /** When the process that was started has ended, and left others in the background. */
    FORKING("Forking");

    private final String text;

    StartType(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }
  }

  /** When a command runs that is not the program itself. */
  public enum Moment implements Written {
    PRE_START("preStart"),
    POST_START("postStart"),
    RELOAD("reload"),
    PRE_STOP("preStop"),
    POST_STOP("postStop");

    private final String text;

    Moment(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }
  }

  /**
   * A command beside the program.
   *
   * @param mayFail whether all goes on if it fails; said by {@link #MAY_FAIL} before its path
   * @param words an absolute path, and arguments
   */
  public record Command(boolean mayFail, List<String> words) {

    /** As in unit files (systemd.service(5), ExecStart=). */
    public static final String MAY_FAIL = "-";

    public Command {
      words = List.copyOf(words);
    }

    /** With other words. */
    Command with(UnaryOperator<String> change) {
      return new Command(mayFail, words.stream().map(change).toList());
    }
  }

  /** The commands of all moments. */
  Stream<Command> all() {
    return commands.values().stream().flatMap(List::stream);
  }

  /** With other commands. */
  Lifecycle with(Map<Moment, List<Command>> others) {
    return new Lifecycle(type, others, stopSignal, watchdog, after, schedule);
  }
}
