package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.generator.annotation.Required;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything one device must run. Written by the operator alone, and only where a digest differs.
 */
@JsonClassDescription(
    "What the device must run. Written by the operator, only if a digest differs.")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DeviceBundleSpec(
    @Required @JsonPropertyDescription("The digest of all entries.") String digest,
    @JsonPropertyDescription(
            "The apps of the device by name. An app that is not listed here is removed"
                + " from the device.")
        Map<String, App> apps,
    @JsonPropertyDescription("Copied from the spec of the Device.")
        DeviceSpec.@Nullable Decommission decommission) {
  public DeviceBundleSpec {
    apps = Absent.asEmpty(apps);
  }

  /** One app. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record App(
      @Required
          @JsonPropertyDescription(
              "The spec of the AppSandbox as declared. The device compiles it itself.")
          JsonNode spec,
      @Required @JsonPropertyDescription("The generation of the AppSandbox.") long generation,
      @Required
          @JsonPropertyDescription("The revision of the source it came from, or generation/N.")
          String revision,
      @Required
          @JsonPropertyDescription(
              "The digest of the unit that the operator's compiler renders for the device's"
                  + " facts.")
          String rendered) {}
}
