package dev.sandbar.core.model;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where an HTTP proxy is.
 *
 * @param host a name or an address, an IPv6 address without brackets; empty for no proxy
 */
public record ProxyAddress(String host, int port) {

  /** No proxy. */
  public static final ProxyAddress NONE = new ProxyAddress("", 0);

  private static final int DEFAULT_PORT = 80;
  private static final int MOST_PORT = 65_535;
  private static final int LONGEST_NAME = 253;

  private static final Pattern FORM =
      Pattern.compile("http://([A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+])(:([0-9]{1,5}))?/?");

  /** Reads {@code http://HOST[:PORT]}; empty if the text is something else. */
  public static Optional<ProxyAddress> parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches() || matcher.group(1).length() > LONGEST_NAME) {
      return Optional.empty();
    }
    String host = matcher.group(1).replace("[", "").replace("]", "");
    int port = Optional.ofNullable(matcher.group(3)).map(Integer::parseInt).orElse(DEFAULT_PORT);
    boolean isAddress = host.length() < matcher.group(1).length();
    return port > 0 && port <= MOST_PORT && (!isAddress || Cidr.parse(host).isPresent())
        ? Optional.of(new ProxyAddress(host, port))
        : Optional.empty();
  }

  /** Whether there is a proxy. */
  public boolean isPresent() {
    return !host.isEmpty();
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
