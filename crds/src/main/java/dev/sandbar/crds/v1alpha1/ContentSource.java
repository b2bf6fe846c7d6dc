package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.generator.annotation.Required;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where the text of a file is taken from. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ContentSource(
    @JsonPropertyDescription(
            "A value of a ConfigMap in the same namespace. A change of the value is a new version"
                + " of the app, and restarts it unless onChange is Reload.")
        @Nullable ConfigMapKey configMap,
    @JsonPropertyDescription(
            "An AppContent of the same namespace. A GitSource writes it, for a file of its"
                + " repository that no spec has room for; everybody else names a ConfigMap.")
        @Nullable AppContentKey appContent,
    @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
  public ContentSource {
    others = Absent.asEmpty(others);
  }

  /** A value of a ConfigMap. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record ConfigMapKey(
      @Required @JsonPropertyDescription("The name of the ConfigMap.") String name,
      @Required @JsonPropertyDescription("The key of the value in its data, which is text.")
          String key,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public ConfigMapKey {
      others = Absent.asEmpty(others);
    }
  }

  /** An AppContent, and what is in it. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record AppContentKey(
      @Required @JsonPropertyDescription("The name of the AppContent.") String name,
      @Required @JsonPropertyDescription("The SHA-256 of the bytes in it. Devices use no others.")
          String sha256,
      @Required @JsonPropertyDescription("How many bytes there are.") int bytes,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public AppContentKey {
      others = Absent.asEmpty(others);
    }
  }
}
