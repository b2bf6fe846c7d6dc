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

  /** The first and the last uid that systemd gives to such users. */
  public static final int FIRST = 61184;

  public static final int LAST = 65519;

  /** The key of the hash by which it picks one of them. */
  private static final byte[] PICK = HexFormat.of().parseHex("37537e31cfce48f58abb39578dd9ec59");

  private DynamicUserName() {}

  /** The uid that systemd tries first for a user of this name that owns no directory yet. */
  public static int uid(String name) {
    long hash = SipHash24.hash(PICK, name.getBytes(StandardCharsets.UTF_8));
    return FIRST + (int) ((hash & 0xffffffffL) % (LAST - FIRST + 1));
  }

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
