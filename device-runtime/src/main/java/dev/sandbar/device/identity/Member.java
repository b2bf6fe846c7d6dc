package dev.sandbar.device.identity;

import dev.sandbar.core.enrol.DeviceUser;
import java.util.Locale;
import java.util.Optional;

/**
 * A device under the name that the fleet knows it by.
 *
 * @param namespace of its Device
 * @param name of its Device: letters, digits and dashes, since it is a label's value too
 */
public record Member(String namespace, String name) {

  /** A name that fits everywhere. */
  public Member {
    var _ = new DeviceUser(namespace, name);
  }

  /** True for one to 63 small letters, digits and dashes, with no dash at the ends. */
  public static boolean isName(String text) {
    return DeviceUser.isName(text);
  }

  /** A name made of a host's name; empty if nothing of it fits. */
  public static Optional<String> nameOf(String host) {
    String name =
        host.toLowerCase(Locale.ROOT)
            .replaceFirst("\\..*$", "")
            .replaceAll("[^a-z0-9-]", "-")
            .replaceAll("^-+|-+$", "");
    return isName(name) ? Optional.of(name) : Optional.empty();
  }

  /** What the API server takes it for. */
  DeviceUser user() {
    return new DeviceUser(namespace, name);
  }

  /** The path of its Device. */
  public String devicePath() {
    return devicesPath() + "/" + name;
  }

  /** The path of the Devices of its namespace. */
  public String devicesPath() {
    return "/apis/sandbar.dev/v1alpha1/namespaces/" + namespace + "/devices";
  }

  /** The path that gives tokens of its ServiceAccount. */
  String tokenPath() {
    return "/api/v1/namespaces/%s/serviceaccounts/sandbar-device-%s/token"
        .formatted(namespace, name);
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
