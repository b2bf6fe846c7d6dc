package dev.sandbar.cli;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.fleet.Done;
import dev.sandbar.cli.fleet.Fleet;
import dev.sandbar.cli.fleet.FleetException;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Objects that a command changes one after the other: by their names, or by their labels. */
final class FleetChangeOptions {
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private FleetOptions fleet = new FleetOptions();

  @Parameters(
      arity = "0..*",
      paramLabel = "[KIND] NAME",
      description =
          "Names of apps; or a kind and names of it; or names with their kinds, as -o name prints"
              + " them.")
  private List<String> what = List.of();

  @Option(
      names = {"-l", "--selector"},
      paramLabel = "LABELS",
      description =
          "All objects of the kind with these labels in the namespace, for example"
              + " line=3,role!=spare.")
  private String selector = "";

  /**
   * Changes them; what was done before one fails is printed all the same.
   *
   * @param allowed kinds that the command knows; the first one is meant where none is named
   */
  int change(
      Terminal terminal,
      List<FleetObject.Kind> allowed,
      BiFunction<Fleet, FleetObject, Done> change) {
    if (what.isEmpty() && selector.isEmpty()) {
      throw new CommandException(
          "nothing is named that is to be changed", "Give names, or labels: -l line=3");
    }
    List<FleetObject> named = selector.isEmpty() ? FleetObject.all(what, allowed) : List.of();
    FleetObject.Kind kind =
        selector.isEmpty() ? allowed.getFirst() : FleetObject.kind(what, allowed);
    var done = new ArrayList<Done>();
    try {
      return fleet.use(
          terminal,
          "changing " + (selector.isEmpty() ? named.getFirst().shown() : kind.word() + "s"),
          (api, _) -> {
            for (FleetObject object : selector.isEmpty() ? named : selected(api, kind)) {
              done.add(change.apply(api, object));
            }
            return ExitCode.OK;
          });
    } finally {
      print(output.printer(terminal, common), done);
    }
  }

  private List<FleetObject> selected(Fleet api, FleetObject.Kind kind) {
    List<String> names =
        switch (kind) {
          case APP -> api.appsWith(selector);
          case DEVICE -> api.devicesWith(selector);
          case GITSOURCE -> api.sourcesWith(selector);
        };
    if (names.isEmpty()) {
      throw new FleetException(
          "no " + kind.word() + " of the namespace has the labels " + selector,
          "List their labels: kubectl get " + kind.word() + "s --show-labels");
    }
    return names.stream().map(name -> new FleetObject(kind, name)).toList();
  }

  private static void print(Printer printer, List<Done> done) {
    if (printer.machine() && done.size() > 1) {
      printer.node(
          Envelope.of("FleetChanges")
              .put("changes", Node.list(done.stream().map(Done::document).toList()))
              .build());
    } else {
      done.forEach(it -> FleetCommand.print(printer, it));
    }
  }
}
