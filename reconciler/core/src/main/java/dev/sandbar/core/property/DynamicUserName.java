package dev.sandbar.core.property;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;

/**
 * The user name that systemd makes from a unit's name when DynamicUser is on and User is not set
 * (systemd.exec(5), DynamicUser).
 */
public final class DynamicUserName {

  /** Longest user name: UT_NAMESIZE without the NUL. */
  private static final int MAX_LENGTH = 31;

  /** The key that systemd hashes too long names with. */
  private static final byte[] KEY = HexFormat.of().parseHex("581aafe628584e96b44ef53b8c9207ec");

  private DynamicUserName() {}

  /** The name for a unit. */
  public static String of(String unitName) {
    String prefix = unitName.substring(0, unitName.lastIndexOf('.'));
    int template = prefix.indexOf('@');
    String name = template < 0 ? prefix : prefix.substring(0, template);
    return isUserName(name)
        ? name
        : String.format(
            Locale.ROOT, "_du%016x", SipHash24.hash(KEY, name.getBytes(StandardCharsets.UTF_8)));
  }

  private static boolean isUserName(String name) {
    return !name.isEmpty()
        && name.length() <= MAX_LENGTH
        && (isLetter(name.charAt(0)) || name.charAt(0) == '_')
        && name.chars()
            .allMatch(c -> isLetter((char) c) || (c >= '0' && c <= '9') || c == '_' || c == '-');
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
}
