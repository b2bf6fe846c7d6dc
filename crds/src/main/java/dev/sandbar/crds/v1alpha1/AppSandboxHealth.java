package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * When a version of an app counts as good.
 *
 * @param others as in {@link AppSandboxSpec}
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AppSandboxHealth(
    @JsonPropertyDescription(
            "What shows that the app is ready. If omitted, that it has started, as run.type says.")
        @Nullable Ready ready,
    @JsonPropertyDescription(
            "How long after its start the app may take until a check succeeds, for example 60s, the"
                + " default. A version that takes longer has failed.")
        @Nullable String within,
    @JsonPropertyDescription("How long one check may take, for example 5s, the default.")
        @Nullable String timeout,
    @JsonPropertyDescription(
            "How often an app is checked that has proved itself, for example 30s. If omitted, it is"
                + " not.")
        @Nullable String every,
    @JsonPropertyDescription(
            "How long a new version must stay up and ready before it counts as good; 5s by"
                + " default.")
        @Nullable String settle,
    @JsonPropertyDescription(
            "How often systemd may restart a new version until then; 0 by default.")
        @Nullable Integer maxRestarts,
    @JsonPropertyDescription(
            "Which versions are rolled back. OnUpdate, the default: a new one that fails. Always:"
                + " also one that fails later, once, to the version before it. Never: none; a new one"
                + " that fails stays, with the cause in the status.")
        @Nullable Rollback rollback,
    @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
  public AppSandboxHealth {
    others = Absent.asEmpty(others);
  }

  /** Which versions are rolled back. */
  public enum Rollback {
    OnUpdate,
    Always,
    Never
  }

  /** What shows that an app is ready: one of these. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Ready(
      @JsonPropertyDescription("A process of the app listens on a TCP port.") @Nullable Tcp tcp,
      @JsonPropertyDescription(
              "The app answers a GET request with a status from 200 to 399; it needs"
                  + " permissions.localNetwork.")
          @Nullable Http http,
      @JsonPropertyDescription(
              "A command ends with status 0. It runs in a sandbox like the app's own, as the same"
                  + " user.")
          @Nullable Exec exec,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public Ready {
      others = Absent.asEmpty(others);
    }
  }

  /** A TCP port. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Tcp(
      @Required @JsonPropertyDescription("The port.") int port,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public Tcp {
      others = Absent.asEmpty(others);
    }
  }

  /** A GET request. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Http(
      @Required @JsonPropertyDescription("The port.") int port,
      @JsonPropertyDescription("The path of the request, / by default.") @Nullable String path,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public Http {
      others = Absent.asEmpty(others);
    }
  }

  /** A command. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Exec(
      @Required @JsonPropertyDescription("The absolute path of a program and its arguments.")
          List<String> command,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public Exec {
      command = Absent.asEmpty(command);
      others = Absent.asEmpty(others);
    }
  }
}
