package dev.sandbar.cli;

import dev.sandbar.cli.fleet.FleetView;
import dev.sandbar.cli.fleet.PermissionsView;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.Permission;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar fleet permissions}. */
@Command(
    name = "permissions",
    description = {
      "Show which apps on which devices have a permission now.",
      "",
      "The answer is based on what devices have read back from systemd and the"
          + " kernel, never on the declared state alone:",
      "  can       in effect and granted; ATTESTED shows the details",
      "  cannot    in effect and withheld",
      "  doubtful  something that affects it drifted, or it was not verified",
      "  stale     the device is unreachable: the last known value",
      "  unknown   the device has not reported the app",
      "  refused   the operator or the device refuses the app, and none of it runs",
      "Exit code: 0 shown; 1 read error."
    },
    footer = {
      "  sandbar fleet permissions              counts for each permission",
      "  sandbar fleet permissions internet     who can reach the internet now?",
      "  sandbar fleet permissions ACCESS_SERIAL -A -l line=3",
      "  sandbar fleet permissions internet --withheld --each -o json"
    })
final class FleetPermissionsCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private FleetOptions fleet = new FleetOptions();
  @Mixin private FleetListOptions list = new FleetListOptions();
  @ArgGroup private Which which = new Which();

  /** Which answers. */
  static final class Which {
    @Option(names = "--granted", description = "Only those that certainly can.")
    private boolean granted;

    @Option(names = "--withheld", description = "Only those that certainly cannot.")
    private boolean withheld;
  }

  @Option(names = "--each", description = "One row per app and device.")
  private boolean each;

  @Parameters(
      arity = "0..1",
      paramLabel = "PERMISSION",
      description = "For example internet, or its alias ACCESS_INTERNET.")
  private String what = "";

  FleetPermissionsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (what.isEmpty() && (which.granted || which.withheld || each)) {
      throw new CommandException(
          "the counts of all permissions have no rows to choose from", "Name a permission");
    }
    FleetView view = what.isEmpty() ? counts() : answers(permission());
    FleetCommand.print(output.printer(terminal, common), view);
    return ExitCode.OK;
  }

  private FleetView counts() {
    return fleet.use(
        terminal,
        list.everywhere(),
        "reading what the devices report",
        (api, _) -> api.permissions(list.selector()));
  }

  private FleetView answers(Permission permission) {
    PermissionsView.Show show =
        which.granted
            ? PermissionsView.Show.GRANTED
            : which.withheld ? PermissionsView.Show.WITHHELD : PermissionsView.Show.NOTABLE;
    return fleet.use(
        terminal,
        list.everywhere(),
        "reading what the devices report",
        (api, _) -> api.permission(permission, show, list.selector(), each, list.limit()));
  }

  private Permission permission() {
    List<String> names =
        Arrays.stream(Permission.values()).flatMap(p -> Stream.of(p.key(), p.alias())).toList();
    return Permission.find(what)
        .orElseThrow(
            () ->
                new CommandException(
                    "there is no permission " + what,
                    Similar.help(what, names) + "List them: sandbar explain"));
  }
}
