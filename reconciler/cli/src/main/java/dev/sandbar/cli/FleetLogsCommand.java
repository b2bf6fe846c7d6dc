package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Printable;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.bundle.QueryContract;
import dev.sandbar.core.model.AppName;
import dev.sandbar.device.query.Answer;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar fleet logs}. */
@Command(
    name = "logs",
    description = {
      "Show the output of an app on a device of the fleet, and what systemd logged about it.",
      "",
      "Asks the device through the API server, with a DeviceQuery that is deleted afterwards."
          + " The answer is sealed to this command. Devices refuse unless their owner has"
          + " allowed it: fleet: {logs: Allow} in agent.yaml. A device sends at most 64 KiB,"
          + " the newest lines.",
      "Exit code: 0 shown, even if there is nothing; 1 no answer."
    },
    footer = {
      "  sandbar fleet logs pump-1 pump",
      "  sandbar fleet logs pump-1 pump --lines 20",
      "  sandbar fleet logs pump-1 pump --since 10m    the last ten minutes",
      "  kubectl sandbar logs pump-1 pump              the same through kubectl"
    })
final class FleetLogsCommand implements Callable<Integer> {
  private static final String TAB = " ".repeat(4);

  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private FleetOptions fleet = new FleetOptions();
  @Mixin private FleetQueryOptions query = new FleetQueryOptions();

  @Option(
      names = "--lines",
      paramLabel = "LINES",
      defaultValue = "200",
      description = "Number of newest lines, at most 2000 (default: 200).")
  private String lines = "200";

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "Nothing older than this: 10m, 2h, or a date with or without a time.")
  private String since = "";

  @Parameters(
      index = "0",
      paramLabel = "DEVICE",
      converter = ObjectName.OfDevice.class,
      description = "Name of the Device.")
  private String device = "";

  @Parameters(
      index = "1",
      paramLabel = "APP",
      converter = ObjectName.OfApp.class,
      description = "Name of the app.")
  private String app = "";

  FleetLogsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    AppName name = AppArgument.onFleet(app, device);
    Instant from = since.isEmpty() ? Instant.EPOCH : LogsCommand.time(since);
    int most = most();
    Answer answer =
        query.ask(terminal, fleet, device, api -> api.askForLogs(device, name.value(), most, from));
    // What an app writes must not steer the terminal of whoever reads it.
    String text = Printable.of(answer.text().replace("\t", TAB));
    terminal.out().print(text.isEmpty() || text.endsWith("\n") ? text : text + "\n");
    terminal.out().flush();
    Printer printer = new OutputOptions().printer(terminal, common);
    if (answer.cut()) {
      printer.note("older lines are left out: a device sends at most 64 KiB");
    } else if (text.isEmpty()) {
      printer.note(
          "the journal of %s has nothing of %s".formatted(device, app)
              + (since.isEmpty() ? "" : " since " + since));
    }
    return ExitCode.OK;
  }

  private int most() {
    if (lines.matches("[0-9]{1,4}")) {
      int number = Integer.parseInt(lines);
      if (number >= 1 && number <= QueryContract.MAX_LINES) {
        return number;
      }
    }
    throw new CommandException(
        "--lines " + lines + " is no number of lines that a device sends",
        "Write one from 1 to " + QueryContract.MAX_LINES);
  }
}
