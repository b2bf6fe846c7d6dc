package dev.sandbar.operator.gitsource;

import static dev.sandbar.source.text.TextProperties.require;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;

/** The bytes of one connection to the port of the pushes. */
@Tag("client")
class WebhookFuzz {
  private static final String KEY = "a key that nobody guesses";
  private static final AtomicInteger LOOKS = new AtomicInteger();
  private static final WebhookServer SERVER = serve();

  @FuzzTest
  void webhook(byte[] bytes) throws IOException {
    int before = LOOKS.get();
    String answer = exchange(bytes);
    require(answer.isEmpty() || answer.startsWith("HTTP/1.1 "), "no HTTP: " + answer);
    require(!answer.startsWith("HTTP/1.1 500"), answer);
    if (answer.startsWith("HTTP/1.1 202") || LOOKS.get() > before) {
      require(isSigned(bytes), "a push is taken that nobody signed");
    }
  }

  private static String exchange(byte[] bytes) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), SERVER.port())) {
      socket.setSoTimeout(1_000);
      socket.getOutputStream().write(bytes);
      socket.shutdownOutput();
      var answer = new ByteArrayOutputStream();
      socket.getInputStream().transferTo(answer);
      return answer.toString(ISO_8859_1);
    } catch (SocketException | SocketTimeoutException e) {
      return ""; // the server ends the connection, or will
    }
  }

  /** Whether some signature in the bytes is that of some end of them: only then a 202 is right. */
  private static boolean isSigned(byte[] bytes) {
    String text = new String(bytes, ISO_8859_1).toLowerCase(java.util.Locale.ROOT);
    for (int from = 0; from <= bytes.length; from++) {
      for (int to = from; to <= bytes.length; to++) {
        if (text.contains(hmac(bytes, from, to))) {
          return true;
        }
      }
    }
    return false;
  }

  private static String hmac(byte[] bytes, int from, int to) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(KEY.getBytes(UTF_8), "HmacSHA256"));
      mac.update(bytes, from, to - from);
      return HexFormat.of().formatHex(mac.doFinal());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static WebhookServer serve() {
    var target =
        new PushTarget() {
          @Override
          public boolean isReady() {
            return true;
          }

          @Override
          public Optional<PushSource> find(String namespace, String name) {
            return Optional.of(new PushSource(namespace, name, "hook", false));
          }

          @Override
          public boolean look(String namespace, String name) {
            LOOKS.incrementAndGet();
            return true;
          }
        };
    // A clock that leaps, so that no limit is ever reached.
    var clock =
        new Clock() {
          private Instant now = Instant.EPOCH;

          @Override
          public ZoneOffset getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(java.time.ZoneId zone) {
            return this;
          }

          @Override
          public synchronized Instant instant() {
            now = now.plusSeconds(1);
            return now;
          }
        };
    var handler =
        new WebhookHandler(
            target,
            new SourceSecrets(secrets()),
            clock,
            new SourceMetrics(new SimpleMeterRegistry()));
    try {
      return WebhookServer.start(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), handler);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A client that knows one Secret, whatever it is asked for. */
  private static KubernetesClient secrets() {
    String key = Base64.getEncoder().encodeToString(KEY.getBytes(UTF_8));
    var secret =
        new SecretBuilder()
            .withNewMetadata()
            .addToLabels(ObjectNames.FOR_GIT, "true")
            .endMetadata()
            .withData(Map.of("token", key))
            .build();
    Object resource = answering(Resource.class, "get", secret);
    Object named = answering(NonNamespaceOperation.class, "withName", resource);
    Object all = answering(MixedOperation.class, "inNamespace", named);
    return (KubernetesClient) answering(KubernetesClient.class, "secrets", all);
  }

  private static Object answering(Class<?> type, String method, Object answer) {
    return Proxy.newProxyInstance(
        WebhookFuzz.class.getClassLoader(),
        new Class<?>[] {type},
        (_, called, _) -> {
          if (called.getName().equals(method)) {
            return answer;
          }
          throw new UnsupportedOperationException(called.toString());
        });
  }
}
