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
    @JsonPropertyDescription(
            "The secret, encrypted by age to the recipients of the devices, in armored form: what"
                + " sandbar secret seal prints.")
        @Nullable String sealed,
    @JsonPropertyDescription("Where the operator takes the secret from, instead of sealed.")
        @Nullable Source from,
    @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
  public AppSandboxSecret {
    others = Absent.asEmpty(others);
  }

  /** Where a secret is taken from. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Source(
      @JsonPropertyDescription(
              "A value of a Secret in the same namespace that has the label sandbar.dev/app:"
                  + " \"true\". The operator seals it to each device. A change of the value is a new"
                  + " version of the app, and restarts it.")
          @Nullable SecretKey secret,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public Source {
      others = Absent.asEmpty(others);
    }
  }

  /** A value of a Secret. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record SecretKey(
      @Required @JsonPropertyDescription("The name of the Secret.") String name,
      @Required @JsonPropertyDescription("The key of the value in its data.") String key,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public SecretKey {
      others = Absent.asEmpty(others);
    }
  }
}
