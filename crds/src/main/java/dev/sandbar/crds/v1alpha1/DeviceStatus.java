package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a device. The agent writes {@code facts}, the operator everything else.
 *
 * @param lastSeen when reachability last changed hands: the last heartbeat before the device became
 *     unreachable, or the first after
 * @param cannotEnforce apps that are meant for the device but would not be enforced by it
 * @param credential of a device that is identified by a ServiceAccount: its first token, sealed for
 *     the device's public key
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DeviceStatus(
    @Nullable Facts facts,
    @Nullable Long observedGeneration,
    List<Condition> conditions,
    @Nullable Apps apps,
    List<CannotEnforce> cannotEnforce,
    @Nullable String lastSeen,
    @Nullable Credential credential) {
  public DeviceStatus {
    conditions = Absent.asEmpty(conditions);
    cannotEnforce = Absent.asEmpty(cannotEnforce);
  }

  /**
   * What the device is and can do, proven on it.
   *
   * @param systemd major version
   * @param features proven present, as {@code sandbar facts} names them
   * @param volumes named directories
   * @param systemCalls groups and names that its systemd knows: JSON, gzip, base64
   * @param digest of everything that the compiler depends on
   * @param agent version of the agent
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Facts(
      int systemd,
      String kernel,
      String architecture,
      List<String> features,
      Map<String, String> volumes,
      String systemCalls,
      String digest,
      @Nullable String agent) {
    public Facts {
      features = Absent.asEmpty(features);
      volumes = Absent.asEmpty(volumes);
    }
  }

  /** Counts of apps. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Apps(int desired, int ready, int drifted, int cannotEnforce) {}

  /** An app that this device cannot run as declared, and what to do. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record CannotEnforce(String app, String reason, String message, String mend) {}

  /**
   * A sealed token.
   *
   * @param key AES-256 key, RSA-OAEP (SHA-256), base64
   * @param token nonce (12 bytes) and AES-GCM ciphertext, base64
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Credential(String key, String token, String expires) {}
}
