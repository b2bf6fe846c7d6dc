package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.AppName;
import dev.sandbar.device.agent.AgentRequest;
import dev.sandbar.device.agent.Suspensions;
import dev.sandbar.device.store.StateStore;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar suspend} and {@code resume}. */
abstract sealed class SuspendCommand implements Callable<Integer> {
  /** A round of the agent; one that cannot be ended by then goes on by itself. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private DeviceOptions device = new DeviceOptions();

  @Option(names = "--all", description = "All apps, including those declared later.")
  private boolean all;

  @Parameters(arity = "0..1", paramLabel = "APP", description = "Name of the app.")
  private String app = "";

  private SuspendCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  static SuspendCommand suspend(Terminal terminal) {
    return new Suspend(terminal);
  }

  static SuspendCommand resume(Terminal terminal) {
    return new Resume(terminal);
  }

  /** Does it to one app. */
  abstract void one(DevicePlace place, AppName name) throws IOException;

  /** Does it to every app. */
  abstract void every(StateStore store) throws IOException;

  /** What the agent is asked for. */
  abstract AgentRequest.Verb verb();

  /** What it has become. */
  abstract String done();

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (all == !app.isEmpty()) {
      throw new CommandException(
          all ? "--all and the name of an app exclude each other" : "no app is given",
          "Name one app, or say --all");
    }
    Printer printer = new OutputOptions().printer(terminal, common);
    Optional<AppName> name = app.isEmpty() ? Optional.empty() : Optional.of(AppArgument.read(app));
    DevicePlace place = device.place();
    if (name.isPresent()) {
      one(place, name.get());
    } else {
      every(place.store());
    }
    Optional<StatusFile> before = place.status();
    boolean heard =
        before.isPresent()
            && new AgentAnswer(place, LIMIT).ask(verb(), name.orElse(null)).isPresent();
    printer.line(printer.style(Style.GOOD, done() + "  ") + (all ? "every app" : app));
    if (before.isEmpty()) {
      printer.note("no agent reports on this device now; this takes effect when one does");
    } else if (!heard) {
      printer.note("the agent is busy and will take it over when it can");
    }
    return ExitCode.OK;
  }

  @Command(
      name = "suspend",
      description = {
        "Suspend reconciliation of an app on this device.",
        "",
        "The app gets no new version and is not removed, and its drift is reported"
            + " but not corrected, even across restarts of the agent or the device. It"
            + " keeps running, and systemd still restarts it when it exits. An app that the"
            + " device's policy denies is stopped anyway.",
        "Exit code: 0 suspended; 1 no such app."
      },
      footer = {
        "  sandbar suspend pump",
        "  sandbar suspend --all             before maintenance of the device",
        "  sandbar status                    shows what is suspended"
      })
  private static final class Suspend extends SuspendCommand {
    Suspend(Terminal terminal) {
      super(terminal);
    }

    @Override
    void one(DevicePlace place, AppName name) throws IOException {
      if (!place.knows(name)) {
        throw AppArgument.unknown(name.value());
      }
      Suspensions.suspend(place.store(), name);
    }

    @Override
    void every(StateStore store) throws IOException {
      Suspensions.suspendAll(store);
    }

    @Override
    AgentRequest.Verb verb() {
      return AgentRequest.Verb.SUSPEND;
    }

    @Override
    String done() {
      return "suspended";
    }
  }

  @Command(
      name = "resume",
      description = {
        "Resume reconciliation of a suspended app.",
        "",
        "The agent polls its source, applies what is currently declared, and corrects"
            + " drift where the spec says so.",
        "Exit code: 0 resumed; 1 it is not suspended."
      },
      footer = {"  sandbar resume pump", "  sandbar resume --all"})
  private static final class Resume extends SuspendCommand {
    Resume(Terminal terminal) {
      super(terminal);
    }

    @Override
    void one(DevicePlace place, AppName name) throws IOException {
      if (Suspensions.read(place.store()).all()) {
        throw new CommandException(
            "every app of this device is suspended", "Resume them all: sandbar resume --all");
      }
      if (!Suspensions.resume(place.store(), name)) {
        throw new CommandException(
            "the app " + name + " is not suspended on this device",
            "See what is: sandbar status. One whose spec says suspend: true is resumed there, or by"
                + " sandbar fleet resume");
      }
    }

    @Override
    void every(StateStore store) throws IOException {
      Suspensions.resumeAll(store);
    }

    @Override
    AgentRequest.Verb verb() {
      return AgentRequest.Verb.RESUME;
    }

    @Override
    String done() {
      return "resumed";
    }
  }
}
