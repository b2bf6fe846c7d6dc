package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sandbar} itself: shows what there is. */
@Command(
    name = "sandbar",
    versionProvider = RootCommand.Version.class,
    sortOptions = false,
    customSynopsis = "sandbar COMMAND [OPTIONS] [ARGUMENTS]",
    description = {
      "Declare what an app may do, compile it to a systemd unit, apply it to a"
          + " device, and verify that the kernel enforces it."
    },
    footer = {
      "  sandbar explain                   all permissions",
      "  sandbar explain ACCESS_INTERNET=no",
      "                                    what that blocks, through which" + " directives",
      "  sandbar validate apps/            are these files valid?",
      "  sandbar plan apps/                what would change on this device?",
      "  sandbar status                    how are its apps doing?",
      "  sandbar fleet status              and those on all devices of a fleet?",
      "  sandbar COMMAND --help            details of a command, with examples",
      "",
      "Exit codes:",
      "  0  success; for plan and drift: the device is as declared",
      "  1  error: input, usage or device",
      "  2  plan and drift: differences; fleet status --exit-code: not all as" + " declared",
      "",
      "Environment:",
      "  NO_COLOR          no colour, whatever the terminal supports",
      "  SANDBAR_DEBUG=1   show the stack trace of an error"
    })
final class RootCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version and exit.")
  private boolean version;

  @Spec private CommandSpec spec = CommandSpec.create();

  RootCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(terminal.out(), spec.commandLine().getColorScheme());
    return ExitCode.OK;
  }

  /** The version that the jar carries. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"sandbar " + program(), platform()};
    }

    /** Of the program. */
    static String program() {
      return Objects.requireNonNullElse(
          RootCommand.class.getPackage().getImplementationVersion(), "development");
    }

    /** Of what it runs on. */
    static String platform() {
      return "Java "
          + System.getProperty("java.version")
          + ", "
          + System.getProperty("os.name")
          + " "
          + System.getProperty("os.version")
          + " "
          + System.getProperty("os.arch");
    }
  }
}
