package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A repository to follow. */
@JsonClassDescription("The repository and how it is followed.")
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
            "The repository: https:// or ssh://. Never with a user name or token for https; those"
                + " stand in the Secret.")
        String url,
    @Size(min = 1, max = 255) @JsonPropertyDescription(
            "A branch, a tag, or a commit. Left out, the default branch of the repository.")
        @Nullable String ref,
    @Size(max = 4096) @ValidationRule(
            value = "!self.split('/').exists(part, part == '..')",
            message = "leaves the repository: write a folder of it without '..'")
        @JsonPropertyDescription("The folder of the repository that holds the manifests.")
        @Nullable String path,
    @Default("1m")
        @Size(max = 16) @ValidationRule(
            value =
                "self.matches('^[1-9][0-9]{0,5}(ms|s|m|h)$') && duration(self) >= duration('1s')",
            message = "not a length of time of at least 1s: write for example 30s, 5m or 1h")
        @JsonPropertyDescription(
            "How long to wait between two looks at the repository, for example 1m.")
        @Nullable String interval,
    @Default("1m")
        @Size(max = 16) @ValidationRule(
            value =
                "self.matches('^[1-9][0-9]{0,5}(ms|s|m|h)$') && duration(self) >= duration('1s')",
            message = "not a length of time of at least 1s: write for example 30s, 5m or 1h")
        @JsonPropertyDescription("How long one look may take.")
        @Nullable String timeout,
    @Default("true")
        @JsonPropertyDescription(
            "Whether objects that Git no longer has are deleted. A look that fails or finds nothing"
                + " deletes nothing.")
        @Nullable Boolean prune,
    @Min(0) @Max(10_000) @JsonPropertyDescription(
            "How many objects one commit may delete; if it is more, none of them is.")
        @Nullable Integer maxRemovals,
    @Default("false") @JsonPropertyDescription("Whether everything is left as it is for now.")
        @Nullable Boolean suspend,
    @Default("Correct")
        @JsonPropertyDescription(
            "What happens when an object of the source is changed by hand. Detect reports it;"
                + " Correct also puts back what Git says.")
        AppSandboxSpec.@Nullable DriftMode drift,
    @JsonPropertyDescription(
            "A Secret of the same namespace with the access to the repository, with the label"
                + " sandbar.dev/git=true. Keys: username and token (https), identity and"
                + " known_hosts (ssh), ca.crt (a private authority).")
        @Nullable SecretReference secretRef,
    @JsonPropertyDescription(
            "A Secret of the same namespace, with the label sandbar.dev/git=true, whose key"
                + " token is the HMAC key of the repository's pushes. Left out, pushes are not"
                + " taken.")
        @Nullable SecretReference webhookSecretRef) {

  /** A Secret of the same namespace. */
  public record SecretReference(
      @Required @Size(min = 1, max = 253) @JsonPropertyDescription("The name of the Secret.")
          String name) {}
}
