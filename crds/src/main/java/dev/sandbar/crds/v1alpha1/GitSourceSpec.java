package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A repository to follow. */
@JsonClassDescription("The repository, and how to follow it.")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GitSourceSpec(
    @Required
        @Size(min = 1, max = 2048) @ValidationRule(
            value =
                "self.matches('^(https|ssh)://[^/@:?# ]*([@:][^/?# ]*)?/[^ ]+$') ||"
                    + " self.matches('^http://(127[.]0[.]0[.]1|localhost)(:[0-9]+)?/[^ ]+$')",
            message =
                "not a repository that can be followed: write https://HOST/PATH or"
                    + " ssh://USER@HOST/PATH; http:// is for this machine only")
        @ValidationRule(
            value = "!self.matches('^https?://[^/]*@')",
            message = "a URL must not hold a user or a token: put them in the Secret of secretRef")
        @JsonPropertyDescription(
            "The URL of the repository: https:// or ssh://. An https URL must not contain"
                + " a user name or token; put them in the Secret.")
        String url,
    @JsonPropertyDescription(
            "What is followed: one of branch, tag, commit and name. If omitted, the default branch"
                + " of the repository.")
        @Nullable Ref ref,
    @Size(max = 4096) @ValidationRule(
            value = "!self.split('/').exists(part, part == '..')",
            message = "leaves the repository: write a folder of it without '..'")
        @JsonPropertyDescription("The folder in the repository that contains the manifests.")
        @Nullable String path,
    @Default("1m")
        @Size(max = 16) @ValidationRule(
            value =
                "self.matches('^([0-9]{1,6}(ms|s|m|h)){1,4}$') && duration(self) >= duration('1s')",
            message = "not a length of time of at least 1s: write for example 30s, 5m or 1h30m")
        @JsonPropertyDescription("How often the repository is polled, for example 1m.")
        @Nullable String interval,
    @Default("1m")
        @Size(max = 16) @ValidationRule(
            value =
                "self.matches('^([0-9]{1,6}(ms|s|m|h)){1,4}$') && duration(self) >= duration('1s')",
            message = "not a length of time of at least 1s: write for example 30s, 5m or 1h30m")
        @JsonPropertyDescription("How long one poll may take.")
        @Nullable String timeout,
    @Default("true")
        @JsonPropertyDescription(
            "Whether objects that Git no longer contains are deleted. A poll that fails"
                + " or finds nothing deletes nothing.")
        @Nullable Boolean prune,
    @Min(0) @Max(10_000) @JsonPropertyDescription(
            "How many objects one commit may delete; if there are more, none is deleted.")
        @Nullable Integer maxRemovals,
    @Default("false") @JsonPropertyDescription("Whether reconciliation is suspended.")
        @Nullable Boolean suspend,
    @JsonPropertyDescription("What happens when an object of the source is changed by hand.")
        @Nullable Drift drift,
    @JsonPropertyDescription(
            "A Secret in the same namespace with the credentials for the repository,"
                + " labelled sandbar.dev/git=true. Keys: username and token (https), identity"
                + " and known_hosts (ssh), ca.crt (a private CA).")
        @Nullable SecretReference secretRef,
    @JsonPropertyDescription(
            "A Secret in the same namespace, labelled sandbar.dev/git=true, whose key"
                + " token is the HMAC key for pushes. If omitted, pushes are not accepted.")
        @Nullable SecretReference webhookSecretRef) {

  /** What is followed. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Ref(
      @Size(min = 1, max = 230) @JsonPropertyDescription("A branch, for example main.")
          @Nullable String branch,
      @Size(min = 1, max = 230) @JsonPropertyDescription("A tag, for example v1.4.0.")
          @Nullable String tag,
      @Size(max = 40) @Pattern("^[0-9a-f]{40}$") @JsonPropertyDescription("A commit, by its 40 hexadecimal digits.")
          @Nullable String commit,
      @Size(min = 1, max = 230) @JsonPropertyDescription(
              "The full name of a ref, for example refs/heads/main or refs/pull/7/head.")
          @Nullable String name) {

    /** The text of releases before. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Ref of(String text) {
      return new Ref(null, null, null, text);
    }
  }

  /** What happens to changes by hand. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Drift(
      @JsonPropertyDescription(
              "Detect reports the change; Correct, the default, also restores what Git declares.")
          AppSandboxSpec.@Nullable DriftMode mode) {

    /** The text of releases before. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Drift of(String text) {
      return new Drift(AppSandboxSpec.DriftMode.valueOf(text));
    }
  }

  /** A Secret of the same namespace. */
  public record SecretReference(
      @Required @Size(min = 1, max = 253) @JsonPropertyDescription("The name of the Secret.")
          String name) {}
}
