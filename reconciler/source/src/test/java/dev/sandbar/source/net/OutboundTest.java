package dev.sandbar.source.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.model.NetworkSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** In a JVM that has not asked for a tunnel before, as an agent begins. */
class OutboundTest {

  @AfterEach
  void direct() {
    Outbound.use(ProxyRoute.DIRECT);
  }

  @Test
  void theLoginGoesToTheProxyWithTheRequestForATunnel() throws Exception {
    try (var proxy = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      var head = new CompletableFuture<List<String>>();
      Thread.ofVirtual().start(() -> head.complete(refuse(proxy)));
      String variable = "http://dev:secret@127.0.0.1:" + proxy.getLocalPort();
      if (ProxyRoute.of(NetworkSettings.NONE, Map.of("HTTPS_PROXY", variable))
          instanceof ProxyRoute.Reading.Usable(var route)) {
        Outbound.use(route);
      }
      URI target = URI.create("https://api.example.test/");
      try (var client = Outbound.client().build()) {
        var request = Outbound.request(target).timeout(Duration.ofSeconds(10)).build();
        assertThatThrownBy(() -> client.send(request, HttpResponse.BodyHandlers.discarding()))
            .isInstanceOf(IOException.class)
            .satisfies(
                e ->
                    assertThat(Outbound.fault(e, target))
                        .hasValueSatisfying(
                            said ->
                                assertThat(said)
                                    .contains("does not connect to api.example.test (HTTP 403)")));
      }
      assertThat(head.get(10, TimeUnit.SECONDS))
          .contains("CONNECT api.example.test:443 HTTP/1.1")
          .contains("Proxy-Authorization: Basic ZGV2OnNlY3JldA==");
    }
  }

  private static List<String> refuse(ServerSocket proxy) {
    var head = new ArrayList<String>();
    try (Socket client = proxy.accept()) {
      var in =
          new BufferedReader(
              new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
      String line = in.readLine();
      while (line != null && !line.isEmpty()) {
        head.add(line);
        line = in.readLine();
      }
      client
          .getOutputStream()
          .write(
              "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      head.add(e.toString());
    }
    return head;
  }
}
