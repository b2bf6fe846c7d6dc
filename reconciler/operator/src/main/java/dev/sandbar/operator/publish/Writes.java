package dev.sandbar.operator.publish;

import dev.sandbar.core.model.Node;
import dev.sandbar.crds.v1alpha1.Sandbar;
import dev.sandbar.source.text.JsonWriter;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Everything that the operator writes: one request each, nothing is read before. Writes that are
 * given a version, or an object that has one, change nothing of another version.
 *
 * <p>A request that gets no answer is repeated by the client, which knows whether it may; what an
 * error means is in {@link ApiFailure}.
 */
public final class Writes {
  /** Field manager of what concerns devices and apps. */
  private static final String OPERATOR = "sandbar-operator";

  /** Label of what is made for an AppSandbox: its name. */
  public static final String APP_LABEL = "sandbar.dev/appsandbox";

  private static final int MOST_CONFLICTS = 4;

  private final KubernetesClient client;
  private final String manager;

  /** A kind that is written field by field. */
  public enum Kind {
    APP_CONTENT(Sandbar.GROUP, Sandbar.VERSION, "AppContent", "appcontents"),
    APP_SANDBOX(Sandbar.GROUP, Sandbar.VERSION, "AppSandbox", "appsandboxes"),
    DEVICE(Sandbar.GROUP, Sandbar.VERSION, "Device", "devices"),
    DEVICE_BUNDLE(Sandbar.GROUP, Sandbar.VERSION, "DeviceBundle", "devicebundles"),
    DEVICE_QUERY(Sandbar.GROUP, Sandbar.VERSION, "DeviceQuery", "devicequeries"),
    FLEET_HISTORY(Sandbar.GROUP, Sandbar.VERSION, "FleetHistory", "fleethistories"),
    GIT_SOURCE(Sandbar.GROUP, Sandbar.VERSION, "GitSource", "gitsources"),
    LEASE("coordination.k8s.io", "v1", "Lease", "leases");

    private final ResourceDefinitionContext context;

    Kind(String group, String version, String kind, String plural) {
      this.context =
          new ResourceDefinitionContext.Builder()
              .withGroup(group)
              .withVersion(version)
              .withKind(kind)
              .withPlural(plural)
              .withNamespaced(true)
              .build();
    }

    /** As the client wants it. */
    public ResourceDefinitionContext context() {
      return context;
    }

    /** As in {@code kind:}. */
    public String text() {
      return context.getKind();
    }

    /** As in {@code apiVersion:}. */
    public String apiVersion() {
      return context.getGroup() + "/" + context.getVersion();
    }
  }

  /** An object, whether it is there or not. */
  public record Target(Kind kind, String namespace, String name) {}

  /** With the client that does all work. */
  public Writes(KubernetesClient client) {
    this(client, OPERATOR);
  }

  /**
   * With a field manager of its own.
   *
   * @param manager stands in the managedFields of whatever is patched
   */
  public Writes(KubernetesClient client, String manager) {
    this.client = client;
    this.manager = manager;
  }

  /** Makes an object. */
  public GenericKubernetesResource create(Kind kind, ObjectMeta metadata, Node spec) {
    GenericKubernetesResource item = item(kind, metadata);
    item.setAdditionalProperty(
        "spec", client.getKubernetesSerialization().unmarshal(JsonWriter.compact(spec), Map.class));
    return client
        .genericKubernetesResources(kind.context())
        .inNamespace(metadata.getNamespace())
        .resource(item)
        .create();
  }

  /** Makes an object of a kind of Kubernetes itself. */
  public <T extends HasMetadata> T create(T object) {
    return client.resource(object).create();
  }

  /** Makes an object; false if there is one of its name. */
  public boolean createIfAbsent(HasMetadata object) {
    try {
      var _ = client.resource(object).create();
      return true;
    } catch (KubernetesClientException e) {
      if (ApiFailure.of(e) == ApiFailure.CONFLICT) {
        return false;
      }
      throw e;
    }
  }

  /** Puts the object in the place of the one whose resourceVersion it carries. */
  public <T extends HasMetadata> T update(T object) {
    return client.resource(object).update();
  }

  /** The same with a subresource, such as {@code approval}. */
  public void update(HasMetadata object, String subresource) {
    var _ = client.resource(object).subresource(subresource).update();
  }

  /**
   * Deletes the object that has the name, of whatever version; it may have gone already. Only for
   * what has a name that follows from its content: of anything else another may have the name
   * since.
   */
  public void delete(Target target) {
    try {
      var _ =
          client
              .genericKubernetesResources(target.kind().context())
              .inNamespace(target.namespace())
              .withName(target.name())
              .delete();
    } catch (KubernetesClientException e) {
      if (ApiFailure.of(e) != ApiFailure.NOT_FOUND) {
        throw e;
      }
    }
  }

  /** Deletes exactly this version of an object. */
  public void deleteVersion(HasMetadata object) {
    client.resource(object).lockResourceVersion().delete();
  }

  /** Deletes the object if it is still of this version; it may have gone already. */
  public void deleteVersion(Target target, String version) {
    try {
      client
          .genericKubernetesResources(target.kind().context())
          .inNamespace(target.namespace())
          .withName(target.name())
          .lockResourceVersion(version)
          .delete();
    } catch (KubernetesClientException e) {
      if (ApiFailure.of(e) != ApiFailure.NOT_FOUND) {
        throw e;
      }
    }
  }

  /**
   * Changes spec or metadata by a JSON patch (RFC 6902).
   *
   * @param version of the object that this was decided on
   */
  public GenericKubernetesResource patch(Target target, String version, List<Node> steps) {
    var all = new ArrayList<Node>();
    all.add(
        Node.mapping(
            List.of(
                Node.entry("op", Node.text("replace")),
                Node.entry("path", Node.text("/metadata/resourceVersion")),
                Node.entry("value", Node.text(version)))));
    all.addAll(steps);
    return stub(target).patch(context(PatchType.JSON), JsonWriter.compact(Node.list(all)));
  }

  /**
   * Puts another spec in the place of the whole one.
   *
   * @param version of the object that this was decided on
   */
  public GenericKubernetesResource replaceSpec(Target target, String version, Object spec) {
    return stub(target)
        .patch(
            context(PatchType.JSON),
            json(
                List.of(
                    Map.of("op", "replace", "path", "/metadata/resourceVersion", "value", version),
                    Map.of("op", "replace", "path", "/spec", "value", spec))));
  }

  /**
   * Server-side apply.
   *
   * @param document the whole of what this field manager declares
   * @param force takes fields that another manager has set; without it they are a conflict
   */
  public GenericKubernetesResource apply(
      Target target, Map<String, Object> document, boolean force) {
    var context =
        new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(manager)
            .withForce(force)
            .build();
    return stub(target).patch(context, json(document));
  }

  /** Changes fields, of whatever version, by a JSON merge patch (RFC 7386). */
  public void merge(Target target, Map<String, Object> fields) {
    var _ = stub(target).patch(context(PatchType.JSON_MERGE), json(fields));
  }

  /**
   * Sets an annotation.
   *
   * @param version of the object that this was decided on
   */
  public GenericKubernetesResource annotate(
      Target target, String version, String key, String value) {
    return stub(target)
        .patch(
            context(PatchType.JSON_MERGE),
            json(
                Map.of(
                    "metadata",
                    Map.of("resourceVersion", version, "annotations", Map.of(key, value)))));
  }

  /**
   * Changes fields of the status by a JSON merge patch, of whatever version.
   *
   * @param status a record of the kind, of which fields that are null stay
   */
  public void mergeStatus(Target target, Object status) {
    var _ = status(target, Map.of("status", status));
  }

  /**
   * Changes fields of the status by a JSON merge patch.
   *
   * @param version of the object that this was decided on
   * @param status a record of the kind, of which fields that are null stay, or a map of fields
   */
  public GenericKubernetesResource mergeStatus(Target target, String version, Object status) {
    return status(target, Map.of("metadata", Map.of("resourceVersion", version), "status", status));
  }

  private GenericKubernetesResource status(Target target, Map<String, Object> patch) {
    return stub(target).subresource("status").patch(context(PatchType.JSON_MERGE), json(patch));
  }

  /**
   * Reads, decides and writes; from the start again, some times, where somebody wrote in between.
   */
  public static void retryConflicts(Runnable attempt) {
    for (int left = MOST_CONFLICTS; ; left--) {
      try {
        attempt.run();
        return;
      } catch (KubernetesClientException e) {
        if (ApiFailure.of(e) != ApiFailure.CONFLICT || left == 0) {
          throw e;
        }
      }
    }
  }

  private String json(Object patch) {
    return client.getKubernetesSerialization().asJson(patch);
  }

  /** With an item at hand the client does not get one from the server first. */
  private Resource<GenericKubernetesResource> stub(Target target) {
    var metadata =
        new ObjectMetaBuilder().withNamespace(target.namespace()).withName(target.name()).build();
    return client
        .genericKubernetesResources(target.kind().context())
        .inNamespace(target.namespace())
        .resource(item(target.kind(), metadata));
  }

  private static GenericKubernetesResource item(Kind kind, ObjectMeta metadata) {
    var item = new GenericKubernetesResource();
    item.setApiVersion(kind.apiVersion());
    item.setKind(kind.text());
    item.setMetadata(metadata);
    return item;
  }

  private PatchContext context(PatchType type) {
    return new PatchContext.Builder().withPatchType(type).withFieldManager(manager).build();
  }
}
