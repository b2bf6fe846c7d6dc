package dev.sandbar.cli.fleet;

import java.util.Map;

/**
 * Which API server, and which of its namespaces.
 *
 * @param kubeconfig file; empty for $KUBECONFIG and then ~/.kube/config
 * @param context of that file; empty for the current one
 * @param namespace empty for that of the context
 * @param everywhere all namespaces
 * @param environment variables of the process
 */
public record FleetTarget(
    String kubeconfig,
    String context,
    String namespace,
    boolean everywhere,
    Map<String, String> environment) {
  public FleetTarget {
    environment = Map.copyOf(environment);
  }
}
