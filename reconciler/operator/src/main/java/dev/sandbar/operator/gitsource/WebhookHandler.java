package dev.sandbar.operator.gitsource;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.sandbar.operator.gitsource.SourceSecrets.UnusableSecretException;
import dev.sandbar.operator.publish.ObjectFields;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes pushes: {@code POST /hook/NAMESPACE/NAME} with an HMAC-SHA256 of the body in {@code
 * X-Hub-Signature-256} or {@code X-Signature}, as {@code sha256=HEX}. The body is never looked
 * into: a push only says that it is time to look at the repository.
 *
 * <p>Whoever cannot sign learns nothing: a source that does not exist, one without a key and a
 * wrong signature have one answer.
 */
public final class WebhookHandler implements HttpHandler, AutoCloseable {
  /** Where the server has to register it. */
  public static final String PATH = "/hook/";

  private static final Logger LOG = LoggerFactory.getLogger(WebhookHandler.class);
  private static final Pattern TARGET =
      Pattern.compile("/hook/([a-z0-9-]{1,63})/([a-z0-9.-]{1,253})");
  private static final Pattern SIGNATURE = Pattern.compile("sha256=([0-9a-fA-F]{64})");
  private static final List<String> HEADERS = List.of("X-Hub-Signature-256", "X-Signature");
  private static final int LARGEST = 1024 * 1024;
  private static final int AT_A_TIME = 16;
  private static final int PER_PEER = 32;
  private static final double BURST = 20;
  private static final double PER_SECOND = 2;
  private static final Duration SLOWEST = Duration.ofSeconds(10);
  private static final String ALGORITHM = "HmacSHA256";

  /** No name of a source: it has no slash. */
  private static final String UNSIGNED = "unsigned";

  private final PushTarget target;
  private final WebhookKeys keys;
  private final RateLimit limit;
  private final SourceMetrics metrics;
  private final PeerLimit peers = new PeerLimit(PER_PEER);

  /** Of requests that have come whole; one that has not holds only what is its peer's. */
  private final Semaphore room = new Semaphore(AT_A_TIME);

  private final ScheduledThreadPoolExecutor watchdog;

  WebhookHandler(PushTarget target, SourceSecrets secrets, Clock clock, SourceMetrics metrics) {
    this.target = target;
    this.keys = new WebhookKeys(secrets::webhookKey, clock);
    this.limit = new RateLimit(clock, BURST, PER_SECOND);
    this.metrics = metrics;
    watchdog =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("webhook-watchdog").factory());
    watchdog.setRemoveOnCancelPolicy(true);
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    InetAddress peer = exchange.getRemoteAddress().getAddress();
    if (!peers.enter(peer)) {
      metrics.hook("crowded");
      exchange.close(); // without an answer, for which the rest of its body would be waited for
      return;
    }
    try {
      bounded(exchange);
    } finally {
      peers.leave(peer);
    }
  }

  private void bounded(HttpExchange exchange) throws IOException {
    // A body that trickles in holds a thread no longer than this.
    ScheduledFuture<?> end =
        watchdog.schedule(exchange::close, SLOWEST.toMillis(), TimeUnit.MILLISECONDS);
    try (exchange) {
      answer(exchange, status(exchange));
    } catch (IOException e) {
      metrics.hook("broken"); // closed by the watchdog or by the sender: nobody to answer
    } catch (RuntimeException e) {
      metrics.hook("broken");
      LOG.warn("action=webhook message={}", e.toString());
    } finally {
      end.cancel(false);
    }
  }

  private int status(HttpExchange exchange) throws IOException {
    Matcher path = TARGET.matcher(String.valueOf(exchange.getRequestURI().getRawPath()));
    if (!exchange.getRequestMethod().equals("POST")) {
      return 405;
    }
    if (!path.matches()) {
      return 401;
    }
    if (!target.isReady()) {
      return 503;
    }
    String namespace = path.group(1);
    String name = path.group(2);
    byte[] signature = signature(exchange);
    // Without a signature there is nothing to compare, so the API server is not asked for the key.
    Optional<PushSource> source =
        signature.length == 0
            ? Optional.empty()
            : target.find(namespace, name).filter(it -> !it.secret().isEmpty() && !it.suspended());
    Optional<byte[]> key = source.flatMap(this::key);
    Optional<byte[]> digest = digest(key, exchange.getRequestBody());
    if (digest.isEmpty()) {
      return unsigned(413);
    }
    if (key.isEmpty()
        || !MessageDigest.isEqual(digest.get(), signature)
        || !isStill(key.get(), source.orElseThrow())) {
      return unsigned(401);
    }
    if (!limit.permits(namespace + "/" + name)) {
      return 429;
    }
    if (!room.tryAcquire()) {
      return 503;
    }
    try {
      LOG.info("source={}/{} action=webhook", namespace, name);
      return target.look(namespace, name) ? 202 : 503;
    } finally {
      room.release();
    }
  }

  /**
   * Whatever is not signed shares one limit, whichever source it names: a limit of each source's
   * own would show which ones exist, and strangers could use up that of the pushes that count.
   */
  private int unsigned(int status) {
    return limit.permits(UNSIGNED) ? status : 429;
  }

  private Optional<byte[]> key(PushSource source) {
    try {
      return keys.get(source.namespace(), source.secret());
    } catch (UnusableSecretException e) {
      return unusable(source, e);
    }
  }

  private boolean isStill(byte[] key, PushSource source) {
    try {
      return keys.isStill(key, source.namespace(), source.secret());
    } catch (UnusableSecretException e) {
      return unusable(source, e).isPresent();
    }
  }

  private static Optional<byte[]> unusable(PushSource source, UnusableSecretException e) {
    LOG.warn(
        "source={}/{} action=webhook message={}",
        source.namespace(),
        source.name(),
        e.getMessage());
    return Optional.empty();
  }

  /**
   * The HMAC of the body, computed as it comes: no body is kept, however many are under way. Empty
   * if it is too large. Computes as much without a key as with one, so that the time shows nothing.
   */
  private static Optional<byte[]> digest(Optional<byte[]> key, InputStream body)
      throws IOException {
    Mac mac = mac(key.orElseGet(() -> "no key".getBytes(UTF_8)));
    byte[] buffer = new byte[8192];
    int total = 0;
    for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
      total += read;
      if (total > LARGEST) {
        return Optional.empty();
      }
      mac.update(buffer, 0, read);
    }
    return Optional.of(mac.doFinal());
  }

  /** What the request says; empty if it says nothing that could be one. */
  private static byte[] signature(HttpExchange exchange) {
    for (String header : HEADERS) {
      String value = ObjectFields.text(exchange.getRequestHeaders().getFirst(header));
      Matcher signature = SIGNATURE.matcher(value.strip());
      if (signature.matches()) {
        return HexFormat.of().parseHex(signature.group(1));
      }
    }
    return new byte[0];
  }

  private static Mac mac(byte[] key) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every Java platform has " + ALGORITHM, e);
    }
  }

  private void answer(HttpExchange exchange, int status) throws IOException {
    metrics.hook(String.valueOf(status));
    String text =
        switch (status) {
          case 202 -> "accepted";
          case 405 -> "only POST";
          case 413 -> "more than " + LARGEST + " bytes";
          case 429 -> "too many requests";
          case 503 -> "not now; send it again";
          default -> "no such hook, or not signed with its key";
        };
    byte[] body = (text + "\n").getBytes(UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    if (status != 202) {
      // What is left of the body is not read: the connection goes.
      exchange.getResponseHeaders().set("Connection", "close");
    }
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    watchdog.shutdownNow();
  }
}
