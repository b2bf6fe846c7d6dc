package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the repository was applied. Written by the operator. */
@JsonClassDescription("The result of applying the repository. Written by the operator.")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GitSourceStatus(
    @JsonPropertyDescription(Sandbar.OBSERVED_GENERATION) @Nullable Long observedGeneration,
    @JsonPropertyDescription("Ready and Drifted; Reconciling and Stalled only while true.")
        List<StatusCondition> conditions,
    @JsonPropertyDescription("The commit that was last applied.")
        @Nullable String lastAppliedRevision,
    @JsonPropertyDescription("The commit that was last attempted.")
        @Nullable String lastAttemptedRevision,
    @JsonPropertyDescription(Sandbar.LAST_HANDLED) @Nullable String lastHandledReconcileAt,
    @JsonPropertyDescription("The names of the apps that this source owns.") List<String> inventory,
    @JsonPropertyDescription("Problems of single files and objects, the first 20.")
        List<Problem> problems) {
  public GitSourceStatus {
    conditions = Absent.asEmpty(conditions);
    inventory = Absent.asEmpty(inventory);
    problems = Absent.asEmpty(problems);
  }

  /** What is wrong, where and how to fix it. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Problem(
      @JsonPropertyDescription("File, line and column.") String at,
      @JsonPropertyDescription("What is wrong.") String message,
      @JsonPropertyDescription("What to do about it.") String help) {}
}
