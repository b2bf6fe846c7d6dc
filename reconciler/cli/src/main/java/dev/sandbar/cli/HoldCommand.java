package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.HoldSpec;
import dev.sandbar.device.agent.AgentRequest;
import dev.sandbar.device.agent.Holds;
import dev.sandbar.device.agent.Holds.Hold;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

  /** What the agent is asked for. */
  abstract AgentRequest.Verb verb();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Printer printer = new OutputOptions().printer(terminal, common);
    DevicePlace place = device.place();
    AppName name = AppArgument.read(app);
    String done = apply(place, name, Instant.now());
    Optional<StatusFile> before = place.status();
    boolean heard =
        before.isPresent() && new AgentAnswer(place, LIMIT).ask(verb(), name).isPresent();
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
    @Mixin private HoldOptions options = new HoldOptions();

    Keep(Terminal terminal) {
      super(terminal);
    }

    @Override
    String apply(DevicePlace place, AppName name, Instant now) throws IOException {
      if (!place.knows(name)) {
        throw AppArgument.unknown(name.value());
      }
      HoldSpec hold = options.read(now);
      Holds.hold(place.store(), name, new Hold(hold.reason(), hold.until()), now);
      return "held" + (hold.until().equals(Instant.MAX) ? "" : " until " + hold.until());
    }

    @Override
    AgentRequest.Verb verb() {
      return AgentRequest.Verb.HOLD;
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
            "the app " + name + " is not held on this device",
            "See what is: sandbar status. One whose spec says hold is released there, or by sandbar"
                + " fleet release");
      }
      return "released";
    }

    @Override
    AgentRequest.Verb verb() {
      return AgentRequest.Verb.RELEASE;
    }
  }
}
