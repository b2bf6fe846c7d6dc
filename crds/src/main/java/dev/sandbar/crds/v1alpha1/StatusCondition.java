package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** A condition, as {@code metav1.Condition}. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StatusCondition(
    @Required @Size(max = 316) @JsonPropertyDescription("The type of the condition.") String type,
    @Required @JsonPropertyDescription("The status: True, False or Unknown.") String status,
    @Required @Size(max = 1024) @JsonPropertyDescription("The reason, one machine-readable word.")
        String reason,
    @Required @Size(max = 32768) @JsonPropertyDescription("A human-readable message.")
        String message,
    @Required @JsonPropertyDescription("When the status last changed.") String lastTransitionTime,
    @JsonPropertyDescription("The generation of the object that the condition was set for.")
        @Nullable Long observedGeneration) {
  public StatusCondition {
    type = Absent.asEmpty(type);
    status = Absent.asEmpty(status);
    reason = Absent.asEmpty(reason);
    message = Absent.asEmpty(message);
    lastTransitionTime = Absent.asEmpty(lastTransitionTime);
  }
}
