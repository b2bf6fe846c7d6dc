package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an app is and may do: the same fields as in a manifest in Git.
 *
 * @param devices which devices of the namespace run it; absent means all
 * @param image root file system of the app; absent means the device's own
 * @param run the program
 * @param mode what an absent permission means
 * @param permissions by name: {@code true} or a list grants, {@code false} withholds
 * @param systemCalls to give back or to take away
 * @param directives real systemd directives
 * @param drift what happens when the device drifts
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AppSandboxSpec(
    @Nullable Selector devices,
    @Nullable Image image,
    Run run,
    @Nullable Mode mode,
    @Nullable JsonNode permissions,
    @Nullable SystemCalls systemCalls,
    @Nullable JsonNode directives,
    @Nullable DriftMode drift) {

  /** What an absent permission means. */
  public enum Mode {
    Closed,
    Open
  }

  /** What happens when the device drifts. */
  public enum DriftMode {
    Detect,
    Correct
  }

  /** A label selector; both parts must hold. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Selector(Map<String, String> matchLabels, List<Requirement> matchExpressions) {
    public Selector {
      matchLabels = Absent.asEmpty(matchLabels);
      matchExpressions = Absent.asEmpty(matchExpressions);
    }
  }

  /** One expression of a selector. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Requirement(String key, Operator operator, List<String> values) {
    public Requirement {
      values = Absent.asEmpty(values);
    }

    /** How values are compared. */
    public enum Operator {
      In,
      NotIn,
      Exists,
      DoesNotExist
    }
  }

  /**
   * An image on the device.
   *
   * @param path absolute path on the device
   * @param url instead of the path: a {@code file:///} URL
   * @param sha256 digest of the content
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Image(@Nullable String path, @Nullable String url, String sha256) {}

  /** The program. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Run(
      List<String> command, Map<String, String> environment, @Nullable String workingDirectory) {
    public Run {
      command = Absent.asEmpty(command);
      environment = Absent.asEmpty(environment);
    }
  }

  /** System calls by name or {@code @group}; deny wins. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record SystemCalls(List<String> allow, List<String> deny) {
    public SystemCalls {
      allow = Absent.asEmpty(allow);
      deny = Absent.asEmpty(deny);
    }
  }
}
