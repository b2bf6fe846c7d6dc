package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.SpecReader;
import dev.sandbar.operator.history.OwnActs;
import dev.sandbar.operator.publish.Writes;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Map;
import java.util.TreeMap;

/** The writes of one GitSource to AppSandboxes of its namespace: one request each. */
final class AppWrites {
  private static final Writes.Kind KIND = Writes.Kind.APP_SANDBOX;

  private final Writes writes;
  private final KubernetesSerialization serialization;
  private final String namespace;
  private final String source;
  private final OwnActs acts;

  AppWrites(
      Writes writes,
      KubernetesSerialization serialization,
      String namespace,
      String source,
      OwnActs acts) {
    this.writes = writes;
    this.serialization = serialization;
    this.namespace = namespace;
    this.source = source;
    this.acts = acts;
  }

  /**
   * Server-side apply.
   *
   * @param force takes fields that another manager has set; without it they are a conflict
   */
  GenericKubernetesResource apply(GitApp desired, String revision, boolean force) {
    return writes.apply(target(desired.name()), document(desired, revision), force);
  }

  /**
   * Puts the whole spec in place of the other, if nobody has written since: what another manager
   * has added is nothing that server-side apply removes. Who suspended the app resumes it, and who
   * holds it releases it, unless Git says which it is.
   */
  GenericKubernetesResource replace(GenericKubernetesResource current, GitApp desired) {
    return writes.replaceSpec(
        target(desired.name()),
        current.getMetadata().getResourceVersion(),
        spec(desired, CanonicalSpec.suspends(current), CanonicalSpec.hold(current)));
  }

  private Map<String, Object> spec(GitApp desired, boolean suspended, Map<String, Object> held) {
    var spec = new TreeMap<String, Object>();
    Map<?, ?> fields = serialization.unmarshal(desired.spec(), Map.class);
    fields.forEach((key, value) -> spec.put(String.valueOf(key), value));
    if (!desired.suspend().isEmpty()) {
      spec.put(SpecReader.SUSPEND, Boolean.valueOf(desired.suspend()));
    } else if (suspended) {
      spec.put(SpecReader.SUSPEND, true);
    }
    Map<?, ?> hold =
        desired.hold().equals(GitApp.NO_HOLD)
            ? held
            : serialization.unmarshal(desired.hold(), Map.class);
    hold.forEach((key, value) -> spec.put(String.valueOf(key), value));
    return spec;
  }

  /** Deletes the app if it is still as it was seen. */
  /**
   * @param revision that does not declare it; empty where the source itself goes
   */
  void delete(Live live, String revision) {
    writes.deleteVersion(target(live.name()), live.version());
    acts.removed(namespace, live.name(), ObjectNames.FIELD_MANAGER, source, revision);
  }

  private Writes.Target target(String name) {
    return new Writes.Target(KIND, namespace, name);
  }

  private Map<String, Object> document(GitApp desired, String revision) {
    var labels = new TreeMap<>(desired.labels());
    labels.put(ObjectNames.SOURCE, source);
    var annotations = new TreeMap<>(desired.annotations());
    annotations.put(ObjectNames.REVISION, revision);
    annotations.put(ObjectNames.DECLARED, desired.digest().hex());
    return Map.of(
        "apiVersion",
        KIND.apiVersion(),
        "kind",
        KIND.text(),
        "metadata",
        Map.of(
            "name",
            desired.name(),
            "namespace",
            namespace,
            "labels",
            labels,
            "annotations",
            annotations),
        "spec",
        spec(desired, false, Map.of()));
  }
}
