package dev.sandbar.device.kube;

import java.nio.file.Path;

/** How a device proves who it is to the API server. */
public sealed interface ApiCredentials {

  /** Not at all: only what anybody may read. */
  record Anonymous() implements ApiCredentials {}

  /**
   * A client certificate.
   *
   * @param file PEM: the private key (PKCS#8) and the chain, the device's own certificate first. In
   *     one file, so that a renewal is one rename.
   * @param decryption of the file
   */
  record ClientCertificate(Path file, FileDecryption decryption) implements ApiCredentials {}

  /**
   * A token that stands in a file; read again at each request, since it is renewed.
   *
   * @param file readable by its owner alone
   * @param decryption of the file
   */
  record TokenFile(Path file, FileDecryption decryption) implements ApiCredentials {}

  /** A token that is used once and never kept. */
  record Token(String token) implements ApiCredentials {
    @Override
    public String toString() {
      return "Token[...]";
    }
  }
}
