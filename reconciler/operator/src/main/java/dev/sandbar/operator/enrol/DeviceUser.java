package dev.sandbar.operator.enrol;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The user that a device is to the API server. */
record DeviceUser(String namespace, String name) {
  /** What belongs to Sandbar begins so. */
  static final String PREFIX = "sandbar:";

  /** The group that every device is in. */
  static final String ALL_DEVICES = "sandbar:devices";

  private static final String LABEL = "([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)";
  private static final Pattern USER = Pattern.compile("sandbar:device:" + LABEL + ":" + LABEL);

  static Optional<DeviceUser> of(String commonName) {
    Matcher matcher = USER.matcher(commonName);
    return matcher.matches()
        ? Optional.of(new DeviceUser(matcher.group(1), matcher.group(2)))
        : Optional.empty();
  }

  /** The group of one Device alone; another Device of the same name has another UID. */
  static String groupOf(String uid) {
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

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
