package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the app does on the fleet. Written by the operator. */
@JsonClassDescription("The state of the app in the fleet. Written by the operator.")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AppSandboxStatus(
    @JsonPropertyDescription(Sandbar.OBSERVED_GENERATION) @Nullable Long observedGeneration,
    @JsonPropertyDescription(
            "Ready and Drifted; Reconciling, Stalled and Suspended only while true. An unreachable"
                + " device never counts as ready.")
        List<StatusCondition> conditions,
    @JsonPropertyDescription("Counts of devices.") @Nullable Devices devices,
    @JsonPropertyDescription(
            "Why devices do not run the app as declared, the most frequent reason first.")
        List<Problem> problems,
    @JsonPropertyDescription(Sandbar.LAST_HANDLED) @Nullable String lastHandledReconcileAt) {
  public AppSandboxStatus {
    conditions = Absent.asEmpty(conditions);
    problems = Absent.asEmpty(problems);
  }

  /** Counts of devices. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Devices(
      @JsonPropertyDescription("Devices that are selected.") int desired,
      @JsonPropertyDescription("Devices that have applied this generation.") int updated,
      @JsonPropertyDescription("Devices that run it as declared and are reachable.") int ready,
      @JsonPropertyDescription("Devices that differ from what was applied.") int drifted,
      @JsonPropertyDescription(
              "Devices that are unreachable; their last report does not count as ready.")
          int unreachable,
      @JsonPropertyDescription("Devices that cannot enforce what the app needs.")
          int cannotEnforce) {}

  /** One reason, with how many devices it holds for. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Problem(
      @JsonPropertyDescription("The reason, one machine-readable word.") String reason,
      @JsonPropertyDescription("What is wrong, and how to fix it.") String message,
      @JsonPropertyDescription("How many devices have this problem.") int devices,
      @JsonPropertyDescription("Names of some of these devices.") List<String> examples) {
    public Problem {
      examples = Absent.asEmpty(examples);
    }
  }
}
