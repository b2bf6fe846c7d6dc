package dev.sandbar.core.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Names of hosts as specs have them (RFC 1123): whole, in lower case, without the dot at the end.
 * What a resolver would read as an address (inet_aton(3)), or complete with a domain of the device,
 * is none.
 */
public final class HostNames {

  private static final String LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

  /** Regular expression of the names; the last label begins with a letter. */
  public static final String PATTERN = "(" + LABEL + "[.])++[a-z]([a-z0-9-]{0,61}[a-z0-9])?";

  /** The longest name, in characters (RFC 1035, section 2.3.4). */
  public static final int LONGEST = 253;

  private static final String EXAMPLE = "write the whole name, such as mqtt.example.com";

  private HostNames() {}

  /** Whether a spec may have it. */
  public static boolean isValid(String text) {
    return text.length() <= LONGEST && text.matches(PATTERN);
  }

  /** What is wrong with a name; empty if nothing is. */
  static Optional<Objection> check(String text) {
    return isValid(text) ? Optional.empty() : Optional.of(objection(text));
  }

  private static Objection objection(String text) {
    if (text.indexOf('*') >= 0) {
      return because(
          "cannot be resolved: no name server lists the names below a domain",
          "list each host by its whole name");
    }
    if (Cidr.parse(text).isPresent()) {
      return because("is an address, not the name of a host", "write cidr: in the place of host:");
    }
    if (text.chars().anyMatch(c -> c > 127)) {
      return because(
          "has letters that name servers do not know",
          text.length() > LONGEST ? EXAMPLE : "write " + inAscii(text));
    }
    if (text.chars().anyMatch(c -> c >= 'A' && c <= 'Z')) {
      return because("has capital letters", "write it in lower case");
    }
    if (text.endsWith(".")) {
      return because("ends with a dot", "remove the dot at the end");
    }
    if (text.indexOf('/') >= 0 || text.indexOf(':') >= 0) {
      return because(
          "is not the name of a host", "write the name alone, without a scheme, a port or a path");
    }
    if (text.length() > LONGEST) {
      return because("is longer than %d characters".formatted(LONGEST), EXAMPLE);
    }
    if (text.indexOf('.') < 0) {
      return because("is not a whole name", EXAMPLE);
    }
    return because(
        "is not the name of a host",
        "write labels of a to z, 0 to 9 and hyphens with dots between them, the last beginning with"
            + " a letter");
  }

  private static Objection because(String why, String help) {
    return new Objection(Problem.INVALID_VALUE, why, help);
  }

  /** The name as name servers have it (RFC 5891). */
  private static String inAscii(String text) {
    return Arrays.stream(text.toLowerCase(Locale.ROOT).split("[.\u3002\uff0e\uff61]", -1))
        .map(
            label ->
                label.chars().allMatch(c -> c < 128) ? label : "xn--" + Punycode.encoded(label))
        .collect(Collectors.joining("."));
  }
}
