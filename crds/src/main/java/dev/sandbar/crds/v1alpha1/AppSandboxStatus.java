package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the app does on the fleet. Written by the operator.
 *
 * @param problems why devices do not run it as declared, the most frequent first
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AppSandboxStatus(
    @Nullable Long observedGeneration,
    List<Condition> conditions,
    @Nullable Devices devices,
    List<Problem> problems,
    @Nullable String lastHandledReconcileAt) {
  public AppSandboxStatus {
    conditions = Absent.asEmpty(conditions);
    problems = Absent.asEmpty(problems);
  }

  /**
   * Counts of devices.
   *
   * @param desired selected
   * @param updated that have applied this generation
   * @param ready that run it as declared, and were seen lately
   * @param drifted that differ from what was applied
   * @param unreachable that have not been heard of; what they last said is not counted as ready
   * @param cannotEnforce that lack what the app needs to be enforced
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Devices(
      int desired, int updated, int ready, int drifted, int unreachable, int cannotEnforce) {}

  /**
   * One reason, with how many devices it holds for.
   *
   * @param devices how many
   * @param examples names of some of them
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Problem(String reason, String message, int devices, List<String> examples) {
    public Problem {
      examples = Absent.asEmpty(examples);
    }
  }
}
