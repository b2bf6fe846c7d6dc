package dev.sandbar.device.report;

import dev.sandbar.source.text.JsonWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** Publishes to a topic of a ntfy server, which notifies phones and browsers (docs.ntfy.sh). */
final class NtfySender implements AlertSender {

  private final String name;
  private final URI server;
  private final String topic;
  private final Credential token;
  private final BoundedHttp http;

  /**
   * A sender.
   *
   * @param topic URL of the topic, as people subscribe to it
   */
  NtfySender(String name, URI topic, Credential token, BoundedHttp http) {
    this.name = name;
    this.server = topic.resolve("/");
    this.topic = topic.getPath().substring(1);
    this.token = token;
    this.http = http;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Style style() {
    return new Style.History();
  }

  @Override
  public Outcome send(List<Message> messages) {
    if (messages.size() != 1) {
      throw new IllegalArgumentException("a topic takes one message at a time");
    }
    byte[] body =
        JsonWriter.compact(AlertJson.ntfy(topic, messages.getFirst().alert()))
            .getBytes(StandardCharsets.UTF_8);
    return switch (token.bearer()) {
      case Credential.Bearer.Unusable(String reason) -> new Outcome.Retry(reason, Duration.ZERO);
      case Credential.Bearer.Headers(var headers) -> http.post(server, headers, body);
    };
  }

  @Override
  public void close() {
    http.close();
  }
}
