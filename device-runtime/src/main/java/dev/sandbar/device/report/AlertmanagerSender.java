package dev.sandbar.device.report;

import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.JsonWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Sends to the v2 API of a Prometheus Alertmanager. */
final class AlertmanagerSender implements AlertSender {

  private static final int AT_ONCE = 64;

  private final String name;
  private final URI alerts;
  private final Credential credential;
  private final Duration keepAlive;
  private final Duration firesAtLeast;
  private final BoundedHttp http;

  /**
   * A sender.
   *
   * @param base where Alertmanager stands, with its route prefix if it has one
   * @param keepAlive shorter than its {@code resolve_timeout} (5 minutes unless configured)
   * @param firesAtLeast longer than its {@code group_wait} and {@code group_interval}: it never
   *     notifies of an alert that is over before it has gathered a group
   */
  AlertmanagerSender(
      String name,
      URI base,
      Credential credential,
      Duration keepAlive,
      Duration firesAtLeast,
      BoundedHttp http) {
    this.name = name;
    this.alerts = URI.create(base.toString().replaceAll("/+$", "") + "/api/v2/alerts");
    this.credential = credential;
    this.keepAlive = keepAlive;
    this.firesAtLeast = firesAtLeast;
    this.http = http;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Style style() {
    return new Style.State(AT_ONCE, keepAlive, firesAtLeast);
  }

  @Override
  public Outcome send(List<Message> batch) {
    return switch (credential.bearer()) {
      case Credential.Bearer.Unusable(String reason) -> new Outcome.Retry(reason, Duration.ZERO);
      case Credential.Bearer.Headers(var headers) -> send(headers, batch);
    };
  }

  private Outcome send(Map<String, String> headers, List<Message> batch) {
    List<Message> news =
        batch.stream()
            .filter(message -> message.begins() && message.alert() instanceof DriftAlert.Resolved)
            .map(message -> Message.of(new DriftAlert.Firing(message.alert().cause())))
            .toList();
    if (!news.isEmpty()) {
      // By itself: the answer has the time there, without which no end in its future can be
      // named.
      Outcome outcome = post(headers, news);
      if (!(outcome instanceof Outcome.Delivered)) {
        return outcome;
      }
    }
    return post(headers, batch);
  }

  private Outcome post(Map<String, String> headers, List<Message> batch) {
    Duration believed = http.clock().ahead();
    Outcome outcome = http.post(alerts, headers, body(batch));
    if (outcome instanceof Outcome.Refused && !http.clock().ahead().equals(believed)) {
      // Its answer showed that our clock is off, which may be all that was wrong.
      return http.post(alerts, headers, body(batch));
    }
    return outcome;
  }

  private byte[] body(List<Message> batch) {
    Node alerts = AlertJson.alertmanager(batch, http.clock());
    return JsonWriter.compact(alerts).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    http.close();
  }
}
