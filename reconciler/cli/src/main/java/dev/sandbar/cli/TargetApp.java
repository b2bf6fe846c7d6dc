package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.StoredSpec;
import dev.sandbar.source.ContentKeeper;
import java.io.IOException;
import java.util.List;

/**
 * The spec of one app, from files or from what the agent applied, for commands about one app.
 *
 * @param contents where those of large files are meanwhile
 */
record TargetApp(Terminal terminal, CommonOptions common, ContentKeeper contents) {

  /** For commands that only compare with what files declare. */
  TargetApp(Terminal terminal, CommonOptions common) {
    this(terminal, common, ContentKeeper.UNUSED);
  }

  /**
   * The app that files declare.
   *
   * @throws CommandException if they do not, or what they say of it is wrong
   */
  AppSpec declared(AppName name, List<String> files) throws IOException {
    Specs specs = SpecFiles.read(files, terminal.in(), contents);
    AppSpec spec = specs.apps().get(name);
    if (spec == null) {
      print(specs);
      throw new CommandException(
          "the files declare no app " + name + " that could be read",
          "Name the file that declares it: --file FILE");
    }
    return spec;
  }

  /**
   * The only app that a file declares.
   *
   * @throws CommandException if it declares none or several
   */
  AppSpec only(String file) throws IOException {
    Specs specs = SpecFiles.read(List.of(file), terminal.in(), contents);
    if (specs.hasErrors() || specs.apps().size() != 1) {
      print(specs);
      throw new CommandException(
          "%s declares %s that could be read"
              .formatted(file, English.count(specs.apps().size(), "app")),
          specs.apps().size() > 1
              ? "Name one of them: sandbar probe APP --file " + file
              : "See what is wrong: sandbar validate " + file);
    }
    return specs.apps().firstEntry().getValue();
  }

  private void print(Specs specs) {
    new DiagnosticPrinter(
            terminal.err(), Paint.of(common.colour(), terminal.errTty(), terminal), specs.texts())
        .print(specs.diagnostics());
  }

  /**
   * The app as the agent applied it last.
   *
   * @throws CommandException if it did not, or this version no longer reads it
   */
  static AppSpec applied(DeviceAccess device, AppName name) {
    return switch (SpecReader.read(StoredSpec.document(device.applied(name)))) {
      case SpecReader.Read(var spec, _) -> spec;
      case SpecReader.Refused _ -> throw unenforceable();
    };
  }

  /**
   * The app, compiled.
   *
   * @throws CommandException if the device cannot run it
   */
  static CompiledApp compiled(AppSpec spec, DeviceFacts facts) {
    return switch (Compiler.compile(spec, facts)) {
      case Compilation.Compiled(var app, _) -> app;
      case Compilation.Rejected _ -> throw unenforceable();
    };
  }

  private static CommandException unenforceable() {
    return new CommandException(
        "the app cannot be enforced on this device", "See why: sandbar plan FILE, sandbar status");
  }
}
