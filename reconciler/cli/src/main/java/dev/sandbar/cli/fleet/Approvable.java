package dev.sandbar.cli.fleet;

import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import org.jspecify.annotations.Nullable;

/**
 * What an owner lets a device in with, found and not yet given.
 *
 * @param groups empty where a ServiceAccount has none of Sandbar
 * @param key digest of the key that the device enrolled with
 * @param uid of the Device
 * @param request the one to approve; null where the consent is in the spec of the Device
 */
public record Approvable(
    String device,
    String user,
    String groups,
    String key,
    String uid,
    @Nullable CertificateSigningRequest request) {

  /** The Device, as kubectl names it. */
  public String object() {
    return "device/" + device;
  }

  /** User, groups and key in one line. */
  public String whom() {
    return "as %s%s, with the key %s"
        .formatted(user, groups.isEmpty() ? "" : " in the groups " + groups, key);
  }
}
