package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The image of an app.
 *
 * @param others as in {@link AppSandboxSpec}
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AppSandboxImage(
    @JsonPropertyDescription(
            "Absolute path of the image on the device: of a file with sha256, of an OCI layout with"
                + " digest. Set exactly one of path, url and oci.")
        @Nullable String path,
    @JsonPropertyDescription(
            "An https:// URL from which the device fetches the image, or a file:/// URL of the"
                + " image on the device.")
        @Nullable String url,
    @JsonPropertyDescription(
            "A repository of a container registry from which the device fetches the image, with"
                + " its host: registry.example.com/team/app. Needs digest.")
        @Nullable String oci,
    @JsonPropertyDescription(
            "The tag that the digest is of; with oci. Devices do not ask for it: 'sandbar image"
                + " resolve FILE' writes the digest of the tag into a file.")
        @Nullable String ref,
    @JsonPropertyDescription(
            "SHA-256 digest of the image, as printed by sha256sum; with path and url. A different"
                + " digest is an update; a file that does not match is never used.")
        @Nullable String sha256,
    @JsonPropertyDescription(
            "Digest of the manifest or index: sha256:... ; with oci, and with the path of an OCI"
                + " layout. A different digest is an update.")
        @Nullable String digest,
    @JsonPropertyDescription(
            "Root hash of the image, as 'sandbar image build --verity' prints it: the kernel checks"
                + " each block of the image when it is read (dm-verity). A device that cannot do"
                + " that refuses the app.")
        @Nullable String rootHash,
    @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
  public AppSandboxImage {
    others = Absent.asEmpty(others);
  }
}
