package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * A device as its owner sees it. Selectors of apps are matched against the labels of the object.
 *
 * @param identity made by the device when it enrols
 * @param approved the owner's consent where no certificate is signed (identity by ServiceAccount)
 * @param suspend keeps the bundle as it is
 * @param decommission takes the device out of service
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DeviceSpec(
    @Nullable Identity identity,
    @Nullable Boolean approved,
    @Nullable Boolean suspend,
    @Nullable Decommission decommission) {

  /**
   * How the device proves who it is.
   *
   * @param publicKey SubjectPublicKeyInfo, DER in base64
   */
  public record Identity(Type type, String publicKey) {
    /** Kind of credential. */
    public enum Type {
      ClientCertificate,
      ServiceAccount
    }
  }

  /** The end of service. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Decommission(@Nullable Boolean removeApps) {}
}
