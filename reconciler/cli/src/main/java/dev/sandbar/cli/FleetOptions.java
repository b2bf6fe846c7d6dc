package dev.sandbar.cli;

import dev.sandbar.cli.fleet.Fleet;
import dev.sandbar.cli.fleet.FleetTarget;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Terminal;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** The options that say which API server, and whom it sees; the same as those of kubectl. */
final class FleetOptions {
  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "Path of the kubeconfig file. Default: $$KUBECONFIG, else ~/.kube/config.")
  private String kubeconfig = "";

  @Option(
      names = "--context",
      paramLabel = "NAME",
      description = "Context of the kubeconfig to use. Default: the current one.")
  private String context = "";

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAME",
      description = "Namespace to use. Default: that of the context.")
  private String namespace = "";

  /** Does something with the fleet of one namespace. */
  <T> T use(Terminal terminal, String doing, BiFunction<Fleet, Consumer<String>, T> work) {
    return use(terminal, false, doing, work);
  }

  /**
   * Does something with the fleet; says what if it takes long.
   *
   * @param everywhere all namespaces
   */
  <T> T use(
      Terminal terminal,
      boolean everywhere,
      String doing,
      BiFunction<Fleet, Consumer<String>, T> work) {
    if (everywhere && !namespace.isEmpty()) {
      throw new CommandException(
          "--namespace and --all-namespaces exclude each other", "Leave one of them away");
    }
    var target =
        new FleetTarget(kubeconfig, context, namespace, everywhere, terminal.environment());
    try (var progress = ProgressLine.start(terminal, doing);
        var fleet = Fleet.open(target)) {
      return work.apply(fleet, progress::now);
    }
  }
}
