package dev.sandbar.cli;

import dev.sandbar.cli.document.DocumentException;
import dev.sandbar.cli.fleet.Inquiry;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.device.query.Answer;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sandbar fleet events}. */
@Command(
    name = "events",
    description = {
      "Show what happened to the apps of a device of the fleet, newest last.",
      "",
      "What sandbar events shows on the device: the agent's own record since boot. Asks the"
          + " device through the API server, with a DeviceQuery that is deleted afterwards; the"
          + " answer is sealed to this command. Devices refuse unless their owner has allowed"
          + " it: fleet: {logs: Allow} in agent.yaml.",
      "Exit code: 0 shown; 1 no answer."
    },
    footer = {
      "  sandbar fleet events pump-1",
      "  sandbar fleet events pump-1 pump       of one app",
      "  sandbar fleet events pump-1 -o json",
      "  sandbar fleet logs pump-1 pump         the app's own output"
    })
final class FleetEventsCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private FleetOptions fleet = new FleetOptions();
  @Mixin private FleetQueryOptions query = new FleetQueryOptions();

  @Parameters(
      index = "0",
      paramLabel = "DEVICE",
      converter = ObjectName.OfDevice.class,
      description = "Name of the Device.")
  private String device = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "APP",
      converter = ObjectName.OfApp.class,
      description = "Only events of this app.")
  private String app = "";

  FleetEventsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (!app.isEmpty()) {
      var _ = AppArgument.onFleet(app, device);
    }
    Printer printer = output.printer(terminal, common);
    Answer answer = query.ask(terminal, fleet, device, api -> api.askForEvents(device, app));
    RecordedEvent.print(printer, events(answer));
    terminal.out().flush();
    if (answer.cut()) {
      printer.note("older events are left out: a device sends at most 64 KiB");
    }
    return ExitCode.OK;
  }

  private List<RecordedEvent> events(Answer answer) {
    try {
      return answer.items().stream().map(RecordedEvent::of).toList();
    } catch (DocumentException e) {
      throw Inquiry.unreadable(device, e);
    }
  }
}
