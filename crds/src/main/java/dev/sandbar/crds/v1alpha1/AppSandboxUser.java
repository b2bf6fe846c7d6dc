package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.generator.annotation.Required;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The name and the home that the app finds for its own uid.
 *
 * @param others as in {@link AppSandboxSpec}
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AppSandboxUser(
    @Required
        @JsonPropertyDescription("The name, for example postgres. Nobody but the app sees it.")
        String name,
    @JsonPropertyDescription(
            "Where HOME leads: a place that the app can write. If omitted, its state, cache or"
                + " logs, or else /tmp.")
        @Nullable String home,
    @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
  public AppSandboxUser {
    others = Absent.asEmpty(others);
  }
}
