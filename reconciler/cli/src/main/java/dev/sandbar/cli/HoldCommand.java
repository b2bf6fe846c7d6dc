package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.AppName;
import dev.sandbar.device.agent.Holds;
import dev.sandbar.device.agent.Holds.Hold;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar hold} and {@code release}. */
abstract sealed class HoldCommand implements Callable<Integer> {
  /** A round of the agent; one that cannot be ended by then goes on by itself. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private DeviceOptions device = new DeviceOptions();

  @Parameters(arity = "1", paramLabel = "APP", description = "Name of the app.")
  private String app = "";

  private HoldCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  static HoldCommand hold(Terminal terminal) {
    return new Keep(terminal);
  }

  static HoldCommand release(Terminal terminal) {
    return new Release(terminal);
  }

  /**
   * Does it.
   *
   * @return what it has become
   */
  abstract String apply(DevicePlace place, AppName name, Instant now) throws IOException;

  /** Whether the source is asked too, for what was missed meanwhile. */
  abstract boolean polls();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Printer printer = new OutputOptions().printer(terminal, common);
    DevicePlace place = device.place();
    String done = apply(place, AppArgument.read(app), Instant.now());
    Optional<StatusFile> before = place.status();
    boolean heard =
        before.isPresent() && new AgentAnswer(place, LIMIT).ask(before.get(), polls()).isPresent();
    printer.line(printer.style(Style.GOOD, done + "  ") + app);
    if (before.isEmpty()) {
      printer.note("no agent reports on this device now; this takes effect when one does");
    } else if (!heard) {
      printer.note("the agent is busy and will take it over when it can");
    }
    return ExitCode.OK;
  }

  @Command(
      name = "hold",
      description = {
        "Hold an app at the version that runs on this device.",
        "",
        "Newer versions wait until the app is released, even across restarts of the agent or"
            + " the device. Unlike with suspend, drift is still corrected, and an app that is"
            + " no longer declared is removed. An app that the device's policy denies is"
            + " stopped anyway.",
        "Exit code: 0 held; 1 no such app."
      },
      footer = {
        "  sandbar hold pump --reason 'measuring until Friday' --for 3d",
        "  sandbar status pump               shows that it is held, and why",
        "  sandbar release pump"
      })
  private static final class Keep extends HoldCommand {
    private static final Pattern TIME = Pattern.compile("([1-9][0-9]{0,3})([mhd])");

    @Option(
        names = "--reason",
        paramLabel = "TEXT",
        description = "Why, in one line; shown in the status.")
    private String reason = "";

    @Option(
        names = "--for",
        paramLabel = "TIME",
        description = "Release it by itself after this time: 90m, 12h, 2d.")
    private String length = "";

    Keep(Terminal terminal) {
      super(terminal);
    }

    @Override
    String apply(DevicePlace place, AppName name, Instant now) throws IOException {
      if (!place.knows(name)) {
        throw AppArgument.unknown(name.value());
      }
      if (reason.length() > Holds.LONGEST_REASON || reason.chars().anyMatch(c -> c < ' ')) {
        throw new CommandException(
            "--reason is not one line of at most " + Holds.LONGEST_REASON + " characters",
            "Shorten it");
      }
      Instant until = length.isEmpty() ? Instant.MAX : now.plus(span());
      Holds.hold(place.store(), name, new Hold(reason.strip(), until), now);
      return "held" + (length.isEmpty() ? "" : " until " + until);
    }

    private Duration span() {
      Matcher matcher = TIME.matcher(length);
      if (!matcher.matches()) {
        throw new CommandException(
            "--for is no length of time: '" + length + "'", "Write for example 90m, 12h or 2d");
      }
      long count = Long.parseLong(matcher.group(1));
      return switch (matcher.group(2)) {
        case "m" -> Duration.ofMinutes(count);
        case "h" -> Duration.ofHours(count);
        default -> Duration.ofDays(count);
      };
    }

    @Override
    boolean polls() {
      return false;
    }
  }

  @Command(
      name = "release",
      description = {
        "Release an app that is held on this device.",
        "",
        "The agent polls its source and applies the newest version, in the windows of the"
            + " device and of the app.",
        "Exit code: 0 released; 1 it is not held."
      },
      footer = {"  sandbar release pump"})
  private static final class Release extends HoldCommand {
    Release(Terminal terminal) {
      super(terminal);
    }

    @Override
    String apply(DevicePlace place, AppName name, Instant now) throws IOException {
      if (!Holds.release(place.store(), name)) {
        throw new CommandException(
            "the app " + name + " is not held on this device", "See what is: sandbar status");
      }
      return "released";
    }

    @Override
    boolean polls() {
      return true;
    }
  }
}
