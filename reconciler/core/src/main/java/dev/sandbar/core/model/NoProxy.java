package dev.sandbar.core.model;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which servers are reached without a proxy, as {@code NO_PROXY} says it to programs in Go, such as
 * kubelet and Flux: {@code *} for all, a name for itself and all below it, {@code .name} for what
 * is below it, an address, or a network, which matches addresses alone, for no name is resolved;
 * each with a port if only that is meant. What is on the device itself never goes through a proxy.
 */
public final class NoProxy {

  private static final Pattern ENTRY =
      Pattern.compile(
          "[*]|[*]?[.]?([A-Za-z0-9_-]+[.])*+[A-Za-z0-9_-]+(:[0-9]{1,5})?"
              + "|\\[[0-9a-fA-F:.]+](:[0-9]{1,5})?|[0-9a-fA-F:.]+(/[0-9]{1,3})?");

  private static final Pattern WITH_PORT = Pattern.compile("(.*[^:]|\\[.*]):([0-9]{1,5})");

  private static final Cidr LOOPBACK_4 = Cidr.parse("127.0.0.0/8").orElseThrow();
  private static final Cidr LOOPBACK_6 = Cidr.parse("::1/128").orElseThrow();

  private NoProxy() {}

  /** Whether the text can be an entry. */
  public static boolean isEntry(String text) {
    return ENTRY.matcher(text).matches() && (!text.contains("/") || Cidr.parse(text).isPresent());
  }

  /**
   * Whether a server is reached without the proxy.
   *
   * @param host a name, or an address with or without brackets
   */
  public static boolean covers(List<String> entries, String host, int port) {
    String name = bare(host);
    if (isLocal(name)) {
      return true;
    }
    return entries.stream().anyMatch(entry -> matches(entry, name, port));
  }

  private static String bare(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    name = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    return name.startsWith("[") ? name.substring(1, name.length() - 1) : name;
  }

  private static boolean isLocal(String name) {
    return name.equals("localhost")
        || name.endsWith(".localhost")
        || Cidr.parse(name)
            .filter(it -> LOOPBACK_4.contains(it) || LOOPBACK_6.contains(it))
            .isPresent();
  }

  private static boolean matches(String entry, String name, int port) {
    if (entry.equals("*")) {
      return true;
    }
    Optional<Cidr> network = Cidr.parse(bare(entry));
    if (network.isPresent()) {
      return Cidr.parse(name).filter(network.get()::contains).isPresent();
    }
    Matcher withPort = WITH_PORT.matcher(entry);
    if (withPort.matches()) {
      return Integer.parseInt(withPort.group(2)) == port && matches(withPort.group(1), name, port);
    }
    String suffix = bare(entry.startsWith("*.") ? entry.substring(1) : entry);
    return suffix.startsWith(".")
        ? name.endsWith(suffix)
        : name.equals(suffix) || name.endsWith("." + suffix);
  }
}
