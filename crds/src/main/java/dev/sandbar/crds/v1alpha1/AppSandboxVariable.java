package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A variable whose value each device gives.
 *
 * @param others as in {@link AppSandboxSpec}
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AppSandboxVariable(
    @Required
        @JsonPropertyDescription(
            "The name: ${variables.NAME} stands for the value in arguments, environment and files.")
        String name,
    @JsonPropertyDescription("What values it can have: String, the default, Integer or Boolean.")
        @Nullable Type type,
    @JsonPropertyDescription("The values that a String can have. If omitted, any line of text.")
        List<String> values,
    @JsonPropertyDescription("The least value of an Integer.") @Nullable Integer minimum,
    @JsonPropertyDescription("The greatest value of an Integer.") @Nullable Integer maximum,
    @JsonProperty("default")
        @JsonPropertyDescription(
            "The value where a device gives none. If omitted, a device that gives none does not run"
                + " the app.")
        @Nullable String otherwise,
    @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
  public AppSandboxVariable {
    values = Absent.asEmpty(values);
    others = Absent.asEmpty(others);
  }

  /** What values it can have. */
  public enum Type {
    String,
    Integer,
    Boolean
  }
}
