package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a device. The agent writes {@code facts}, the operator everything else.
 *
 * @param misread parts that could not be read and are left out; no field of the object
 */
@JsonClassDescription(
    "What is known about the device. The agent writes facts, the operator writes"
        + " everything else.")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonDeserialize(using = DeviceStatus.Reader.class)
public record DeviceStatus(
    @JsonPropertyDescription(
            "What the device is and can do, as probed on it. Written by its agent.")
        @Nullable Facts facts,
    @JsonPropertyDescription(Sandbar.OBSERVED_GENERATION) @Nullable Long observedGeneration,
    @JsonPropertyDescription(
            "Ready (reachable, and all its apps are ready), Drifted and Enrolled; Stalled"
                + " only while true.")
        List<StatusCondition> conditions,
    @JsonPropertyDescription("Counts of apps.") @Nullable Apps apps,
    @JsonPropertyDescription(
            "Apps that are assigned to the device but cannot be enforced by it, and how"
                + " to fix that.")
        List<CannotEnforce> cannotEnforce,
    @JsonPropertyDescription(
            "When an unreachable device was last seen; absent while it is reachable.")
        @Nullable String lastSeen,
    @JsonPropertyDescription(
            "The first token of a device that is identified by a ServiceAccount,"
                + " encrypted to the device's public key.")
        @Nullable Credential credential,
    @JsonPropertyDescription(
            "The outcome of the device's last request for its next certificate. A device"
                + " cannot read certificate requests, since permission to read one would be"
                + " permission to read all.")
        @Nullable Certificate certificate,
    @JsonIgnore List<String> misread) {
  public DeviceStatus {
    conditions = Absent.asEmpty(conditions);
    cannotEnforce = Absent.asEmpty(cannotEnforce);
    misread = Absent.asEmpty(misread);
  }

  /** All of which can be read, of a device that has renewed nothing. */
  public DeviceStatus(
      @Nullable Facts facts,
      @Nullable Long observedGeneration,
      List<StatusCondition> conditions,
      @Nullable Apps apps,
      List<CannotEnforce> cannotEnforce,
      @Nullable String lastSeen,
      @Nullable Credential credential) {
    this(
        facts,
        observedGeneration,
        conditions,
        apps,
        cannotEnforce,
        lastSeen,
        credential,
        null,
        List.of());
  }

  /** The same of a device whose secrets are sealed to this. */
  public DeviceStatus to(String recipient) {
    return new DeviceStatus(
        facts == null ? null : facts.to(recipient),
        observedGeneration,
        conditions,
        apps,
        cannotEnforce,
        lastSeen,
        credential,
        certificate,
        misread);
  }

  /** A device may write all of its status, and anything into it. */
  static final class Reader extends TolerantReader<DeviceStatus> {
    Reader() {
      super(DeviceStatus.class);
    }
  }

  /** What the device is and can do, proven on it. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Facts(
      @JsonPropertyDescription("The major version of systemd.") int systemd,
      @JsonPropertyDescription("The kernel release.") String kernel,
      @JsonPropertyDescription("The processor architecture, as printed by uname.")
          String architecture,
      @JsonPropertyDescription(
              "Features that were found present by probing, named as in sandbar facts.")
          List<String> features,
      @JsonPropertyDescription(
              "The named volumes of the device: directories that apps can request by name.")
          Map<String, String> volumes,
      @JsonPropertyDescription(
              "The digest (sha256:...) of status.systemCalls of the DeviceBundle, or the same"
                  + " text while the DeviceBundle does not hold it.")
          String systemCalls,
      @JsonPropertyDescription("The digest of all facts that the compiler depends on.")
          String digest,
      @JsonPropertyDescription("The version of the agent.") @Nullable String agent,
      @JsonPropertyDescription(
              "Group and octal mode of device nodes, by path with # for numbers, and of"
                  + " volume directories.")
          @Nullable Map<String, String> owners,
      @JsonPropertyDescription("The addresses of the name servers that the device uses.")
          @Nullable List<String> resolvers,
      @JsonPropertyDescription(
              "What secrets for the device are sealed to: the public half (age1...) of a key that"
                  + " it made for them. Absent where systemd is older than 256 or made none.")
          @Nullable String recipient) {
    public Facts {
      features = Absent.asEmpty(features);
      volumes = Absent.asEmpty(volumes);
    }

    private Facts to(String now) {
      return new Facts(
          systemd,
          kernel,
          architecture,
          features,
          volumes,
          systemCalls,
          digest,
          agent,
          owners,
          resolvers,
          now);
    }
  }

  /** Counts of apps. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Apps(
      @JsonPropertyDescription("Apps that are assigned to the device.") int desired,
      @JsonPropertyDescription("Apps that run as declared.") int ready,
      @JsonPropertyDescription("Apps that differ from what was applied.") int drifted,
      @JsonPropertyDescription("Apps that the device cannot enforce.") int cannotEnforce) {}

  /** An app that this device cannot run as declared, and what to do. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record CannotEnforce(
      @JsonPropertyDescription("The name of the app.") String app,
      @JsonPropertyDescription("The reason, one machine-readable word.") String reason,
      @JsonPropertyDescription("What the device lacks.") String message,
      @JsonPropertyDescription("What to do about it.") String help) {}

  /** A sealed token. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Credential(
      @JsonPropertyDescription(
              "The AES-256 key of the token, encrypted with RSA-OAEP (SHA-256), in base64.")
          String key,
      @JsonPropertyDescription("A nonce of 12 bytes and the AES-GCM ciphertext, in base64.")
          String token,
      @JsonPropertyDescription("When the token expires.") String expires) {}

  /** The answer to a renewal. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Certificate(
      @JsonPropertyDescription("The name of the CertificateSigningRequest.")
          @Nullable String request,
      @JsonPropertyDescription("When the request was created.") @Nullable String requestedAt,
      @JsonPropertyDescription("The certificate with its chain: PEM, base64.")
          @Nullable String chain,
      @JsonPropertyDescription("Why the request was denied.") @Nullable String denied) {}
}
