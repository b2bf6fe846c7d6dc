package dev.sandbar.core.enrol;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.security.auth.x500.X500Principal;

/**
 * A device as the API server knows it.
 *
 * @param namespace of its Device
 * @param name of its Device: letters, digits and dashes, since it is a label's value too
 */
public record DeviceUser(String namespace, String name) {
  /** What belongs to Sandbar begins so. */
  static final String PREFIX = "sandbar:";

  /** The group that every device is in. */
  public static final String ALL_DEVICES = "sandbar:devices";

  /** Pattern of the names. */
  static final String LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";

  /** Pattern of the UID of a Device. */
  static final String UID = "[0-9a-f-]{1,64}";

  private static final Pattern NAME = Pattern.compile(LABEL);
  private static final Pattern OWN_GROUP =
      Pattern.compile("(?:^|(?<!\\\\)[,+])O=" + groupOf("(" + UID + ")") + "(?:[,+]|$)");
  private static final Pattern USER =
      Pattern.compile("sandbar:device:(%1$s):(%1$s)".formatted(LABEL));

  /** A user whose names fit everywhere. */
  public DeviceUser {
    if (!isName(namespace) || !isName(name)) {
      throw new IllegalArgumentException("not a name: " + namespace + "/" + name);
    }
  }

  /** True for one to 63 small letters, digits and dashes, with no dash at the ends. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  /** The device that the API server takes a user for; empty if it is none. */
  public static Optional<DeviceUser> of(String user) {
    Matcher matcher = USER.matcher(user);
    return matcher.matches()
        ? Optional.of(new DeviceUser(matcher.group(1), matcher.group(2)))
        : Optional.empty();
  }

  /** The name that the API server takes it for. */
  public String user() {
    return "sandbar:device:" + namespace + ":" + name;
  }

  /**
   * The group that one Device has alone. Its rights hang on it: another Device of the same name,
   * made later, is another group, so that an old certificate opens nothing.
   */
  public static String groupOf(String uid) {
    return "sandbar:device:uid:" + uid;
  }

  /** The group of tokens with which devices of the namespace enrol. */
  String enrolling() {
    return "system:bootstrappers:sandbar:" + namespace;
  }

  /** The group of tokens whose devices need no owner's consent. */
  String enrollingApproved() {
    return enrolling() + ":approve";
  }

  /** What the names of its requests begin with; a digest follows. */
  public String requestPrefix() {
    return "sandbar-" + namespace + "-" + name + "-";
  }

  /** The subject of its certificate. */
  public X500Principal subject(String uid) {
    if (!uid.matches(UID)) {
      throw new IllegalArgumentException("not a UID");
    }
    return new X500Principal("CN=" + user() + ", O=" + ALL_DEVICES + ", O=" + groupOf(uid));
  }

  /** The UID in the subject of a certificate that the cluster has signed; empty if it has none. */
  public static Optional<String> uidIn(X500Principal subject) {
    Matcher matcher = OWN_GROUP.matcher(subject.getName());
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
