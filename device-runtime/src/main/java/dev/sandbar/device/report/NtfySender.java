package dev.sandbar.device.report;

import dev.sandbar.core.model.Node;
import java.net.URI;

/** Publishes to a topic of a ntfy server, which notifies phones and browsers (docs.ntfy.sh). */
final class NtfySender extends PostingSender {
  private final String topic;
  private final Credential token;

  /**
   * A sender.
   *
   * @param topic URL of the topic, as people subscribe to it
   */
  NtfySender(String name, URI topic, Credential token, BoundedHttp http) {
    super(name, topic.resolve("/"), http);
    this.topic = topic.getPath().substring(1);
    this.token = token;
  }

  @Override
  Node body(DriftAlert alert) {
    return AlertJson.ntfy(topic, alert);
  }

  @Override
  Credential.Bearer proof(byte[] body) {
    return token.bearer();
  }
}
