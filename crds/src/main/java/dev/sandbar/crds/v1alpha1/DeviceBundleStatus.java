package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the device found. Written by its agent, on change only.
 *
 * @param observedGeneration of the bundle that was last taken over
 * @param digest of the bundle that was last taken over
 * @param reportedAt by the device's clock
 * @param decommissioned true when the device has ended its service
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DeviceBundleStatus(
    @Nullable Long observedGeneration,
    @Nullable String digest,
    @Nullable String reportedAt,
    Map<String, App> apps,
    List<Condition> conditions,
    @Nullable Boolean decommissioned) {
  public DeviceBundleStatus {
    apps = Absent.asEmpty(apps);
    conditions = Absent.asEmpty(conditions);
  }

  /**
   * One app on the device.
   *
   * @param generation of the AppSandbox that runs
   * @param revision of the source that runs
   * @param rendered digest of the unit that runs
   * @param enforcement Enforced, Degraded, Unsupported or Unknown, read back from the kernel
   * @param granted permissions that the running unit really grants
   * @param drifts at most 20
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record App(
      long generation,
      String revision,
      String rendered,
      String enforcement,
      List<String> granted,
      List<Condition> conditions,
      List<Drift> drifts) {
    public App {
      granted = Absent.asEmpty(granted);
      conditions = Absent.asEmpty(conditions);
      drifts = Absent.asEmpty(drifts);
    }
  }

  /** One difference that lasts. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Drift(
      String layer, String subject, String declared, String observed, String since) {}
}
