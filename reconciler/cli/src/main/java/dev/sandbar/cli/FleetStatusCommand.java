package dev.sandbar.cli;

import dev.sandbar.cli.fleet.StatusView;
import dev.sandbar.cli.terminal.Terminal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar fleet status}. */
@Command(
    name = "status",
    description = {
      "Show the apps and devices of the fleet, problems first.",
      "",
      "Of more than 40 apps and devices it prints a summary: counts by reason, the worst"
          + " five, and what waits for a person. --limit 0 prints all of them.",
      "An unreachable device is Unknown, never ready. UPDATED counts the devices"
          + " that have applied the latest generation, READY those that run it as"
          + " declared.",
      "Exit code: 0 shown; 1 read error; 2 with --exit-code, if something is not as" + " declared."
    },
    footer = {
      "  sandbar fleet status",
      "  sandbar fleet status pump pump-1       one app and one device",
      "  sandbar fleet status -A -l line=3",
      "  sandbar fleet status --limit 0         every app and device of a large fleet",
      "  sandbar fleet status -o wide           with kernel, agent, revision, last seen",
      "  sandbar fleet status -o name           for scripts: device.sandbar.dev/pump-1",
      "  sandbar fleet status --exit-code       for scripts: 2 unless all is well",
      "  kubectl sandbar status -w              print again on change"
    })
final class FleetStatusCommand implements Callable<Integer> {
  private static final Duration LEAST_PAUSE = Duration.ofSeconds(3);

  /** Of the time of the API server, watching takes no more than one part in this many. */
  private static final int SHARE = 10;

  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private ListOutputOptions output = new ListOutputOptions();
  @Mixin private FleetOptions fleet = new FleetOptions();
  @Mixin private FleetListOptions list = new FleetListOptions();

  @Option(names = "--exit-code", description = "Return 2 if something is not as declared.")
  private boolean exitCode;

  @Option(
      names = {"-w", "--watch"},
      description = "Print it again whenever it changes, until Ctrl-C.")
  private boolean watch;

  @Parameters(
      arity = "0..*",
      paramLabel = "APP|DEVICE",
      converter = ObjectName.OfBoth.class,
      description = "Only these apps or devices.")
  private List<String> names = List.of();

  FleetStatusCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException {
    Printer printer = output.printer(terminal, common);
    if (!watch) {
      StatusView view = look();
      print(printer, view);
      return exitCode && view.amiss() > 0 ? ExitCode.CHANGES : ExitCode.OK;
    }
    String last = "";
    while (!terminal.out().checkError()) {
      long began = System.nanoTime();
      StatusView view = look();
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      String now = view.page().render(printer.paint());
      if (!now.equals(last)) {
        if (!last.isEmpty() && !printer.machine()) {
          printer.line();
        }
        print(printer, view);
        terminal.flush();
        last = now;
      }
      Duration pause = took.multipliedBy(SHARE);
      Thread.sleep(pause.compareTo(LEAST_PAUSE) > 0 ? pause : LEAST_PAUSE);
    }
    return ExitCode.OK;
  }

  private void print(Printer printer, StatusView view) {
    if (output.names()) {
      view.names().forEach(printer::line);
    } else if (output.wide()) {
      printer.page(view.wide());
    } else if (summarized(printer, view)) {
      printer.page(view.summary());
    } else {
      FleetCommand.print(printer, view);
      return;
    }
    terminal.out().flush();
    view.notes().forEach(printer::note);
  }

  private boolean summarized(Printer printer, StatusView view) {
    return view.isLong() && !list.limited() && !printer.machine();
  }

  private StatusView look() {
    return fleet.use(
        terminal,
        list.everywhere(),
        "reading the fleet",
        (api, _) -> api.status(names, list.selector(), list.limit()));
  }
}
