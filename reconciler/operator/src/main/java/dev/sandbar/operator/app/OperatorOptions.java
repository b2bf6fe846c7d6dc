package dev.sandbar.operator.app;

import dev.sandbar.operator.reconcile.ValuePace;
import java.nio.file.Path;
import java.util.Set;

/**
 * How the operator is set up.
 *
 * @param namespaces to look after; empty means all
 * @param listen address of all ports
 * @param metricsPort 0 takes a free one
 * @param probePort of health and readiness alone; 0 takes a free one
 * @param webhookPort of pushes of Git servers; 0 takes a free one
 * @param leaderElect whether several may run
 * @param leaseNamespace where the leader's Lease is
 * @param identity of this process among several
 * @param concurrency how many devices are worked on at once
 * @param cacheDirectory of clones of repositories; may be lost at any time
 * @param values how soon apps get changes of ConfigMaps and Secrets
 */
public record OperatorOptions(
    Set<String> namespaces,
    String listen,
    int metricsPort,
    int probePort,
    int webhookPort,
    boolean leaderElect,
    String leaseNamespace,
    String identity,
    int concurrency,
    Path cacheDirectory,
    ValuePace values) {
  public OperatorOptions {
    namespaces = Set.copyOf(namespaces);
  }
}
