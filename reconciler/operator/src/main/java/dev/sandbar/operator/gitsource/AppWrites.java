package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.SpecReader;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The writes of one GitSource to AppSandboxes of its namespace: one request each. */
final class AppWrites {
  private final KubernetesClient client;
  private final KubernetesSerialization serialization;
  private final String namespace;
  private final String source;

  AppWrites(KubernetesClient client, String namespace, String source) {
    this.client = client;
    this.serialization = client.getKubernetesSerialization();
    this.namespace = namespace;
    this.source = source;
  }

  /**
   * Server-side apply.
   *
   * @param force takes fields that another manager has set; without it they are a conflict
   */
  GenericKubernetesResource apply(GitApp desired, String revision, boolean force) {
    PatchContext context =
        new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(ObjectNames.FIELD_MANAGER)
            .withForce(force)
            .build();
    return patches(desired.name()).patch(context, document(desired, revision));
  }

  /**
   * Puts the whole spec in place of the other, if nobody has written since: what another manager
   * has added is nothing that server-side apply removes. Who suspended the app resumes it, unless
   * Git says which it is.
   */
  GenericKubernetesResource replace(GenericKubernetesResource current, GitApp desired) {
    PatchContext context =
        new PatchContext.Builder()
            .withPatchType(PatchType.JSON)
            .withFieldManager(ObjectNames.FIELD_MANAGER)
            .build();
    // With the version in it the API server answers 409 if there is a newer one.
    List<Map<String, Object>> operations =
        List.of(
            operation("/metadata/resourceVersion", current.getMetadata().getResourceVersion()),
            operation("/spec", spec(desired, CanonicalSpec.suspends(current))));
    return patches(desired.name()).patch(context, operations);
  }

  private Map<String, Object> spec(GitApp desired, boolean suspended) {
    var spec = new TreeMap<String, Object>();
    Map<?, ?> fields = serialization.unmarshal(desired.spec(), Map.class);
    fields.forEach((key, value) -> spec.put(String.valueOf(key), value));
    if (!desired.suspend().isEmpty()) {
      spec.put(SpecReader.SUSPEND, Boolean.valueOf(desired.suspend()));
    } else if (suspended) {
      spec.put(SpecReader.SUSPEND, true);
    }
    return spec;
  }

  private static Map<String, Object> operation(String path, Object value) {
    return Map.of("op", "replace", "path", path, "value", value);
  }

  /** Deletes the app if it is still as it was seen. */
  void delete(Live live) {
    try {
      client
          .genericKubernetesResources(ObjectNames.APPS)
          .inNamespace(namespace)
          .withName(live.name())
          .lockResourceVersion(live.version())
          .delete();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }

  private Patches patches(String name) {
    return new Patches(client, ObjectNames.APPS, namespace, name);
  }

  private Map<String, Object> document(GitApp desired, String revision) {
    var labels = new TreeMap<>(desired.labels());
    labels.put(ObjectNames.SOURCE, source);
    var annotations = new TreeMap<>(desired.annotations());
    annotations.put(ObjectNames.REVISION, revision);
    annotations.put(ObjectNames.DECLARED, desired.digest().hex());
    return Map.of(
        "apiVersion",
        ObjectNames.APPS.getGroup() + "/" + ObjectNames.APPS.getVersion(),
        "kind",
        ObjectNames.APPS.getKind(),
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
        spec(desired, false));
  }
}
