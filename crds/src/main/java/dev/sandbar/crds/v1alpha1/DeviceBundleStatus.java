package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the device found. Written by its agent, on change only. */
@JsonClassDescription("What the device observed. Written by its agent, on change only.")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonDeserialize(using = DeviceBundleStatus.Reader.class)
public record DeviceBundleStatus(
    @JsonPropertyDescription("The generation of the bundle that was last accepted.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("The digest of the bundle that was last accepted.")
        @Nullable String digest,
    @JsonPropertyDescription("When the device last reported, by its own clock.")
        @Nullable String reportedAt,
    @JsonPropertyDescription("The apps on the device by name.") Map<String, App> apps,
    @JsonPropertyDescription("Conditions of the whole bundle; each app has its own conditions.")
        List<StatusCondition> conditions,
    @JsonPropertyDescription("Whether the device has completed decommissioning.")
        @Nullable Boolean decommissioned,
    @JsonPropertyDescription(
            "The system calls and groups that the device's systemd knows: JSON, gzip, base64."
                + " The operator compiles with them if the facts of the Device have their digest.")
        @Nullable String systemCalls) {
  public DeviceBundleStatus {
    apps = Absent.asEmpty(apps);
    conditions = Absent.asEmpty(conditions);
  }

  /** A device may write anything into it. */
  static final class Reader extends TolerantReader<DeviceBundleStatus> {
    Reader() {
      super(DeviceBundleStatus.class);
    }
  }

  /** One app on the device. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record App(
      @JsonPropertyDescription("The generation of the AppSandbox that runs.") long generation,
      @JsonPropertyDescription("The revision of the source that runs.") String revision,
      @JsonPropertyDescription("The digest of the unit that runs.") String rendered,
      @JsonPropertyDescription(
              "Enforced, Degraded, Unsupported or Unknown, read back from the kernel.")
          String enforcement,
      @JsonPropertyDescription(
              "Permissions that the running unit grants, as read back; empty until it has"
                  + " been read back.")
          List<String> granted,
      @JsonPropertyDescription(
              "Directives of the spec that this device cannot enforce; the running unit"
                  + " omits them.")
          List<String> notEnforced,
      @JsonPropertyDescription(
              "How many directives of the running unit are shown to hold, and how many are not.")
          @Nullable Directives directives,
      @JsonPropertyDescription(
              "The exposure level that systemd-analyze security gives the running unit, from 0.0 to"
                  + " 10.0; empty if none runs.")
          @Nullable String exposure,
      @JsonPropertyDescription(
              "Ready, Drifted and Healthy; Reconciling, Stalled and Suspended only while true.")
          List<StatusCondition> conditions,
      @JsonPropertyDescription("Current drift, the first 20 entries.") List<Drift> drifts,
      @JsonPropertyDescription(
              "How many differences the rules of spec.drift.ignore suppress; they are not among the"
                  + " drifts.")
          @Nullable Long ignored) {
    public App {
      granted = Absent.asEmpty(granted);
      notEnforced = Absent.asEmpty(notEnforced);
      conditions = Absent.asEmpty(conditions);
      drifts = Absent.asEmpty(drifts);
    }
  }

  /** Directives of a unit by what shows that they hold. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Directives(
      @JsonPropertyDescription("systemd and the kernel show them as declared.") long enforced,
      @JsonPropertyDescription("Something is otherwise than declared.") long degraded,
      @JsonPropertyDescription("The device cannot hold them, so the unit omits them.")
          long unsupported,
      @JsonPropertyDescription("Nothing that can be read shows them, or no process runs.")
          long unknown) {}

  /** One difference that lasts. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Drift(
      @JsonPropertyDescription("The layer that differs: file, manager, process, image or state.")
          String layer,
      @JsonPropertyDescription("What differs, most often a directive.") String subject,
      @JsonPropertyDescription("The value that was applied.") String declared,
      @JsonPropertyDescription("The value that was observed.") String observed,
      @JsonPropertyDescription("Since when, by the device's clock.") String since) {}
}
