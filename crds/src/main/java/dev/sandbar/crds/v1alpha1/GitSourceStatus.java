package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the repository was applied.
 *
 * @param inventory names of the apps that this source owns
 * @param problems of single files and objects, the first 20
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GitSourceStatus(
    @Nullable Long observedGeneration,
    List<Condition> conditions,
    @Nullable String lastAppliedRevision,
    @Nullable String lastAttemptedRevision,
    @Nullable String lastHandledReconcileAt,
    List<String> inventory,
    List<Problem> problems) {
  public GitSourceStatus {
    conditions = Absent.asEmpty(conditions);
    inventory = Absent.asEmpty(inventory);
    problems = Absent.asEmpty(problems);
  }

  /** What is wrong, where, and the mend. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Problem(String at, String message, String mend) {}
}
