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
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A Lease of which its names, its version, when it was renewed, by the clocks of its device and of
 * the API server, and for how long are read: a device writes its Lease, and no schema of ours
 * bounds the rest of it.
 */
@Group("coordination.k8s.io")
@Version("v1")
@Kind("Lease")
@Singular("lease")
@Plural("leases")
@JsonDeserialize(using = BoundedLease.Reader.class)
public final class BoundedLease extends GenericKubernetesResource implements Namespaced {
  private static final long serialVersionUID = 1L;

  private long length;
  private String renewedAt = "";

  /** All requests about Leases of a client that reads no more of any. */
  public static MixedOperation<BoundedLease, Page, Resource<BoundedLease>> requests(
      KubernetesClient client) {
    // As in BoundedApp: an event of a watch is read as what it is known to be.
    client.getKubernetesSerialization().registerKubernetesResource(BoundedLease.class);
    return client.resources(BoundedLease.class, Page.class);
  }

  /** Characters of all its texts, those that were not read among them. */
  public long length() {
    return length;
  }

  /** When it was last renewed, by the clock of the API server; empty if it does not say. */
  public String renewedAt() {
    return renewedAt;
  }

  /** Several of them. */
  public static final class Page extends DefaultKubernetesResourceList<BoundedLease> {
    private static final long serialVersionUID = 1L;
  }

  /** Reads one. */
  static final class Reader extends StdDeserializer<BoundedLease> {
    private static final long serialVersionUID = 1L;

    /** Characters of a value; what is longer is no time and no number. */
    private static final int MOST = 64;

    Reader() {
      super(BoundedLease.class);
    }

    @Override
    public BoundedLease deserialize(JsonParser in, DeserializationContext context)
        throws IOException {
      var lease = new BoundedLease();
      lease.setApiVersion("coordination.k8s.io/v1");
      lease.setKind("Lease");
      lease.setMetadata(new ObjectMeta());
      JsonFields.each(
          in,
          (name, value) -> {
            switch (value == JsonToken.START_OBJECT ? name : "") {
              case "metadata" -> lease.readMetadata(in);
              case "spec" -> lease.readSpec(in);
              default -> lease.skip(in);
            }
          });
      return lease;
    }
  }

  private void readMetadata(JsonParser in) throws IOException {
    JsonFields.each(
        in,
        (name, value) -> {
          if (value == JsonToken.START_ARRAY && name.equals("managedFields")) {
            readWriters(in);
            return;
          }
          // The API server bounds the length of these three.
          switch (value == JsonToken.VALUE_STRING ? name : "") {
            case "name" -> getMetadata().setName(in.getText());
            case "namespace" -> getMetadata().setNamespace(in.getText());
            case "resourceVersion" -> getMetadata().setResourceVersion(in.getText());
            default -> skip(in);
          }
        });
  }

  /** When the last of all who have written the Lease did: its device, by whatever programs. */
  private void readWriters(JsonParser in) throws IOException {
    while (in.nextToken() != JsonToken.END_ARRAY) {
      if (in.currentToken() != JsonToken.START_OBJECT) {
        skip(in);
        continue;
      }
      JsonFields.each(
          in,
          (name, value) -> {
            boolean time = name.equals("time") && value == JsonToken.VALUE_STRING;
            // Times of the API server are of one form, so that their order is that of their texts.
            if (time
                && in.getTextLength() <= Reader.MOST
                && in.getText().compareTo(renewedAt) > 0) {
              renewedAt = in.getText();
            } else {
              skip(in);
            }
          });
    }
  }

  private void readSpec(JsonParser in) throws IOException {
    var spec = new LinkedHashMap<String, @Nullable Object>();
    JsonFields.each(
        in,
        (name, value) -> {
          boolean isShort = value.isScalarValue() && in.getTextLength() <= Reader.MOST;
          if (isShort && name.equals("renewTime") && value == JsonToken.VALUE_STRING) {
            spec.put(name, in.getText());
          } else if (isShort
              && name.equals("leaseDurationSeconds")
              && value == JsonToken.VALUE_NUMBER_INT) {
            spec.put(name, in.getNumberValue());
          } else {
            skip(in);
          }
        });
    setAdditionalProperty("spec", spec);
  }

  /** Reads the value to its end, and counts its texts. */
  private void skip(JsonParser in) throws IOException {
    int depth = 0;
    JsonToken token = in.currentToken();
    while (token != null) {
      switch (token) {
        case START_OBJECT, START_ARRAY -> depth++;
        case END_OBJECT, END_ARRAY -> depth--;
        case VALUE_STRING -> length += in.getTextLength();
        default -> {}
      }
      if (depth == 0) {
        return;
      }
      token = in.nextToken();
    }
  }
}
