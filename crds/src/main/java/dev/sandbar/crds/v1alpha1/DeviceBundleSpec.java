package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything one device must run. Written by the operator alone, and only where a digest differs.
 *
 * @param digest of all entries
 * @param apps by name; a map, so that a merge patch writes the changed app alone
 * @param decommission passed on from the device's spec
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DeviceBundleSpec(
    String digest, Map<String, App> apps, DeviceSpec.@Nullable Decommission decommission) {
  public DeviceBundleSpec {
    apps = Absent.asEmpty(apps);
  }

  /**
   * One app.
   *
   * @param spec of the AppSandbox, as declared
   * @param generation of the AppSandbox
   * @param revision of the source it came from, or {@code generation/N}
   * @param rendered digest of the unit as the operator's compiler renders it for this device's
   *     facts
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record App(JsonNode spec, long generation, String revision, String rendered) {}
}
