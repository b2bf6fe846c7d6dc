package dev.sandbar.device.identity;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.security.auth.x500.X500Principal;

/**
 * A device under the name that the fleet knows it by.
 *
 * @param namespace of its Device
 * @param name of its Device: letters, digits and dashes, since it is a label's value too
 */
public record Member(String namespace, String name) {

  /** The group that every device is in. */
  public static final String ALL_DEVICES = "sandbar:devices";

  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

  /** A name that fits everywhere. */
  public Member {
    if (!isName(namespace) || !isName(name)) {
      throw new IllegalArgumentException("not a name: " + namespace + "/" + name);
    }
  }

  /** True for one to 63 small letters, digits and dashes, with no dash at the ends. */
  public static boolean isName(String text) {
    return LABEL.matcher(text).matches();
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

  /** The user that the API server takes it for. */
  public String user() {
    return "sandbar:device:" + namespace + ":" + name;
  }

  /**
   * The group that this one Device has alone. Its rights hang on it: another Device of the same
   * name, made later, is another group, so that an old certificate opens nothing.
   */
  public static String groupOf(String uid) {
    return "sandbar:device:uid:" + uid;
  }

  /** The subject of its certificate. */
  X500Principal subject(String uid) {
    if (!uid.matches("[0-9a-f-]{1,64}")) {
      throw new IllegalArgumentException("not a UID");
    }
    return new X500Principal("CN=" + user() + ", O=" + ALL_DEVICES + ", O=" + groupOf(uid));
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
