package dev.sandbar.core.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code network:} of a device. */
final class NetworkReader {

  /** Entries of noProxy. */
  private static final int MOST_ENTRIES = 256;

  private static final Pattern WITH_USER = Pattern.compile("[a-z0-9]+://[^/]*@.*");
  private static final Pattern USER = Pattern.compile("[!-9;-~]{1,128}");
  private static final String HTTPS = "network.proxy.https";

  private final NodeValidator expect;

  NetworkReader(NodeValidator expect) {
    this.expect = expect;
  }

  NetworkSettings read(Node node) {
    Map<String, Node> fields = expect.fields(node, "network", List.of("proxy", "caFile"));
    String caFile = path(fields, "caFile", "network.caFile");
    Node proxy = fields.get("proxy");
    if (proxy == null) {
      return new NetworkSettings(ProxyAddress.NONE, List.of(), "", "", caFile);
    }
    Map<String, Node> parts =
        expect.fields(
            proxy, "network.proxy", List.of("https", "noProxy", "username", "passwordFile"));
    ProxyAddress address =
        expect
            .required(parts, proxy, "network.proxy", "https")
            .flatMap(this::address)
            .orElse(ProxyAddress.NONE);
    List<String> noProxy =
        Optional.ofNullable(parts.get("noProxy")).map(this::noProxy).orElse(List.of());
    String username = Optional.ofNullable(parts.get("username")).map(this::user).orElse("");
    String passwordFile = path(parts, "passwordFile", "network.proxy.passwordFile");
    if (parts.containsKey("username") != parts.containsKey("passwordFile")) {
      expect.invalid(
          proxy.at(),
          "network.proxy",
          parts.containsKey("username") ? "username" : "passwordFile",
          "means nothing alone",
          "give username and passwordFile, or neither");
    }
    return new NetworkSettings(address, noProxy, username, passwordFile, caFile);
  }

  /** No message shows an address with a user: what is before the @ is often a password. */
  private Optional<ProxyAddress> address(Node node) {
    Optional<String> text = expect.text(node, HTTPS);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (WITH_USER.matcher(text.get()).matches()) {
      expect.invalid(
          node.at(),
          HTTPS,
          "...@...",
          "has a user or password, which would end in logs",
          "write the user as username, and the password into the file that passwordFile names");
      return Optional.empty();
    }
    Optional<ProxyAddress> address = ProxyAddress.parse(text.get());
    if (address.isEmpty()) {
      expect.invalid(
          node.at(),
          HTTPS,
          text.get(),
          "is not the address of an HTTP proxy",
          text.get().startsWith("https:") || text.get().startsWith("socks")
              ? "write http://HOST:PORT: https is spoken through the proxy, and http with it"
              : "write http://HOST:PORT, such as http://proxy.example.com:3128");
    }
    return address;
  }

  private List<String> noProxy(Node node) {
    var entries = new ArrayList<String>();
    for (Node item : expect.items(node, "network.proxy.noProxy", MOST_ENTRIES)) {
      Optional<String> text = expect.text(item, "network.proxy.noProxy");
      if (text.isPresent() && !NoProxy.isEntry(text.get())) {
        expect.invalid(
            item.at(),
            "network.proxy.noProxy",
            text.get(),
            "is neither a host nor an address nor a network",
            "write for example example.com, .cluster.local, 10.0.0.0/8 or [fd00::1]:6443");
      }
      text.ifPresent(entries::add);
    }
    return entries;
  }

  private String user(Node node) {
    Optional<String> text = expect.text(node, "network.proxy.username");
    if (text.isPresent() && !USER.matcher(text.get()).matches()) {
      expect.invalid(
          node.at(),
          "network.proxy.username",
          text.get(),
          "cannot be a user of HTTP",
          "use printable characters of ASCII without ':'");
    }
    return text.orElse("");
  }

  private String path(Map<String, Node> fields, String key, String place) {
    return Optional.ofNullable(fields.get(key)).flatMap(n -> expect.path(n, place)).orElse("");
  }
}
