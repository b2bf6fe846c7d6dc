package dev.sandbar.playground;

import dev.sandbar.cli.CommonOptions;
import dev.sandbar.cli.ExitCode;
import dev.sandbar.cli.Main;
import dev.sandbar.cli.OutputOptions;
import dev.sandbar.cli.Printer;
import dev.sandbar.cli.terminal.Interruption;
import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.playground.demo.Demo;
import dev.sandbar.playground.demo.SandbarCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sandbar demo}. */
@Command(
    name = "demo",
    description = {
      "Show the whole loop on a virtual device, in a few seconds.",
      "",
      "Boots a real systemd in a container on this machine, starts the agent in it,"
          + " and shows apps that run as declared in Git, attacks from inside that the"
          + " kernel refuses, a commit that grants a permission, and tampering that is"
          + " detected and corrected. The first run, as root on Debian, installs missing"
          + " prerequisites and takes some minutes. Without root, it reports what is"
          + " missing and shows what needs no device.",
      "Exit code: 0 every step gave the expected result; 1 otherwise."
    },
    footer = {
      "  sandbar demo",
      "  sandbar demo --keep                  keep the device running",
      "  sandbar demo --end                   stop the device that --keep left",
      "  sandbar demo -o json                 every step, attempt and time"
    })
final class DemoCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(names = "--keep", description = "Keep the device running.")
  private boolean keep;

  @Option(names = "--end", description = "Stop a device that --keep left running.")
  private boolean end;

  DemoCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    if (end) {
      terminal.out().println(Demo.end() ? "the demo's device is gone" : "no demo was kept");
      return ExitCode.OK;
    }
    Printer printer = output.printer(terminal, common);
    Paint paint = printer.machine() ? Paint.NONE : printer.paint();
    PrintStream narration =
        printer.machine()
            ? new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)
            : terminal.out();
    var demo = new Demo(terminal, narration, paint, arguments -> sandbar(arguments, paint));
    boolean asTold;
    try (var _ =
        Interruption.says(terminal, "the device of the demo, its network and files are removed")) {
      asTold = demo.tell(keep);
    }
    if (printer.machine()) {
      printer.node(demo.document());
    }
    return asTold ? ExitCode.OK : ExitCode.ERROR;
  }

  /** Runs another command in this process. */
  private SandbarCommand.Said sandbar(List<String> arguments, Paint paint) {
    var all = new ArrayList<>(arguments);
    all.add("--color=" + (paint.colour() ? "always" : "never"));
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code =
        Main.run(
            all.toArray(String[]::new),
            InputStream.nullInputStream(),
            out,
            err,
            terminal.environment());
    return new SandbarCommand.Said(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
