package dev.sandbar.device.fetch;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a registry wants to be asked (RFC 9110, <em>WWW-Authenticate</em>; the token specification of
 * the distribution project).
 */
sealed interface Challenge {

  /** With a user and a password in each request. */
  record Basic() implements Challenge {}

  /**
   * With a token.
   *
   * @param realm where tokens are given out
   * @param service for which it shall be; may be empty
   * @param scope of the rights; may be empty
   */
  record Bearer(String realm, String service, String scope) implements Challenge {}

  Pattern PARAMETER =
      Pattern.compile("([a-z_]{1,20})=(?:\"([^\"\\\\]{0,2048})\"|([^\", ]{0,2048}))");

  /** Longer ones are nothing that a registry says. */
  int LONGEST = 8192;

  /** Reads the value of the header; empty for what is neither. */
  static Optional<Challenge> read(String header) {
    if (header.length() > LONGEST) {
      return Optional.empty();
    }
    String scheme = header.split(" ", 2)[0].toLowerCase(Locale.ROOT);
    return switch (scheme) {
      case "basic" -> Optional.of(new Basic());
      case "bearer" -> {
        Map<String, String> parameters = parameters(header);
        yield Optional.of(
            new Bearer(
                parameters.getOrDefault("realm", ""),
                parameters.getOrDefault("service", ""),
                parameters.getOrDefault("scope", "")));
      }
      default -> Optional.empty();
    };
  }

  private static Map<String, String> parameters(String header) {
    var parameters = new HashMap<String, String>();
    Matcher matcher = PARAMETER.matcher(header);
    while (matcher.find()) {
      String quoted = matcher.group(2);
      parameters.putIfAbsent(
          matcher.group(1), quoted == null ? String.valueOf(matcher.group(3)) : quoted);
    }
    return parameters;
  }
}
