package dev.sandbar.operator.gitsource;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;

/** Patches of objects by their name, one request each. */
record Patches(
    KubernetesClient client, ResourceDefinitionContext kind, String namespace, String name) {

  private static final PatchContext MERGE =
      new PatchContext.Builder().withPatchType(PatchType.JSON_MERGE).build();

  GenericKubernetesResource merge(Object patch) {
    return patch(MERGE, patch);
  }

  void mergeStatus(Object patch) {
    resource().subresource("status").patch(MERGE, json(patch));
  }

  GenericKubernetesResource patch(PatchContext context, Object patch) {
    return resource().patch(context, json(patch));
  }

  private String json(Object patch) {
    return client.getKubernetesSerialization().asJson(patch);
  }

  /** Without an object in hand the client would ask for it before each patch. */
  private Resource<GenericKubernetesResource> resource() {
    var object = new GenericKubernetesResource();
    object.setApiVersion(kind.getGroup() + "/" + kind.getVersion());
    object.setKind(kind.getKind());
    object.setMetadata(new ObjectMetaBuilder().withNamespace(namespace).withName(name).build());
    return client.genericKubernetesResources(kind).inNamespace(namespace).resource(object);
  }
}
