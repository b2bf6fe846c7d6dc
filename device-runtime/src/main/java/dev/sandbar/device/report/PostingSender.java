package dev.sandbar.device.report;

import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.JsonWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** Posts every alert by itself, as JSON, to one address whose receiver keeps a history. */
abstract class PostingSender implements AlertSender {
  private final String name;
  private final URI target;
  private final BoundedHttp http;

  PostingSender(String name, URI target, BoundedHttp http) {
    this.name = name;
    this.target = target;
    this.http = http;
  }

  /** What the receiver reads. */
  abstract Node body(DriftAlert alert);

  /** How it knows who sent this, read anew for every message. */
  abstract Credential.Bearer proof(byte[] body);

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final Style style() {
    return new Style.History();
  }

  @Override
  public final Outcome send(List<Message> messages) {
    if (messages.size() != 1) {
      throw new IllegalArgumentException(name + " takes one message at a time");
    }
    byte[] body =
        JsonWriter.compact(body(messages.getFirst().alert())).getBytes(StandardCharsets.UTF_8);
    return switch (proof(body)) {
      case Credential.Bearer.Unusable(String reason) -> new Outcome.Retry(reason, Duration.ZERO);
      case Credential.Bearer.Headers(var headers) -> http.post(target, headers, body);
    };
  }

  @Override
  public final void close() {
    http.close();
  }
}
