package dev.sandbar.cli.fleet;

import dev.sandbar.core.enrol.DeviceLabels;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the owner of a device, found and not yet given.
 *
 * @param admission what lets it in
 * @param uid of the Device
 * @param labels that it is to have
 * @param recipient that its secrets are to be sealed to
 */
public record Approvable(
    String device, String uid, Admission admission, Labels labels, Recipient recipient) {

  /**
   * What a device is let in with.
   *
   * @param due whether it waits to be let in
   * @param groups empty where a ServiceAccount has none of Sandbar
   * @param key digest of the key that the device enrolled with
   * @param request the one to approve; null where the consent is in the spec of the Device
   */
  public record Admission(
      boolean due,
      String user,
      String groups,
      String key,
      @Nullable CertificateSigningRequest request) {}

  /**
   * Labels, by which apps select devices.
   *
   * @param now those that the Device has
   * @param added those that it gets
   * @param requested whether the Device still says which were requested
   */
  public record Labels(Map<String, String> now, Map<String, String> added, boolean requested) {
    public Labels {
      now = Map.copyOf(now);
      added = Map.copyOf(added);
    }

    /** All that it has afterwards, in one line. */
    public String all() {
      var all = new TreeMap<>(now);
      all.putAll(added);
      return DeviceLabels.text(all);
    }

    /** Those that it gets, in one line. */
    public String text() {
      return DeviceLabels.text(added);
    }
  }

  /**
   * What secrets are sealed to.
   *
   * @param before what was approved or recorded; empty if nothing was
   * @param wanted what is to be; empty if nothing changes
   */
  public record Recipient(String before, String wanted) {}

  /** The Device, as kubectl names it. */
  public String object() {
    return "device/" + device;
  }

  /** Whether anything waits beside the admission. */
  boolean hasMore() {
    return labels.requested() || !labels.added().isEmpty() || !recipient.wanted().isEmpty();
  }

  /** User, groups and key in one line. */
  public String whom() {
    return "as %s%s, with the key %s"
        .formatted(
            admission.user(),
            admission.groups().isEmpty() ? "" : " in the groups " + admission.groups(),
            admission.key());
  }
}
