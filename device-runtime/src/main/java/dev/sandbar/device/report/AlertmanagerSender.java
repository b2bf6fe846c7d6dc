package dev.sandbar.device.report;

import dev.sandbar.core.model.Node;
import dev.sandbar.source.secret.SecretFile;
import dev.sandbar.source.text.JsonWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Sends to the v2 API of a Prometheus Alertmanager. */
final class AlertmanagerSender implements AlertSender {

  private static final int AT_ONCE = 64;

  private final String name;
  private final URI alerts;
  private final Credential credential;
  private final Duration keepAlive;
  private final BoundedHttp http;

  /**
   * A sender.
   *
   * @param base where Alertmanager stands, with its route prefix if it has one
   * @param keepAlive shorter than its {@code resolve_timeout} (5 minutes unless configured)
   */
  AlertmanagerSender(
      String name, URI base, Credential credential, Duration keepAlive, BoundedHttp http) {
    this.name = name;
    this.alerts = URI.create(base.toString().replaceAll("/+$", "") + "/api/v2/alerts");
    this.credential = credential;
    this.keepAlive = keepAlive;
    this.http = http;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Style style() {
    return new Style.State(AT_ONCE, keepAlive);
  }

  @Override
  public Outcome send(List<DriftAlert> batch) {
    Map<String, String> headers = new HashMap<>();
    switch (credential) {
      case Credential.None none -> {}
      case Credential.FromFile(SecretFile file) -> {
        switch (file.read()) {
          case SecretFile.Reading.Unusable(String reason) -> {
            return new Outcome.Retry(reason, Duration.ZERO);
          }
          case SecretFile.Reading.Secret secret -> {
            String token = new String(secret.bytes(), StandardCharsets.UTF_8);
            if (!token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
              return new Outcome.Retry(file.path() + " is not a bearer token", Duration.ZERO);
            }
            headers.put("Authorization", "Bearer " + token);
          }
        }
      }
    }
    Duration believed = http.clock().ahead();
    Outcome outcome = http.post(alerts, headers, body(batch));
    if (outcome instanceof Outcome.Refused && !http.clock().ahead().equals(believed)) {
      // Its answer told that our clock is off, which may be all that was wrong.
      return http.post(alerts, headers, body(batch));
    }
    return outcome;
  }

  private byte[] body(List<DriftAlert> batch) {
    Node alerts = AlertJson.alertmanager(batch, http.clock());
    return JsonWriter.compact(alerts).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    http.close();
  }
}
