package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What is asked, and who alone can read the answer. */
@JsonClassDescription("The question, and the key that its answer is sealed to.")
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value = "has(self.logs) != has(self.events)",
    message = "give exactly one of logs and events")
@ValidationRule(
    value = "self == oldSelf",
    message = "a query never changes: delete it and create another",
    reason = "FieldValueForbidden")
public record DeviceQuerySpec(
    @JsonPropertyDescription("Asks for the newest lines of the journal of an app.")
        @Nullable Logs logs,
    @JsonPropertyDescription("Asks for what the agent has recorded of its apps.")
        @Nullable Events events,
    @Required
        @Size(min = 60, max = 60) @Pattern("^MCowBQYDK2VuAyEA[A-Za-z0-9+/]{43}=$") @JsonPropertyDescription(
            "An X25519 key (SubjectPublicKeyInfo, DER in base64) that was made for this query"
                + " alone. Only whoever holds the private key can read the answer.")
        String publicKey) {

  private static final String APP_NAME = "^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$";

  /** The output of an app. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Logs(
      @Required
          @Size(min = 1, max = 50) @Pattern(APP_NAME) @JsonPropertyDescription("The name of the app.")
          String app,
      @Default("200")
          @Min(1) @Max(2000) @JsonPropertyDescription(
              "How many of the newest lines. The device sends at most 64 KiB of them.")
          @Nullable Integer lines,
      @Size(max = 40) @JsonPropertyDescription("Nothing older than this.")
          @Nullable String since) {}

  /** The agent's own record. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Events(
      @Size(min = 1, max = 50) @Pattern(APP_NAME) @JsonPropertyDescription("Only events of this app.")
          @Nullable String app) {}
}
