package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.model.NetworkSettings;
import dev.sandbar.core.model.ProxyAddress;
import dev.sandbar.e2e.FourClients.Places;
import dev.sandbar.e2e.FourClients.Said;
import dev.sandbar.gitserver.HttpsGitServer;
import dev.sandbar.source.net.Outbound;
import dev.sandbar.source.net.ProxyRoute;
import dev.sandbar.source.secret.TrustedAuthorities;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Git, the API server, a registry and Alertmanager, each the real one, behind networks as there
 * are: each is reached, or what is said of it names the reason.
 */
class NetworksTest {
  private static final String GIT = "git.example.test";
  private static final String API = "api.example.test";
  private static final String REGISTRY = "registry.example.test";
  private static final String ALERTS = "alerts.example.test";
  private static final String PASSWORD = "pass:word-kept-secret";
  private static final String LOGIN =
      Base64.getEncoder().encodeToString(("device:" + PASSWORD).getBytes(StandardCharsets.UTF_8));

  @TempDir private static Path folder;

  @SuppressWarnings("NullAway.Init")
  private static HttpsGitServer git;

  @SuppressWarnings("NullAway.Init")
  private static RealRegistry registry;

  @SuppressWarnings("NullAway.Init")
  private static RealAlertmanager alertmanager;

  @SuppressWarnings("NullAway.Init")
  private static EventServer events;

  /** Of what opens TLS, by an authority that nobody trusts of itself. */
  @SuppressWarnings("NullAway.Init")
  private static SSLContext opening;

  /** Trusts the servers, as such a proxy does. */
  @SuppressWarnings("NullAway.Init")
  private static SSLContext onwards;

  @SuppressWarnings("NullAway.Init")
  private static FourClients clients;

  @BeforeAll
  static void start(@KubernetesApi ApiServer api) throws Exception {
    Path root = Files.createDirectory(folder.resolve("git"));
    GitRepository.create(root.resolve("fleet")).commit("pump.yaml", Apps.waiting("pump"));
    git = HttpsGitServer.start(root);
    registry = new RealRegistry(Files.createDirectory(folder.resolve("registry")));
    Path image = Files.writeString(folder.resolve("image"), "hsqs and nothing more");
    registry.push("acme/pump", "1", image);
    clients = new FourClients(folder, registry);
    events = new EventServer();
    alertmanager = new RealAlertmanager(folder, events.url());
    registry.run(
        ("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj"
                + " /CN=opening -addext"
                + " subjectAltName=DNS:*.example.test,DNS:localhost,IP:127.0.0.1,IP:::1 -keyout"
                + " %1$s/key.pem -out %1$s/opening.pem")
            .formatted(folder));
    registry.run(
        "openssl pkcs12 -export -passout pass:changeit -in %1$s/opening.pem -inkey %1$s/key.pem -out %1$s/opening.p12"
            .formatted(folder));
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(folder.resolve("opening.p12"))) {
      keys.load(in, "changeit".toCharArray());
    }
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, "changeit".toCharArray());
    opening = SSLContext.getInstance("TLS");
    opening.init(managers.getKeyManagers(), null, null);
    Path all = folder.resolve("servers.pem");
    Files.writeString(
        all,
        Files.readString(Path.of(HttpsGitServer.caFile(root)))
            + Files.readString(Path.of(registry.access().caFile()))
            + api.caPem());
    onwards =
        switch (TrustedAuthorities.from(all)) {
          case TrustedAuthorities.Reading.Trusted(var context) -> context;
          case TrustedAuthorities.Reading.Unusable(var reason) -> throw new AssertionError(reason);
        };
  }

  @AfterAll
  static void stop() throws Exception {
    try (var _ = git;
        var _ = registry;
        var _ = events) {
      alertmanager.close();
    }
  }

  @AfterEach
  void direct() {
    Outbound.use(ProxyRoute.DIRECT);
    TrustedAuthorities.reset();
  }

  private static Map<String, Integer> targets(ApiServer api) {
    return Map.of(
        GIT, URI.create(git.url("")).getPort(),
        API, api.port(),
        REGISTRY, Integer.parseInt(registry.host().split(":", -1)[1]),
        ALERTS, URI.create(alertmanager.url()).getPort());
  }

  private static Middlebox proxy(ApiServer api) throws IOException {
    return new Middlebox(
        InetAddress.getLoopbackAddress(),
        new Middlebox.Settings(
            targets(api), List.of(ALERTS), LOGIN, Optional.of(opening), onwards, Duration.ZERO, 0));
  }

  private static void use(int port, boolean login) throws IOException {
    String file = "";
    if (login) {
      Path password = Files.createTempFile(folder, "password", "");
      Files.writeString(password, PASSWORD + "\n");
      Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
      file = password.toString();
    }
    var settings =
        new NetworkSettings(
            new ProxyAddress("127.0.0.1", port), List.of(), login ? "device" : "", file, "");
    switch (ProxyRoute.of(settings, Map.of())) {
      case ProxyRoute.Reading.Usable(var route) -> Outbound.use(route);
      case ProxyRoute.Reading.Unusable(var message, _) -> throw new AssertionError(message);
    }
  }

  private static void trustOpening() {
    assertThat(TrustedAuthorities.extend(folder.resolve("opening.pem")))
        .isInstanceOf(TrustedAuthorities.Reading.Trusted.class);
  }

  private static final Places NAMES = new Places(GIT, API, REGISTRY, ALERTS);

  @Test
  void aProxyThatOpensTls(@KubernetesApi ApiServer api) throws Exception {
    try (Middlebox proxy = proxy(api)) {
      use(proxy.port(), true);
      trustOpening();
      assertThat(clients.ask(NAMES)).isEqualTo(FourClients.REACHED);
      assertThat(proxy.tunnels)
          .contains(GIT + ":443", API + ":443", REGISTRY + ":443", ALERTS + ":443");

      // Nobody trusts its authority: each says so.
      TrustedAuthorities.reset();
      Said untrusted = clients.ask(NAMES, Optional.empty(), Optional.of(api.caFile()), "");
      assertThat(untrusted.git()).contains("signed by an unknown authority", "caFile");
      assertThat(untrusted.api())
          .contains("unknown authority", "has to let the API server through");
      assertThat(untrusted.registry()).contains("unknown authority", "network.caFile");
      assertThat(untrusted.alerts()).endsWith("is signed by an unknown authority");

      trustOpening();
      use(proxy.port(), false);
      assertThat(clients.ask(NAMES).all())
          .allSatisfy(
              said ->
                  assertThat(said)
                      .contains("proxy 127.0.0.1:" + proxy.port(), "wants a login (HTTP 407)")
                      .contains("network.proxy of agent.yaml"));

      use(proxy.port(), true);
      String other = "other.example.test";
      assertThat(clients.ask(Places.at(other)).all())
          .allSatisfy(
              said ->
                  assertThat(said)
                      .contains("does not connect to " + other + " (HTTP 403)")
                      .doesNotContain(PASSWORD, LOGIN));
    }
  }

  @Test
  void aProxyThatIsNotThere() throws Exception {
    use(RealAlertmanager.freePort(), true);
    assertThat(clients.ask(NAMES).all())
        .allSatisfy(
            said ->
                assertThat(said)
                    .contains("cannot connect to the proxy 127.0.0.1:", "network.proxy")
                    .doesNotContain(PASSWORD, LOGIN));
  }

  @Test
  void ipv6Only(@KubernetesApi ApiServer api) throws Exception {
    trustOpening();
    InetAddress six = InetAddress.getByName("::1");
    var boxes = new ArrayList<Middlebox>();
    try {
      for (String host : List.of(GIT, API, REGISTRY, ALERTS)) {
        boxes.add(
            new Middlebox(
                six,
                new Middlebox.Settings(
                    Map.of("", targets(api).getOrDefault(host, 0)),
                    host.equals(ALERTS) ? List.of("") : List.of(),
                    "",
                    Optional.of(opening),
                    onwards,
                    Duration.ZERO,
                    0)));
      }
      List<String> at = boxes.stream().map(box -> "[::1]:" + box.port()).toList();
      assertThat(clients.ask(new Places(at.get(0), at.get(1), at.get(2), at.get(3))))
          .isEqualTo(FourClients.REACHED);
    } finally {
      for (Middlebox box : boxes) {
        box.close();
      }
    }
  }

  @Test
  void delayAndLoss(@KubernetesApi ApiServer api) throws Exception {
    var boxes = new ArrayList<Middlebox>();
    try {
      for (String host : List.of(GIT, API, REGISTRY, ALERTS)) {
        boxes.add(
            new Middlebox(
                InetAddress.getLoopbackAddress(),
                new Middlebox.Settings(
                    Map.of("", targets(api).getOrDefault(host, 0)),
                    List.of(),
                    "",
                    Optional.empty(),
                    onwards,
                    Duration.ofMillis(600),
                    20)));
      }
      List<Integer> at = boxes.stream().map(Middlebox::port).toList();
      Path root = folder.resolve("git");
      assertThat(
              clients.ask(
                  new Places(
                      "localhost:" + at.get(0),
                      "127.0.0.1:" + at.get(1),
                      "localhost:" + at.get(2),
                      "http://127.0.0.1:" + at.get(3)),
                  Optional.of(Path.of(HttpsGitServer.caFile(root))),
                  Optional.of(api.caFile()),
                  registry.access().caFile()))
          .isEqualTo(FourClients.REACHED);
    } finally {
      for (Middlebox box : boxes) {
        box.close();
      }
    }
  }

  @Test
  void aLoginPage() throws Exception {
    HttpsServer portal =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    portal.setHttpsConfigurator(new HttpsConfigurator(opening));
    portal.createContext("/page/", exchange -> answer(exchange, 200, ""));
    portal.createContext("/login/", exchange -> answer(exchange, 511, ""));
    portal.createContext("/", exchange -> answer(exchange, 200, ""));
    portal.start();
    try {
      String at = "localhost:" + portal.getAddress().getPort();
      String question = "is there a login page of the network (captive portal) or a proxy?";
      // It has no certificate that anybody trusts, as is usual.
      assertThat(clients.ask(Places.at(at)).all())
          .allSatisfy(said -> assertThat(said).containsAnyOf("certificate", "TLS: "));
      trustOpening();
      Said page = clients.ask(Places.at(at));
      assertThat(page.git()).contains("answered with a web page instead of a repository", question);
      assertThat(page.api()).contains("answered with a web page instead of JSON", question);
      assertThat(page.registry())
          .contains("answered with a web page instead of an image", question);
      assertThat(page.alerts()).contains("web page instead of a receipt", question);
      portal.removeContext("/");
      portal.createContext("/", exchange -> answer(exchange, 511, ""));
      assertThat(clients.ask(Places.at(at)).all())
          .allSatisfy(said -> assertThat(said).contains(question));
      portal.removeContext("/");
      portal.createContext(
          "/", exchange -> answer(exchange, 302, "http://login.example.test/welcome"));
      assertThat(clients.ask(Places.at(at)).all())
          .allSatisfy(said -> assertThat(said).contains(question));
    } finally {
      portal.stop(0);
    }
  }

  private static void answer(HttpExchange exchange, int status, String location)
      throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
      if (!location.isEmpty()) {
        exchange.getResponseHeaders().set("Location", location);
      }
      byte[] page = "<html><h1>Welcome</h1></html>".getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, page.length);
      exchange.getResponseBody().write(page);
    }
  }
}
