package dev.sandbar.source.net;

import java.util.Locale;

/**
 * A web page where something else was asked for: from the login page of a network (captive portal),
 * or a proxy that shows its refusal to people.
 */
public final class WebPage {

  /** Network Authentication Required (RFC 6585): what a captive portal answers that is polite. */
  public static final int LOGIN_REQUIRED = 511;

  /** What to look for. */
  public static final String QUESTION =
      "is there a login page of the network (captive portal) or a proxy?";

  private WebPage() {}

  /** Whether an answer of this type is one. */
  public static boolean isOne(String contentType) {
    String type = contentType.strip().toLowerCase(Locale.ROOT);
    return type.startsWith("text/html") || type.startsWith("application/xhtml");
  }

  /**
   * What to say of it, to be put behind the name of the server.
   *
   * @param wanted what was asked for, such as {@code an image}
   */
  public static String insteadOf(String wanted) {
    return "answered with a web page instead of %s: %s".formatted(wanted, QUESTION);
  }
}
