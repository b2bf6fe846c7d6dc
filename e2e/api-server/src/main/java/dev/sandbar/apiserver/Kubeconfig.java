package dev.sandbar.apiserver;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Writes the text of kubeconfig files; everything is inside, so that a file can be moved. */
final class Kubeconfig {
  private Kubeconfig() {}

  static String ofCertificate(
      String server, ClientCertificate authority, ClientCertificate client) {
    return text(
        server,
        authority,
        "    client-certificate-data: %s\n    client-key-data: %s\n"
            .formatted(base64(client.certificatePem()), base64(client.keyPem())));
  }

  static String ofToken(String server, ClientCertificate authority, String token) {
    return text(server, authority, "    token: \"%s\"\n".formatted(token));
  }

  private static String text(String server, ClientCertificate authority, String user) {
    return """
    apiVersion: v1
    kind: Config
    clusters:
    - name: test
      cluster:
        server: %s
        certificate-authority-data: %s
    users:
    - name: user
      user:
    %scontexts:
    - name: test
      context:
        cluster: test
        user: user
    current-context: test
    """
        .formatted(server, base64(authority.certificatePem()), user);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }
}
