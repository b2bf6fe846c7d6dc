package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.generator.annotation.Required;
import java.util.Map;

/**
 * A secret that the app reads.
 *
 * @param others as in {@link AppSandboxSpec}
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AppSandboxSecret(
    @Required
        @JsonPropertyDescription(
            "The name of the file in the directory that CREDENTIALS_DIRECTORY names.")
        String name,
    @Required
        @JsonPropertyDescription(
            "The secret, encrypted by age to the recipients of the devices, in armored form: what"
                + " sandbar secret seal prints.")
        String sealed,
    @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
  public AppSandboxSecret {
    others = Absent.asEmpty(others);
  }
}
