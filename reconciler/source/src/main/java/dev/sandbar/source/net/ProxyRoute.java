package dev.sandbar.source.net;

import dev.sandbar.core.model.NetworkSettings;
import dev.sandbar.core.model.NoProxy;
import dev.sandbar.core.model.ProxyAddress;
import dev.sandbar.source.secret.SecretFile;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The proxy of a process, and what goes through it.
 *
 * @param proxy through which https is spoken; {@link ProxyAddress#NONE} for none
 * @param noProxy what is reached without it, as in {@link NoProxy}
 */
public record ProxyRoute(ProxyAddress proxy, List<String> noProxy, Login login) {

  /** No proxy. */
  public static final ProxyRoute DIRECT =
      new ProxyRoute(ProxyAddress.NONE, List.of(), new Login.None());

  private static final int HTTPS = 443;

  public ProxyRoute {
    noProxy = List.copyOf(noProxy);
  }

  /** What the proxy is shown. No text of it has the secret. */
  public sealed interface Login {
    /** Nothing. */
    record None() implements Login {}

    /** A user, and a password that is read at each use. */
    record FromFile(String user, SecretFile password) implements Login {}

    /** What the environment has, as a header takes it. */
    record FromEnvironment(String basic) implements Login {
      @Override
      public String toString() {
        return "FromEnvironment[...]";
      }
    }
  }

  /** What came of reading settings. */
  public sealed interface Reading {
    /** They can be used. */
    record Usable(ProxyRoute route) implements Reading {}

    /** They cannot: what is wrong, and what to write. */
    record Unusable(String message, String help) implements Reading {}
  }

  /**
   * The proxy of the settings; if they have none, that of {@code HTTPS_PROXY} and {@code NO_PROXY}.
   *
   * @param environment of the process
   */
  public static Reading of(NetworkSettings settings, Map<String, String> environment) {
    if (!settings.proxy().isPresent()) {
      return ofEnvironment(environment);
    }
    if (settings.passwordFile().isEmpty()) {
      return new Reading.Usable(
          new ProxyRoute(settings.proxy(), settings.noProxy(), new Login.None()));
    }
    var password = new SecretFile(Path.of(settings.passwordFile()));
    return switch (password.read()) {
      case SecretFile.Reading.Secret _ ->
          new Reading.Usable(
              new ProxyRoute(
                  settings.proxy(),
                  settings.noProxy(),
                  new Login.FromFile(settings.username(), password)));
      case SecretFile.Reading.Unusable(var reason) ->
          new Reading.Unusable(
              "network.proxy.passwordFile: " + reason,
              "Put the password there, readable by root alone: chmod 600 FILE");
    };
  }

  private static Reading ofEnvironment(Map<String, String> environment) {
    String url = variable(environment, "HTTPS_PROXY");
    if (url.isEmpty()) {
      return new Reading.Usable(DIRECT);
    }
    String plain = url.contains("://") ? url : "http://" + url;
    int at = plain.lastIndexOf('@');
    int begin = plain.indexOf("://") + 3;
    String user = at > begin ? plain.substring(begin, at) : "";
    Optional<ProxyAddress> address =
        ProxyAddress.parse(
            at > begin ? plain.substring(0, begin) + plain.substring(at + 1) : plain);
    if (address.isEmpty()) {
      return new Reading.Unusable(
          "HTTPS_PROXY is not the address of an HTTP proxy",
          "Set it to http://HOST:PORT, or unset it");
    }
    List<String> noProxy =
        Stream.of(variable(environment, "NO_PROXY").split(",", -1))
            .map(String::strip)
            .filter(NoProxy::isEntry)
            .toList();
    return new Reading.Usable(new ProxyRoute(address.get(), noProxy, login(user)));
  }

  private static Login login(String user) {
    if (user.isEmpty()) {
      return new Login.None();
    }
    int colon = user.indexOf(':');
    String name = colon < 0 ? user : user.substring(0, colon);
    String password = colon < 0 ? "" : user.substring(colon + 1);
    return new Login.FromEnvironment(basic(decoded(name), decoded(password)));
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }

  private static String variable(Map<String, String> environment, String name) {
    String lower = environment.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    return lower.isEmpty() ? environment.getOrDefault(name, "") : lower;
  }

  private static String basic(String user, String password) {
    return Base64.getEncoder()
        .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Whether a server is reached through the proxy: with https, and if nothing excepts it.
   *
   * @param port -1 for that of https
   */
  boolean covers(String scheme, String host, int port) {
    return proxy.isPresent()
        && scheme.equalsIgnoreCase("https")
        && !host.isEmpty()
        && !NoProxy.covers(noProxy, host, port < 0 ? HTTPS : port);
  }

  /** User and password in base64, as a header takes them; empty if there are none to be had. */
  String credentials() {
    return switch (login) {
      case Login.None() -> "";
      case Login.FromEnvironment(var basic) -> basic;
      case Login.FromFile(var user, var password) ->
          switch (password.read()) {
            case SecretFile.Reading.Secret(var bytes) ->
                basic(user, new String(bytes, StandardCharsets.UTF_8));
            case SecretFile.Reading.Unusable _ -> "";
          };
    };
  }
}
