package dev.sandbar.source.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.NetworkSettings;
import dev.sandbar.core.model.ProxyAddress;
import java.io.IOException;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProxyRouteTest {

  @AfterEach
  void direct() {
    Outbound.use(ProxyRoute.DIRECT);
  }

  private static ProxyRoute usable(NetworkSettings settings, Map<String, String> environment) {
    return switch (ProxyRoute.of(settings, environment)) {
      case ProxyRoute.Reading.Usable(var route) -> route;
      case ProxyRoute.Reading.Unusable(var message, _) -> throw new AssertionError(message);
    };
  }

  @Test
  void theEnvironmentNamesAProxy() {
    ProxyRoute route =
        usable(
            NetworkSettings.NONE,
            Map.of(
                "HTTPS_PROXY",
                "http://dev:top%40secret@proxy.example.com:3128/",
                "NO_PROXY",
                "10.0.0.0/8, .local,,nonsense entry"));
    assertThat(route.proxy()).isEqualTo(new ProxyAddress("proxy.example.com", 3128));
    assertThat(route.noProxy()).containsExactly("10.0.0.0/8", ".local");
    assertThat(new String(Base64.getDecoder().decode(route.credentials()), StandardCharsets.UTF_8))
        .isEqualTo("dev:top@secret");
    assertThat(route.toString()).doesNotContain("top", route.credentials());
  }

  @Test
  void lowerCaseComesFirstAndTheSchemeMayBeLeftOut() {
    ProxyRoute route =
        usable(NetworkSettings.NONE, Map.of("HTTPS_PROXY", "http://a:1", "https_proxy", "b:2"));
    assertThat(route.proxy()).isEqualTo(new ProxyAddress("b", 2));
    assertThat(usable(NetworkSettings.NONE, Map.of("HTTP_PROXY", "http://a:1")))
        .isEqualTo(ProxyRoute.DIRECT);
  }

  @Test
  void whatIsNoProxyIsRefusedWithoutItsPassword() {
    assertThat(
            ProxyRoute.of(NetworkSettings.NONE, Map.of("HTTPS_PROXY", "socks5://u:topsecret@p:1"))
                .toString())
        .contains("HTTPS_PROXY is not the address of an HTTP proxy")
        .doesNotContain("topsecret");
  }

  @Test
  void theSettingsComeBeforeTheEnvironment(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("password"), "topsecret\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    var settings =
        new NetworkSettings(
            new ProxyAddress("p", 1), List.of("direct.example.com"), "dev", file.toString(), "");
    Map<String, String> environment = Map.of("HTTPS_PROXY", "http://other:2");
    // Others could read the password.
    assertThat(ProxyRoute.of(settings, environment))
        .isInstanceOf(ProxyRoute.Reading.Unusable.class);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    ProxyRoute route = usable(settings, environment);
    assertThat(route.proxy()).isEqualTo(new ProxyAddress("p", 1));
    Outbound.use(route);
    assertThat(Outbound.proxy(URI.create("https://git.example.com/")).type())
        .isEqualTo(Proxy.Type.HTTP);
    assertThat(
            List.of(
                Outbound.proxy(URI.create("https://direct.example.com/")),
                Outbound.proxy(URI.create("http://git.example.com/")),
                Outbound.proxy(URI.create("https://127.0.0.1:6443/"))))
        .containsOnly(Proxy.NO_PROXY);
    URI git = URI.create("https://git.example.com/");
    assertThat(Outbound.request(git).build().headers().firstValue("Proxy-Authorization"))
        .contains("Basic " + route.credentials());
    URI direct = URI.create("https://direct.example.com/");
    assertThat(Outbound.request(direct).build().headers().map()).isEmpty();
  }
}
