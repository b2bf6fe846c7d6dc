package dev.sandbar.cli.fleet;

import java.util.List;
import java.util.Map;

/**
 * Which API server, and which of its namespaces.
 *
 * @param kubeconfig file; empty for $KUBECONFIG and then ~/.kube/config
 * @param context of that file; empty for the current one
 * @param namespace empty for that of the context
 * @param everywhere all namespaces
 * @param environment variables of the process
 * @param user to impersonate; empty for none
 * @param groups to impersonate with the user
 */
public record FleetTarget(
    String kubeconfig,
    String context,
    String namespace,
    boolean everywhere,
    Map<String, String> environment,
    String user,
    List<String> groups) {
  public FleetTarget {
    environment = Map.copyOf(environment);
    groups = List.copyOf(groups);
  }

  /** As who the kubeconfig says. */
  FleetTarget(
      String kubeconfig,
      String context,
      String namespace,
      boolean everywhere,
      Map<String, String> environment) {
    this(kubeconfig, context, namespace, everywhere, environment, "", List.of());
  }
}
