package dev.sandbar.cli;

import dev.sandbar.cli.fleet.Done;
import dev.sandbar.cli.terminal.Terminal;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sandbar fleet token}. */
@Command(
    name = "token",
    description = "Manage the tokens with which devices enrol.",
    footer = {"  sandbar fleet token create", "  sandbar fleet token create --ttl 7d -n factory"})
final class FleetTokenCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  private FleetTokenCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  static CommandLine line(Terminal terminal) {
    return new CommandLine(new FleetTokenCommand(terminal))
        .addSubcommand("create", new Create(terminal))
        .addSubcommand("list", new All(terminal))
        .addSubcommand("revoke", new Revoke(terminal));
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(terminal.out(), spec.commandLine().getColorScheme());
    return ExitCode.OK;
  }

  /** {@code sandbar fleet token create}. */
  @Command(
      name = "create",
      description = {
        "Create a token with which devices enrol in one namespace, and print the"
            + " command to run on them.",
        "",
        "Creates a standard bootstrap token (a Secret in kube-system). With it a"
            + " device can request a certificate and create its Device in the namespace,"
            + " and nothing else, until it expires. The line on standard output is for the"
            + " devices; keep it as secret as a password."
      },
      footer = {
        "  sandbar fleet token create",
        "  sandbar fleet token create --ttl 2h --server https://10.0.0.5:6443",
        "  sandbar fleet token create --auto-approve --labels site=berlin -n factory",
        "                                         devices need no fleet approve"
      })
  private static final class Create implements Callable<Integer> {
    private static final Duration LONGEST = Duration.ofDays(365);

    private final Terminal terminal;

    @Mixin private CommonOptions common = new CommonOptions();
    @Mixin private OutputOptions output = new OutputOptions();
    @Mixin private FleetOptions fleet = new FleetOptions();

    @Option(
        names = "--ttl",
        paramLabel = "TIME",
        defaultValue = "24h",
        description = "Lifetime of the token: 2h, 7d (default: 24h).")
    private String life = "24h";

    @Option(
        names = "--auto-approve",
        description = "Let the operator approve devices with this token automatically.")
    private boolean approve;

    @Option(
        names = "--labels",
        paramLabel = "K=V,...",
        description =
            "Labels that a device with this token may give to its Device: exactly these, without"
                + " confirmation by an owner.")
    private String labels = "";

    @Option(
        names = "--server",
        paramLabel = "URL",
        description =
            "Address at which devices reach the API server. Default: that of the" + " kubeconfig.")
    private String server = "";

    private Create(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      Duration span = FleetWaitOptions.span("--ttl", life);
      if (span.compareTo(LONGEST) > 0) {
        throw new CommandException("--ttl " + life + " is more than a year", "Choose less");
      }
      if (!server.isEmpty() && !server.matches("https://[A-Za-z0-9.:\\[\\]_-]+/?")) {
        throw new CommandException(
            "--server " + server + " is no address", "Write for example https://10.0.0.5:6443");
      }
      var given = FleetApproveCommand.labels(labels);
      Done done =
          fleet.use(
              terminal,
              "making a token",
              (api, _) -> api.createToken(span, approve, server, given));
      Printer printer = output.printer(terminal, common);
      if (printer.machine()) {
        printer.node(done.document());
      } else {
        // One line, to be copied or piped.
        printer.line(done.message());
      }
      terminal.out().flush();
      done.notes().forEach(printer::note);
      return ExitCode.OK;
    }
  }

  /** {@code sandbar fleet token list}. */
  @Command(
      name = "list",
      description = {
        "List the tokens with which devices of the namespace enrol.",
        "",
        "Their secret parts are not printed. Expired ones enrol nobody, and are deleted by the"
            + " cluster."
      },
      footer = {"  sandbar fleet token list -n factory"})
  private static final class All implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin private CommonOptions common = new CommonOptions();
    @Mixin private OutputOptions output = new OutputOptions();
    @Mixin private FleetOptions fleet = new FleetOptions();

    private All(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      FleetCommand.print(
          output.printer(terminal, common),
          fleet.use(terminal, "reading the tokens", (api, _) -> api.tokens()));
      return ExitCode.OK;
    }
  }

  /** {@code sandbar fleet token revoke}. */
  @Command(
      name = "revoke",
      description = {
        "End a token at once.",
        "",
        "Deletes its Secret, and the right to labels that was made for it. Devices that have"
            + " enrolled stay."
      },
      footer = {"  sandbar fleet token revoke 07401b -n factory"})
  private static final class Revoke implements Callable<Integer> {
    private static final Pattern TOKEN = Pattern.compile("([a-z0-9]{6})([.][a-z0-9]{16})?");

    private final Terminal terminal;

    @Mixin private CommonOptions common = new CommonOptions();
    @Mixin private OutputOptions output = new OutputOptions();
    @Mixin private FleetOptions fleet = new FleetOptions();

    @Parameters(paramLabel = "TOKEN", description = "The token, or what stands before its dot.")
    private String token = "";

    private Revoke(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      Matcher matcher = TOKEN.matcher(token);
      if (!matcher.matches()) {
        throw new CommandException(
            "this is no token",
            "Write its first six characters, as 'fleet token list' prints them");
      }
      Done done =
          fleet.use(terminal, "ending a token", (api, _) -> api.revokeToken(matcher.group(1)));
      FleetCommand.print(output.printer(terminal, common), done);
      return ExitCode.OK;
    }
  }
}
