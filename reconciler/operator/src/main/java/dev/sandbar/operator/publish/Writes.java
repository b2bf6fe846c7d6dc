package dev.sandbar.operator.publish;

import dev.sandbar.core.model.Node;
import dev.sandbar.crds.v1alpha1.Sandbar;
import dev.sandbar.source.text.JsonWriter;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.List;
import java.util.Map;

/** Single requests that change an object: one request each, nothing is read before. */
public final class Writes {
  /** Status code of a write that was decided on an older object. */
  public static final int CONFLICT = 409;

  /** Status code of an object that is gone. */
  public static final int NOT_FOUND = 404;

  private static final String MANAGER = "sandbar-operator";

  private final KubernetesClient client;

  /** A kind of sandbar.dev. */
  public enum Kind {
    APP_SANDBOX("AppSandbox", "appsandboxes"),
    DEVICE("Device", "devices"),
    DEVICE_BUNDLE("DeviceBundle", "devicebundles");

    private final String kind;
    private final ResourceDefinitionContext context;

    Kind(String kind, String plural) {
      this.kind = kind;
      this.context =
          new ResourceDefinitionContext.Builder()
              .withGroup(Sandbar.GROUP)
              .withVersion(Sandbar.VERSION)
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
      return kind;
    }
  }

  /** With the client that does all work. */
  public Writes(KubernetesClient client) {
    this.client = client;
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

  /** Changes the spec or metadata by a JSON patch (RFC 6902). */
  public GenericKubernetesResource patch(
      Kind kind, String namespace, String name, List<Node> steps) {
    return stub(kind, namespace, name)
        .patch(context(PatchType.JSON), JsonWriter.compact(Node.list(steps)));
  }

  /**
   * Changes fields of the status by a JSON merge patch (RFC 7386).
   *
   * @param version of the object that this was decided on; of another one nothing is changed
   * @param status a record of the kind, of which fields that are null stay, or a map of fields
   */
  public GenericKubernetesResource mergeStatus(
      Kind kind, String namespace, String name, String version, Object status) {
    var patch = Map.of("metadata", Map.of("resourceVersion", version), "status", status);
    return stub(kind, namespace, name)
        .subresource("status")
        .patch(context(PatchType.JSON_MERGE), client.getKubernetesSerialization().asJson(patch));
  }

  /** With an item at hand the client does not get one from the server first. */
  private Resource<GenericKubernetesResource> stub(Kind kind, String namespace, String name) {
    var metadata = new ObjectMetaBuilder().withNamespace(namespace).withName(name).build();
    GenericKubernetesResource item = item(kind, metadata);
    return client.genericKubernetesResources(kind.context()).inNamespace(namespace).resource(item);
  }

  private static GenericKubernetesResource item(Kind kind, ObjectMeta metadata) {
    var item = new GenericKubernetesResource();
    item.setApiVersion(Sandbar.GROUP + "/" + Sandbar.VERSION);
    item.setKind(kind.text());
    item.setMetadata(metadata);
    return item;
  }

  private static PatchContext context(PatchType type) {
    return new PatchContext.Builder().withPatchType(type).withFieldManager(MANAGER).build();
  }
}
