package dev.sandbar.operator.gitsource;

import dev.sandbar.crds.v1alpha1.GitSourceStatus;
import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.Writes;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the status of one GitSource, if it changes. Used by one thread. */
final class StatusWriter {
  private static final Logger LOG = LoggerFactory.getLogger(StatusWriter.class);
  private static final GitSourceStatus EMPTY =
      new GitSourceStatus(null, List.of(), null, null, null, List.of(), List.of());

  private final Writes writes;
  private final KubernetesSerialization serialization;
  private @Nullable GitSourceStatus written;

  StatusWriter(Writes writes, KubernetesSerialization serialization) {
    this.writes = writes;
    this.serialization = serialization;
  }

  /** The status as it is: what was written last, for the watch may be late. */
  GitSourceStatus current(GenericKubernetesResource source) {
    if (written != null) {
      return written;
    }
    try {
      return Optional.ofNullable(source.getAdditionalProperties().get("status"))
          .map(status -> serialization.convertValue(status, GitSourceStatus.class))
          .orElse(EMPTY);
    } catch (IllegalArgumentException e) {
      return EMPTY; // of another version: written anew
    }
  }

  /** Writes it if it is another one; false if it could not be written and should be tried again. */
  boolean write(GenericKubernetesResource source, GitSourceStatus status) {
    if (status.equals(current(source))) {
      return true;
    }
    String namespace = source.getMetadata().getNamespace();
    String name = source.getMetadata().getName();
    try {
      writes.mergeStatus(new Writes.Target(Writes.Kind.GIT_SOURCE, namespace, name), status);
      written = status;
      return true;
    } catch (KubernetesClientException e) {
      boolean gone = ApiFailure.of(e) == ApiFailure.NOT_FOUND;
      if (!gone) {
        LOG.warn("source={}/{} action=status code={} not written", namespace, name, e.getCode());
      }
      return gone;
    }
  }
}
