package dev.sandbar.operator.publish;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.crds.v1alpha1.Sandbar;
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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An AppSandbox of which no more is read than a spec may have. Small values take twenty times their
 * bytes once they are objects, and a list holds many AppSandboxes: read as they are, the ones of
 * one tenant end the operator at every start.
 */
@Group(Sandbar.GROUP)
@Version(Sandbar.VERSION)
@Kind("AppSandbox")
@Singular("appsandbox")
@Plural("appsandboxes")
@JsonDeserialize(using = BoundedApp.Reader.class)
public final class BoundedApp extends GenericKubernetesResource implements Namespaced {
  private static final long serialVersionUID = 1L;

  private boolean oversize;

  /** All requests about AppSandboxes of a client that reads no more of any. */
  public static MixedOperation<BoundedApp, Page, Resource<BoundedApp>> requests(
      KubernetesClient client) {
    register(client);
    return client.resources(BoundedApp.class, Page.class);
  }

  /** From now on the client reads no more of any AppSandbox. */
  public static void register(KubernetesClient client) {
    // An event of a watch is read as what it is known to be; made of something else it would be
    // read whole.
    client.getKubernetesSerialization().registerKubernetesResource(BoundedApp.class);
  }

  /** Whether the spec is larger than what is read, and is not here. */
  public boolean oversize() {
    return oversize;
  }

  /** Several of them. */
  public static final class Page extends DefaultKubernetesResourceList<BoundedApp> {
    private static final long serialVersionUID = 1L;
  }

  /** Reads one. */
  static final class Reader extends StdDeserializer<BoundedApp> {
    private static final long serialVersionUID = 1L;

    /** Each field of the metadata: the API server allows 256 KiB of annotations. */
    private static final int MOST_METADATA = 256 * 1024;

    /** What this operator writes there is less. */
    private static final int MOST_STATUS = 256 * 1024;

    /** Deeper than any spec that is read. */
    private static final int DEEPEST = 32;

    Reader() {
      super(BoundedApp.class);
    }

    @Override
    public BoundedApp deserialize(JsonParser in, DeserializationContext context)
        throws IOException {
      var app = new BoundedApp();
      JsonFields.each(
          in,
          (name, token) -> {
            switch (name) {
              case "apiVersion" -> app.setApiVersion(in.getValueAsString());
              case "kind" -> app.setKind(in.getValueAsString());
              case "metadata" -> {
                if (token == JsonToken.START_OBJECT) {
                  app.setMetadata(metadata(in));
                }
              }
              default -> {
                boolean isSpec = name.equals("spec");
                var room = new Room(isSpec ? SpecBounds.MOST_BYTES : MOST_STATUS, false);
                read(in, room).ifPresent(value -> app.setAdditionalProperty(name, value));
                app.oversize |= isSpec && room.exceeded();
              }
            }
          });
      return app;
    }

    private static ObjectMeta metadata(JsonParser in) throws IOException {
      var fields = new LinkedHashMap<String, Object>();
      JsonFields.each(
          in,
          (name, _) -> {
            var room = new Room(MOST_METADATA, name.equals("managedFields"));
            read(in, room).ifPresent(value -> fields.put(name, value));
          });
      return ((com.fasterxml.jackson.databind.ObjectMapper) in.getCodec())
          .convertValue(fields, ObjectMeta.class);
    }

    /** The value; empty if there is none or it takes more room than there is. */
    private static Optional<Object> read(JsonParser in, Room room) throws IOException {
      return Optional.ofNullable(value(in, room, 0)).filter(_ -> !room.exceeded());
    }

    /** The value, read to its end in any case; nothing useful once there is no more room. */
    private static @Nullable Object value(JsonParser in, Room room, int depth) throws IOException {
      if (depth > DEEPEST) {
        room.take(Integer.MAX_VALUE);
      }
      if (room.exceeded()) {
        in.skipChildren();
        return null;
      }
      return switch (in.currentToken()) {
        case START_OBJECT -> {
          room.take(2);
          Map<String, Object> map = new LinkedHashMap<>();
          JsonFields.each(
              in,
              (name, _) -> {
                Object value = room.skips(name) ? skipped(in) : value(in, room, depth + 1);
                room.take(name.length() + 3);
                if (!room.exceeded()) {
                  map.put(name, value);
                }
              });
          yield map;
        }
        case START_ARRAY -> {
          room.take(2);
          var list = new ArrayList<@Nullable Object>();
          while (in.nextToken() != JsonToken.END_ARRAY) {
            Object value = value(in, room, depth + 1);
            if (!room.exceeded()) {
              list.add(value);
            }
          }
          yield list;
        }
        case VALUE_STRING -> {
          room.take(in.getTextLength() + 2);
          yield room.exceeded() ? null : in.getText();
        }
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
          room.take(in.getTextLength());
          yield room.exceeded() ? null : in.getNumberValue();
        }
        case VALUE_TRUE -> true;
        case VALUE_FALSE -> false;
        default -> null;
      };
    }

    private static @Nullable Object skipped(JsonParser in) throws IOException {
      in.skipChildren();
      return null;
    }
  }

  /** Counts no more than the bytes that the value takes in the store. */
  private static final class Room {
    private final boolean managers;
    private long left;

    Room(int most, boolean managers) {
      this.left = most;
      this.managers = managers;
    }

    /** Which fields a manager has is as long as the rest of the object, and nobody asks. */
    boolean skips(String field) {
      return managers && field.equals("fieldsV1");
    }

    void take(int bytes) {
      left -= bytes;
    }

    boolean exceeded() {
      return left < 0;
    }
  }
}
