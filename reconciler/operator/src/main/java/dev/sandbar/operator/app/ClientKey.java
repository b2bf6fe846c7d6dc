package dev.sandbar.operator.app;

import dev.sandbar.core.enrol.KubeconfigKey;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.report.OneLine;
import io.fabric8.kubernetes.client.Config;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** The private key of a kubeconfig. */
final class ClientKey {
  private ClientKey() {}

  /**
   * Puts a key into the form that the client reads.
   *
   * @throws StartException if nobody can read it
   */
  static void prepare(Config config) {
    String pem = pem(config);
    KubeconfigKey key =
        KubeconfigKey.of(pem)
            .orElseThrow(
                () ->
                    new StartException(
                        "the client key of the kubeconfig is encrypted",
                        "decrypt it: openssl pkcs8 -topk8 -nocrypt -in KEY -out NEW"));
    if (key.elliptic()) {
      config.setClientKeyAlgo("EC");
    }
    if (!key.pem().equals(pem)) {
      config.setClientKeyData(
          Base64.getEncoder().encodeToString(key.pem().getBytes(StandardCharsets.US_ASCII)));
    }
  }

  private static String pem(Config config) {
    String data = ObjectFields.text(config.getClientKeyData());
    String file = ObjectFields.text(config.getClientKeyFile());
    try {
      if (!data.isEmpty()) {
        return new String(Base64.getMimeDecoder().decode(data), StandardCharsets.US_ASCII);
      }
      return file.isEmpty() ? "" : Files.readString(Path.of(file));
    } catch (IOException | IllegalArgumentException e) {
      throw new StartException(
          "the client key of the kubeconfig cannot be read: " + OneLine.of(e),
          "make the kubeconfig anew");
    }
  }
}
