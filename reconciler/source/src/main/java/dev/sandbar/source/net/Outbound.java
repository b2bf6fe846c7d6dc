package dev.sandbar.source.net;

import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How this process reaches servers, for all that speaks HTTP: one proxy, said once when the process
 * begins. It asks the proxy for a tunnel to the server (CONNECT, RFC 9110, section 9.3.6); TLS is
 * with the server, or with a proxy that opens it.
 */
public final class Outbound {

  /** What the proxy wants that asks for a login. */
  public static final int LOGIN_WANTED = 407;

  private static final String SCHEMES = "jdk.http.auth.tunneling.disabledSchemes";

  /** What the JDK says of a tunnel that was refused; it has no other way to say so. */
  private static final Pattern REFUSED =
      Pattern.compile("Tunnel failed, got: ([0-9]{3})|.*Proxy returns \"HTTP/1.[01] ([0-9]{3}).*");

  private static final int DEEPEST_CAUSE = 12;

  private static final AtomicReference<ProxyRoute> ROUTE = new AtomicReference<>(ProxyRoute.DIRECT);

  static {
    // Else the JDK leaves out Basic, the only scheme that a password in a file is for, when it asks
    // for a tunnel. It is read once, when the first connection is made.
    if (System.getProperty(SCHEMES) == null) {
      System.setProperty(SCHEMES, "");
    }
  }

  private Outbound() {}

  /** From now on servers are reached so; what is connected stays. */
  public static void use(ProxyRoute route) {
    ROUTE.set(route);
  }

  /** A client that follows no redirect. */
  public static HttpClient.Builder client() {
    return HttpClient.newBuilder()
        .followRedirects(HttpClient.Redirect.NEVER)
        .proxy(new Selector())
        .executor(Executors.newVirtualThreadPerTaskExecutor());
  }

  /** A request, with what the proxy on its way wants. */
  public static HttpRequest.Builder request(URI target) {
    HttpRequest.Builder request = HttpRequest.newBuilder(target);
    ProxyRoute route = ROUTE.get();
    if (covers(route, target)) {
      String credentials = route.credentials();
      if (!credentials.isEmpty()) {
        request.header("Proxy-Authorization", "Basic " + credentials);
      }
    }
    return request;
  }

  /** The proxy on the way to a server, or none. */
  public static Proxy proxy(URI target) {
    ProxyRoute route = ROUTE.get();
    return covers(route, target) ? proxy(route) : Proxy.NO_PROXY;
  }

  /**
   * For one connection through the proxy: answers it when it asks for a login, once, and nobody
   * else. A wrong password would else be sent twenty times over.
   */
  public static Authenticator authenticator() {
    return new Authenticator() {
      private boolean answered;

      @Override
      protected @Nullable PasswordAuthentication getPasswordAuthentication() {
        ProxyRoute route = ROUTE.get();
        String credentials = route.credentials();
        if (getRequestorType() != RequestorType.PROXY
            || getRequestingPort() != route.proxy().port()
            || !route.proxy().host().equalsIgnoreCase(getRequestingHost())
            || credentials.isEmpty()
            || answered) {
          return null; // There is nothing for anybody else, such as a server.
        }
        answered = true;
        String pair = new String(Base64.getDecoder().decode(credentials), StandardCharsets.UTF_8);
        int colon = pair.indexOf(':');
        return new PasswordAuthentication(
            pair.substring(0, colon), pair.substring(colon + 1).toCharArray());
      }
    };
  }

  /**
   * What a failure says of the proxy; empty if it is not that, or there is none on the way.
   *
   * @param target that was to be reached
   */
  public static Optional<String> fault(Throwable failure, URI target) {
    ProxyRoute route = ROUTE.get();
    if (!covers(route, target)) {
      return Optional.empty();
    }
    Throwable here = failure;
    for (int depth = 0; here != null && depth < DEEPEST_CAUSE; depth++) {
      Matcher refused = REFUSED.matcher(String.valueOf(here.getMessage()));
      if (here instanceof IOException && refused.matches()) {
        String status = refused.group(1) == null ? refused.group(2) : refused.group(1);
        return Optional.of(refusal(Integer.parseInt(status), target));
      }
      if (here instanceof HttpConnectTimeoutException
          || LostConnection.isUnreached(here)
          || LostConnection.isUnknownName(here)) {
        return Optional.of(
            "cannot connect to the proxy %s; check network.proxy in agent.yaml, or HTTPS_PROXY"
                .formatted(route.proxy()));
      }
      here = here.getCause();
    }
    return Optional.empty();
  }

  /** What it means that the proxy on the way to a server answers this in its place. */
  public static String refusal(int status, URI target) {
    ProxyRoute route = ROUTE.get();
    String proxy = route.proxy().isPresent() ? "the proxy " + route.proxy() : "a proxy";
    return status == LOGIN_WANTED
        ? "%s wants a login (HTTP 407); give username and passwordFile in network.proxy of agent.yaml"
            .formatted(proxy)
        : "%s does not connect to %s (HTTP %d); ask who runs it, or except the host by noProxy"
            .formatted(proxy, target.getHost(), status);
  }

  private static boolean covers(ProxyRoute route, URI target) {
    String scheme = target.getScheme();
    String host = target.getHost();
    return scheme != null && host != null && route.covers(scheme, host, target.getPort());
  }

  private static Proxy proxy(ProxyRoute route) {
    return new Proxy(
        Proxy.Type.HTTP,
        InetSocketAddress.createUnresolved(route.proxy().host(), route.proxy().port()));
  }

  /** Resolved at each connection, for a proxy may move. */
  private static final class Selector extends ProxySelector {
    @Override
    public List<Proxy> select(URI uri) {
      return List.of(Outbound.proxy(uri));
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException failure) {
      // Whoever asked hears of it.
    }
  }
}
