package dev.sandbar.cli;

import dev.sandbar.cli.fleet.Fleet;
import dev.sandbar.cli.fleet.FleetTarget;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Terminal;
import java.util.List;
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

  @Option(
      names = "--as",
      paramLabel = "USER",
      description = "User to impersonate, for example system:serviceaccount:factory:ci.")
  private String user = "";

  @Option(
      names = "--as-group",
      paramLabel = "GROUP",
      description = "Group to impersonate, with --as. May be repeated.")
  private List<String> groups = List.of();

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
    if (user.isEmpty() && !groups.isEmpty()) {
      throw new CommandException("--as-group needs --as", "Name a user: --as USER");
    }
    var target =
        new FleetTarget(
            kubeconfig, context, namespace, everywhere, terminal.environment(), user, groups);
    try (var progress = ProgressLine.start(terminal, doing);
        var fleet = Fleet.open(target)) {
      return work.apply(fleet, progress::now);
    }
  }
}
