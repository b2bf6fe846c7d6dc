package dev.sandbar.apiserver;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ThreadLocalRandom;

/** A bootstrap token, and the Secret that makes it valid. */
record BootstrapToken(String id, String secret) {

  static BootstrapToken random() {
    return new BootstrapToken(random(6), random(16));
  }

  private static String random(int length) {
    var text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(Character.forDigit(ThreadLocalRandom.current().nextInt(36), 36));
    }
    return text.toString();
  }

  String text() {
    return id + "." + secret;
  }

  String manifest(Instant expiration, String... groups) {
    return """
    apiVersion: v1
    kind: Secret
    metadata:
      name: bootstrap-token-%s
      namespace: kube-system
    type: bootstrap.kubernetes.io/token
    stringData:
      token-id: "%s"
      token-secret: "%s"
      usage-bootstrap-authentication: "true"
      auth-extra-groups: "%s"
      expiration: "%s"
    """
        .formatted(
            id, id, secret, String.join(",", groups), expiration.truncatedTo(ChronoUnit.SECONDS));
  }
}
