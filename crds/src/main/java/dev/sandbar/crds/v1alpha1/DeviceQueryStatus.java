package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What the device answered; it does so once. */
@JsonClassDescription("The answer. Written by the agent of the device, once.")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonDeserialize(using = DeviceQueryStatus.Reader.class)
@ValidationRule(
    value = "has(self.answer) != has(self.refused)",
    message = "give exactly one of answer and refused")
public record DeviceQueryStatus(
    @JsonPropertyDescription(
            "The answer in base64, sealed to the publicKey of the spec: an X25519 key of the"
                + " device's own, then AES-256-GCM with a key derived from both by HKDF-SHA256 and"
                + " the uid of the query as associated data.")
        @Nullable String answer,
    @JsonPropertyDescription("Why there is no answer.") @Nullable Refusal refused) {

  /** A device may write anything into it. */
  static final class Reader extends TolerantReader<DeviceQueryStatus> {
    Reader() {
      super(DeviceQueryStatus.class);
    }
  }

  /** Why the device does not answer. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Refusal(
      @Required
          @JsonPropertyDescription(
              "Denied: the owner of the device does not allow it. UnknownApp: the device has no"
                  + " such app. Invalid: the query cannot be read. Unavailable: the journal cannot"
                  + " be read now.")
          String reason,
      @Required @JsonPropertyDescription("What is wrong, and what to do about it.")
          String message) {
    public Refusal {
      reason = Absent.asEmpty(reason);
      message = Absent.asEmpty(message);
    }
  }
}
