package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Printable;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.convert.Converted;
import dev.sandbar.core.convert.Programs;
import dev.sandbar.core.convert.UnitConverter;
import dev.sandbar.core.convert.UnitFile;
import dev.sandbar.core.convert.UnitLines;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.source.text.YamlWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar import}. */
@Command(
    name = "import",
    description = {
      "Print the AppSandbox that a unit file of systemd comes to, and name every line that it"
          + " cannot carry.",
      "",
      "The spec is in Open mode: the app has the user, the capabilities and the directories of the"
          + " unit, and what the unit closes is closed. With --closed it is in Closed mode:"
          + " everything is closed but what the unit asks for, and the network if the unit has it;"
          + " try it with sandbar probe, and take the network away if the app needs none.",
      "Permissions are written where they do what lines of the unit do, and directives for the rest.",
      "",
      "Drop-ins in the same folder (NAME.service.d/*.conf) are read as systemd reads them. Of"
          + " NAME@INSTANCE.service the template is read if it has no file of its own.",
      "",
      "The lines that are not carried go to standard error. Files of variables (EnvironmentFile)"
          + " are read only with --environment-files, from this machine.",
      "Exit code: 0 printed; 1 the file has no program that an app could run, or one that ends"
          + " and no --schedule, or takes away capabilities in a line that cannot be read."
    },
    footer = {
      "  sandbar import /usr/lib/systemd/system/mosquitto.service >mosquitto.yaml",
      "  sandbar import --closed mosquitto.service >mosquitto.yaml",
      "  systemctl cat mosquitto | sandbar import --name mosquitto -"
    })
final class ImportCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Name of the app (default: that of the file).")
  private String name = "";

  @Option(names = "--closed", description = "Print a spec in Closed mode.")
  private boolean closed;

  @Option(
      names = "--schedule",
      paramLabel = "TIMES",
      description =
          "When a unit of Type=oneshot runs (run.schedule); of several ExecStart= the last one is"
              + " the program, and the others are run.preStart.")
  private String schedule = "";

  @Mixin private EnvironmentFiles environmentFiles = new EnvironmentFiles();

  @Parameters(paramLabel = "FILE", description = "Unit file of a service, or - for standard input.")
  private String file = "";

  ImportCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  private static final String TIMES = "spec.run.schedule";

  @Override
  public Integer call() throws IOException {
    AppName app = appName();
    UnitAndDropIns files = files();
    UnitFile unit = files.unit();
    var printer = new Printer(terminal, Paint.NONE, Format.TABLE);
    Converted result =
        UnitConverter.scheduled(
            unit,
            app,
            file,
            closed ? Mode.CLOSED : Mode.OPEN,
            environmentFiles.variables(unit, Path.of("/"), printer),
            ImportCommand::program,
            schedule);
    if (result.once().isPresent()) {
      throw new CommandException(
          "%s: Type=oneshot: the program ends, and an app stays up"
              .formatted(files.place(result.once().get().line())),
          "Give the times at which it runs, such as --schedule \"0 2 * * *\" for every day at"
              + " 02:00; leave what runs once at boot to systemd");
    }
    Optional<Converted.Left> widening = result.widening();
    if (result.usable() && widening.isEmpty()) {
      printer.line(YamlWriter.write(result.manifest()).stripTrailing());
    }
    terminal.out().flush();
    for (Converted.Left left : result.left()) {
      String place = left.line() == 0 ? "" : files.noted(left.line());
      printer.note(place + Printable.of(left.what()) + ": " + Printable.of(left.help()));
    }
    if (widening.isPresent()) {
      throw new CommandException(
          "%s: %s cannot be carried in Open mode: the app would have all capabilities"
              .formatted(files.place(widening.get().line()), Printable.of(widening.get().what())),
          "Import with --closed, or remove the line if the app may have them");
    }
    if (!result.usable()) {
      throw unusable(unit, files, result);
    }
    return ExitCode.OK;
  }

  /** By its cause: times that are no times, or a program that cannot be carried. */
  private CommandException unusable(UnitFile unit, UnitAndDropIns files, Converted result) {
    if (unit.refused().isPresent()) {
      UnitLines.Passed refused = unit.refused().get();
      return new CommandException(
          "%s: systemd does not load a unit with this line: %s"
              .formatted(
                  files.place(refused.line().number()), Printable.of(refused.line().value())),
          Printable.of(refused.why()));
    }
    for (Converted.Left left : result.left()) {
      if (left.what().startsWith(TIMES)) {
        return new CommandException(
            Printable.of(left.what().replace(TIMES, "--schedule")), Printable.of(left.help()));
      }
    }
    for (Converted.Left left : result.left()) {
      if (left.line() > 0 && left.what().matches("(?s)(ExecStart=|spec\\.run\\.command).*")) {
        return new CommandException(
            "%s: %s".formatted(files.place(left.line()), Printable.of(left.what())),
            Printable.of(left.help()));
      }
    }
    return new CommandException(
        Printable.of(file) + " has no program that an app could run",
        "See the notes above; sandbar init shows what a spec looks like");
  }

  /** As systemd finds it on this machine; where it is not, a path that most have it at. */
  private static Optional<String> program(String name) {
    if (!name.matches("[A-Za-z0-9_.+-]{1,100}")) {
      return Optional.empty();
    }
    return Optional.of(
        Programs.DIRECTORIES.stream()
            .map(it -> it + "/" + name)
            .filter(it -> Files.isExecutable(Path.of(it)))
            .findFirst()
            .orElse("/usr/bin/" + name));
  }

  private AppName appName() {
    String text = name;
    if (text.isEmpty()) {
      Path path = Path.of(file).getFileName();
      text =
          path == null
              ? ""
              : path.toString().replaceFirst("@?\\.service$", "").replaceFirst("@", "-");
    }
    if (!AppName.isValid(text)) {
      throw new CommandException(
          "%s cannot be the name of an app".formatted(Printable.of(text)),
          "Give one: --name NAME, of lower-case letters, digits and -");
    }
    return new AppName(text);
  }

  private UnitAndDropIns files() throws IOException {
    return file.equals("-")
        ? UnitAndDropIns.only(file, terminal.in().readNBytes(UnitAndDropIns.MOST_BYTES + 1))
        : UnitAndDropIns.read(file);
  }
}
