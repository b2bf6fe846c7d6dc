package dev.sandbar.operator.publish;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import io.fabric8.kubernetes.api.model.DefaultKubernetesResourceList;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;
import java.io.IOException;

/**
 * A ConfigMap of which its names and its version are read, and nothing of what is in it: a watch
 * sends all of them, most of which no app names, and each may hold a megabyte.
 */
@Group("")
@Version("v1")
@Kind("ConfigMap")
@Singular("configmap")
@Plural("configmaps")
@JsonDeserialize(using = WatchedConfigMap.Reader.class)
public final class WatchedConfigMap extends GenericKubernetesResource implements Namespaced {
  private static final long serialVersionUID = 1L;

  /** All requests about ConfigMaps of a client that reads no more of any that it watches. */
  public static MixedOperation<WatchedConfigMap, Page, Resource<WatchedConfigMap>> requests(
      KubernetesClient client) {
    // As in BoundedApp: an event of a watch is read as what it is known to be.
    client.getKubernetesSerialization().registerKubernetesResource(WatchedConfigMap.class);
    return client.resources(WatchedConfigMap.class, Page.class);
  }

  /** Several of them. */
  public static final class Page extends DefaultKubernetesResourceList<WatchedConfigMap> {
    private static final long serialVersionUID = 1L;
  }

  /** Reads one. */
  static final class Reader extends StdDeserializer<WatchedConfigMap> {
    private static final long serialVersionUID = 1L;

    Reader() {
      super(WatchedConfigMap.class);
    }

    @Override
    public WatchedConfigMap deserialize(JsonParser in, DeserializationContext context)
        throws IOException {
      var read = new WatchedConfigMap();
      read.setApiVersion("v1");
      read.setKind("ConfigMap");
      read.setMetadata(new ObjectMeta());
      JsonFields.each(
          in,
          (name, value) -> {
            if (value == JsonToken.START_OBJECT && name.equals("metadata")) {
              read.readMetadata(in);
            } else {
              in.skipChildren();
            }
          });
      return read;
    }
  }

  private void readMetadata(JsonParser in) throws IOException {
    JsonFields.each(
        in,
        (name, value) -> {
          // The API server bounds the length of these three.
          switch (value == JsonToken.VALUE_STRING ? name : "") {
            case "name" -> getMetadata().setName(in.getText());
            case "namespace" -> getMetadata().setNamespace(in.getText());
            case "resourceVersion" -> getMetadata().setResourceVersion(in.getText());
            default -> in.skipChildren();
          }
        });
  }
}
