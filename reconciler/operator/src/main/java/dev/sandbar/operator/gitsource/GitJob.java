package dev.sandbar.operator.gitsource;

import dev.sandbar.source.git.GitSecrets;
import dev.sandbar.source.git.GitSettings;
import java.time.Duration;

/**
 * One poll of one repository, for a worker.
 *
 * @param uid of the GitSource, which names its clone
 * @param namespace for which the manifests are read
 * @param contentKey what the names of large files are computed from; empty if it is not known
 * @param settings without files of secrets
 * @param loopback whether the operator's own machine may be reached, for tests
 * @param timeout of the poll
 * @param revision that was read last; empty if none was
 * @param applied revision that was applied last; empty if none was
 */
record GitJob(
    String uid,
    String namespace,
    String contentKey,
    GitSettings settings,
    GitSecrets secrets,
    boolean loopback,
    Duration timeout,
    String revision,
    String applied) {}
