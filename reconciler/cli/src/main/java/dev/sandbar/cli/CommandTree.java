package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Terminal;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Help;

/**
 * Every command by its name, and the parser over them. Reading the annotations of all commands
 * costs more than most commands do, so only those that the arguments call for are read.
 */
final class CommandTree {
  /** The commands of a device, each given the streams it talks to. */
  private static final SequencedMap<String, Function<Terminal, Object>> COMMANDS = commands();

  private static SequencedMap<String, Function<Terminal, Object>> commands() {
    var commands = new LinkedHashMap<String, Function<Terminal, Object>>();
    commands.put("explain", ExplainCommand::new);
    commands.put("validate", ValidateCommand::new);
    commands.put("compile", CompileCommand::new);
    commands.put("plan", PlanCommand::new);
    commands.put("apply", ApplyCommand::new);
    commands.put("delete", DeleteCommand::new);
    commands.put("agent", AgentCommand::new);
    commands.put("enrol", EnrolCommand::new);
    commands.put("status", StatusCommand::new);
    commands.put("drift", DriftCommand::line);
    commands.put("attest", AttestCommand::new);
    commands.put("probe", ProbeCommand::new);
    commands.put("why", WhyCommand::new);
    commands.put("logs", LogsCommand::new);
    commands.put("events", EventsCommand::new);
    commands.put("reconcile", ReconcileCommand::new);
    commands.put("suspend", SuspendCommand::suspend);
    commands.put("resume", SuspendCommand::resume);
    commands.put("hold", HoldCommand::hold);
    commands.put("release", HoldCommand::release);
    commands.put("observe", ObserveCommand::new);
    commands.put("facts", FactsCommand::new);
    commands.put("fleet", FleetCommand::line);
    commands.put("init", InitCommand::new);
    commands.put("image", ImageCommand::line);
    commands.put("secret", SecretCommand::line);
    commands.put("import", ImportCommand::new);
    commands.put("learn", LearnCommand::new);
    commands.put("version", VersionCommand::new);
    commands.put("man-pages", ManCommand::new);
    commands.put("completion", CompletionCommand::new);
    return commands;
  }

  private CommandTree() {}

  /** {@code help X} is {@code X --help}. */
  static String[] helpRewritten(String[] args) {
    if (args.length == 0 || !args[0].equals("help")) {
      return args;
    }
    String[] rewritten = Arrays.copyOfRange(args, 1, args.length + 1);
    rewritten[args.length - 1] = "--help";
    return rewritten;
  }

  /** The parser for these arguments. */
  static CommandLine of(String[] args, Terminal terminal) {
    String name = args.length == 0 ? "" : args[0];
    var known = COMMANDS.containsKey(name) ? COMMANDS : everyCommand();
    var only = known.get(name);
    return configured(only == null ? known : Map.of(name, only), args, terminal);
  }

  /** The parser with every command. */
  static CommandLine whole(Terminal terminal) {
    return configured(everyCommand(), new String[0], terminal);
  }

  private static Map<String, Function<Terminal, Object>> everyCommand() {
    var commands = new LinkedHashMap<>(COMMANDS);
    Playground.find().ifPresent(playground -> commands.putAll(playground.commands()));
    commands.putLast("completion", CompletionCommand::new);
    return commands;
  }

  private static CommandLine configured(
      Map<String, Function<Terminal, Object>> commands, String[] args, Terminal terminal) {
    var line = new CommandLine(new RootCommand(terminal));
    commands.forEach((name, maker) -> line.addSubcommand(name, maker.apply(terminal)));
    boolean colour = Paint.of(colourOf(args), terminal.outTty(), terminal).colour();
    pages(line);
    var errors = new ErrorMessages(terminal);
    line.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))
        .registerConverter(Format.class, WordConverter.of(Format.values()))
        .registerConverter(
            CompletionCommand.Shell.class, WordConverter.of(CompletionCommand.Shell.values()))
        .registerConverter(ListFormat.class, WordConverter.of(ListFormat.values()))
        .registerConverter(Paint.When.class, WordConverter.of(Paint.When.values()))
        .setColorScheme(Help.defaultColorScheme(colour ? Help.Ansi.ON : Help.Ansi.OFF))
        .setUsageHelpWidth(Terminal.WIDTH)
        .setUsageHelpLongOptionsMaxWidth(26)
        .setExecutionStrategy(CommandTree::execute)
        .setParameterExceptionHandler(errors)
        .setExecutionExceptionHandler(errors);
    return line;
  }

  /** With {@code --help} the parser lets pass what it does not know, also a command. */
  private static int execute(CommandLine.ParseResult line) {
    for (CommandLine.ParseResult at = line; at != null; at = at.subcommand()) {
      if (!at.commandSpec().subcommands().isEmpty() && !at.unmatched().isEmpty()) {
        throw new CommandLine.UnmatchedArgumentException(
            at.commandSpec().commandLine(), at.unmatched());
      }
    }
    return new CommandLine.RunLast().execute(line);
  }

  /** The headings that every help page has. */
  private static void pages(CommandLine line) {
    line.getCommandSpec()
        .usageMessage()
        .synopsisHeading("Usage: ")
        .abbreviateSynopsis(true)
        .descriptionHeading("%n")
        .parameterListHeading("%nArguments:%n")
        .optionListHeading("%nOptions:%n")
        .commandListHeading("%nCommands:%n")
        .footerHeading("%nExamples:%n");
    line.getSubcommands().values().forEach(CommandTree::pages);
  }

  /** Help pages are printed by the parser, before the option has been bound. */
  private static Paint.When colourOf(String[] args) {
    for (int i = 0; i < args.length; i++) {
      String value =
          args[i].startsWith("--color=")
              ? args[i].substring("--color=".length())
              : args[i].equals("--color") && i + 1 < args.length ? args[i + 1] : "";
      switch (value) {
        case "always":
          return Paint.When.ALWAYS;
        case "never":
          return Paint.When.NEVER;
        default:
          break;
      }
    }
    return Paint.When.AUTO;
  }
}
