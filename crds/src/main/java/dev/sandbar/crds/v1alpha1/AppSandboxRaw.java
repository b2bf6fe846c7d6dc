package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.generator.annotation.Required;
import java.util.Map;

/**
 * A wall of the sandbox that the app opens.
 *
 * @param others as in {@link AppSandboxSpec}
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AppSandboxRaw(
    @Required
        @JsonPropertyDescription(
            "The directive that is the wall, for example SystemCallFilter. Others stay as they are.")
        String directive,
    @Required
        @JsonPropertyDescription(
            "How far it is opened: no for a wall that is a switch, a weaker word, or the names that"
                + " are added to what is open.")
        JsonNode value,
    @Required
        @JsonPropertyDescription(
            "Why, in one line of at least 20 characters, for whoever approves it.")
        String reason,
    @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
  public AppSandboxRaw {
    others = Absent.asEmpty(others);
  }
}
