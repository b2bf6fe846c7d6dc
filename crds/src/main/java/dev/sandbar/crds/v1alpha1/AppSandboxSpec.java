package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an app is and may do: the same fields as in a manifest in Git. What the permissions,
 * directives and system calls of the schema are, and how large each part may be, is added from the
 * compiler's own tables.
 *
 * @param others fields that this version does not know: they are kept, so that the compiler refuses
 *     them by name instead of running a sandbox other than the one declared
 */
@JsonClassDescription("What the app is and may do; the same fields as in a manifest in Git.")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AppSandboxSpec(
    @JsonPropertyDescription(
            "Which devices of the namespace run the app, by their labels. Left out, every device"
                + " does.")
        @Nullable Selector devices,
    @JsonPropertyDescription(
            "The root file system of the app, a squashfs or erofs image. Left out, the program is"
                + " the device's own, in the same sandbox.")
        @Nullable Image image,
    @Required @JsonPropertyDescription("The program and how it is started.") Run run,
    @Default("Closed")
        @JsonPropertyDescription(
            "What an absent permission means. Closed: it is withheld. Open: only what is withheld"
                + " by name is restricted, for moving old apps in.")
        @Nullable Mode mode,
    @JsonPropertyDescription(
            "What the app may do. A permission is granted (true, or a list of what exactly), or"
                + " withheld (false).")
        @Nullable JsonNode permissions,
    @JsonPropertyDescription("System calls to give back or to take away; deny wins.")
        @Nullable SystemCalls systemCalls,
    @JsonPropertyDescription(
            "Real systemd directives. In Closed mode they may close more than the permissions, not"
                + " open more.")
        @Nullable JsonNode directives,
    @Default("Detect")
        @JsonPropertyDescription(
            "What happens when a device differs from what was applied. Detect reports it; Correct"
                + " also puts it right and reads it back.")
        @Nullable DriftMode drift,
    @JsonPropertyDescription(
            "Whether the devices leave the app as it is: nothing is applied to it, and drift is"
                + " reported but not corrected. What the policy of a device denies stops anyway,"
                + " and an AppSandbox that is deleted is removed.")
        @Nullable Boolean suspend,
    @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {

  public AppSandboxSpec {
    others = Absent.asEmpty(others);
  }

  /** A spec of known fields that is not suspended. */
  public AppSandboxSpec(
      @Nullable Selector devices,
      @Nullable Image image,
      Run run,
      @Nullable Mode mode,
      @Nullable JsonNode permissions,
      @Nullable SystemCalls systemCalls,
      @Nullable JsonNode directives,
      @Nullable DriftMode drift) {
    this(devices, image, run, mode, permissions, systemCalls, directives, drift, null, Map.of());
  }

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
  public record Selector(
      @JsonPropertyDescription("Labels that a device must have, all of them.")
          Map<String, String> matchLabels,
      @JsonPropertyDescription("Expressions over labels that must hold, all of them.")
          List<Requirement> matchExpressions,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public Selector {
      matchLabels = Absent.asEmpty(matchLabels);
      matchExpressions = Absent.asEmpty(matchExpressions);
      others = Absent.asEmpty(others);
    }

    /** A selector of known fields. */
    public Selector(Map<String, String> matchLabels, List<Requirement> matchExpressions) {
      this(matchLabels, matchExpressions, Map.of());
    }
  }

  /** One expression of a selector. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Requirement(
      @Required @JsonPropertyDescription("The label that the expression is about.") String key,
      @Required
          @JsonPropertyDescription(
              "How the label is compared. In and NotIn take values, Exists and DoesNotExist take"
                  + " none; NotIn and DoesNotExist hold for a device without the label.")
          Operator operator,
      @JsonPropertyDescription("What the label is compared with.") List<String> values,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public Requirement {
      values = Absent.asEmpty(values);
      others = Absent.asEmpty(others);
    }

    /** An expression of known fields. */
    public Requirement(String key, Operator operator, List<String> values) {
      this(key, operator, values, Map.of());
    }

    /** How values are compared. */
    public enum Operator {
      In,
      NotIn,
      Exists,
      DoesNotExist
    }
  }

  /** An image on the device. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Image(
      @JsonPropertyDescription(
              "Absolute path of the image on the device. Exactly one of path and url is given.")
          @Nullable String path,
      @JsonPropertyDescription("A file:/// URL of the image on the device, in place of path.")
          @Nullable String url,
      @Required
          @JsonPropertyDescription(
              "SHA-256 digest of the image, as sha256sum prints it. Another digest is an update; a"
                  + " file that does not match is never used.")
          String sha256,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public Image {
      others = Absent.asEmpty(others);
    }

    /** An image of known fields. */
    public Image(@Nullable String path, @Nullable String url, String sha256) {
      this(path, url, sha256, Map.of());
    }
  }

  /** The program. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Run(
      @Required
          @JsonPropertyDescription(
              "The absolute path of the program and its arguments, passed on unchanged: no shell,"
                  + " and no expansion of $ or %.")
          List<String> command,
      @JsonPropertyDescription(
              "Environment variables by name. Not for secrets: who may read the object reads them.")
          Map<String, String> environment,
      @JsonPropertyDescription("The directory the program starts in, an absolute path.")
          @Nullable String workingDirectory,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public Run {
      command = Absent.asEmpty(command);
      environment = Absent.asEmpty(environment);
      others = Absent.asEmpty(others);
    }

    /** A program of known fields. */
    public Run(
        List<String> command, Map<String, String> environment, @Nullable String workingDirectory) {
      this(command, environment, workingDirectory, Map.of());
    }
  }

  /** System calls by name or {@code @group}; deny wins. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record SystemCalls(
      @JsonPropertyDescription(
              "Names of system calls, or groups such as @debug, that the sandbox gives back.")
          List<String> allow,
      @JsonPropertyDescription(
              "Names of system calls, or groups such as @mount, that the sandbox takes away.")
          List<String> deny,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public SystemCalls {
      allow = Absent.asEmpty(allow);
      deny = Absent.asEmpty(deny);
      others = Absent.asEmpty(others);
    }

    /** System calls of known fields. */
    public SystemCalls(List<String> allow, List<String> deny) {
      this(allow, deny, Map.of());
    }
  }
}
