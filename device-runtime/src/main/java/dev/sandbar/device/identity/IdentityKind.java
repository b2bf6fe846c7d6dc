package dev.sandbar.device.identity;

/** What the API server accepts from a device. */
public enum IdentityKind {
  /** A certificate that the cluster signs. */
  CLIENT_CERTIFICATE("ClientCertificate"),
  /** Tokens of a ServiceAccount of the device's own, where the cluster signs no certificates. */
  SERVICE_ACCOUNT("ServiceAccount");

  private final String word;

  IdentityKind(String word) {
    this.word = word;
  }

  /** As {@code Device.spec.identity.type} has it. */
  public String word() {
    return word;
  }
}
