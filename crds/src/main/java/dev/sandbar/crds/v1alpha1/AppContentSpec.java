package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** What a file holds. */
@JsonClassDescription("What the file holds. It never changes.")
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value = "self == oldSelf",
    message = "a content never changes: another one has another name",
    reason = "FieldValueForbidden")
public record AppContentSpec(
    @Required
        @Size(min = 64, max = 64) @Pattern("^[0-9a-f]{64}$") @JsonPropertyDescription(
            "The SHA-256 of the bytes. Devices use them only if they have this digest, which their"
                + " bundles say too.")
        String sha256,
    @Required @Min(1) @Max(1 << 20) @JsonPropertyDescription("How many bytes there are.") int bytes,
    @Required
        @Size(min = 4, max = AppContentSpec.MOST_CHARACTERS) @JsonPropertyDescription("The bytes in base64.")
        String data) {
  /** A megabyte in base64. */
  static final int MOST_CHARACTERS = 1_398_104;
}
