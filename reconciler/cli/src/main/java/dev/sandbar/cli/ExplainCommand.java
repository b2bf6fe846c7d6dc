package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.compile.Explainer;
import dev.sandbar.core.model.AliasSetting;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sandbar explain}. */
@Command(
    name = "explain",
    description = {
      "Explain a permission, an alias, a directive or a whole spec.",
      "",
      "For a permission: what it opens, what withholding it blocks, and through"
          + " which directives. For a spec: what is granted and withheld, through which"
          + " directives, and why. Without an argument: all permissions."
    },
    footer = {
      "  sandbar explain                        all permissions and aliases",
      "  sandbar explain internet",
      "  sandbar explain ACCESS_INTERNET=no     what exactly this blocks",
      "  sandbar explain ACCESS_PORTS=8080/tcp",
      "  sandbar explain IPAddressDeny          who sets it, and to what",
      "  sandbar explain apps/pump.yaml         a whole spec"
    })
final class ExplainCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private TargetOptions target = new TargetOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "WHAT",
      description =
          "A permission (internet), an alias (ACCESS_INTERNET, ACCESS_INTERNET=no), a"
              + " directive (IPAddressDeny), or a file, a directory or - with specs.")
  private String what = "";

  ExplainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Printer printer = output.printer(terminal, common);
    if (what.isEmpty()) {
      ExplainPermission.all(printer);
      return ExitCode.OK;
    }
    Optional<Permission> permission = Permission.find(what);
    if (permission.isPresent()) {
      ExplainPermission.one(printer, Explainer.explain(permission.get()), false);
      return ExitCode.OK;
    }
    if (what.startsWith("ACCESS_") && what.contains("=")) {
      return alias(printer);
    }
    Optional<DirectiveInfo> directive = DirectiveTable.find(what);
    if (directive.isPresent()) {
      ExplainDirective.one(printer, directive.get());
      return ExitCode.OK;
    }
    if (what.equals("-") || Files.exists(Path.of(what)) || looksLikeAPath()) {
      return ExplainSpec.all(printer, terminal, what, target.savedOrReference());
    }
    throw unknown();
  }

  private int alias(Printer printer) {
    return switch (AliasSetting.parse(what, Location.NOWHERE)) {
      case AliasSetting.Accepted(var permission, var request, _) -> {
        ExplainPermission.one(printer, Explainer.explain(permission, request), true);
        yield ExitCode.OK;
      }
      case AliasSetting.Refused(var errors) -> {
        Diagnostic first = errors.getFirst();
        throw new CommandException(first.message(), first.help());
      }
    };
  }

  private boolean looksLikeAPath() {
    return what.contains("/") || what.endsWith(".yaml") || what.endsWith(".yml");
  }

  private CommandException unknown() {
    var names = new ArrayList<String>();
    Arrays.stream(Permission.values()).forEach(p -> names.addAll(List.of(p.key(), p.alias())));
    names.addAll(DirectiveTable.all().keySet());
    return new CommandException(
        "there is no permission, alias, directive or file " + what,
        Similar.help(what, names) + "List the permissions: sandbar explain");
  }
}
