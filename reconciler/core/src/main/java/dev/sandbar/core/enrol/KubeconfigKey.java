package dev.sandbar.core.enrol;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The private key of a kubeconfig as the Kubernetes client needs it. The client reads PKCS#8,
 * PKCS#1 and SEC 1, but takes the first block of the text for the key, whatever it is; takes a key
 * in PKCS#8 for one of RSA unless it is set otherwise; and of an encrypted key it says that it is
 * of an unknown kind.
 *
 * @param pem without the parameters that OpenSSL writes before a key
 * @param elliptic whether the client must be set to one of an elliptic curve
 */
public record KubeconfigKey(String pem, boolean elliptic) {
  private static final Pattern PARAMETERS =
      Pattern.compile("(?s)-----BEGIN EC PARAMETERS-----.*?-----END EC PARAMETERS-----\\s*");

  /** The key of a text, which may hold none; empty if it is encrypted. */
  public static Optional<KubeconfigKey> of(String text) {
    if (text.contains("ENCRYPTED")) {
      return Optional.empty();
    }
    String pem = PARAMETERS.matcher(text).replaceAll("");
    return Optional.of(new KubeconfigKey(pem, !pem.equals(text) || isElliptic(pem)));
  }

  private static boolean isElliptic(String pem) {
    if (!pem.contains("-----BEGIN PRIVATE KEY-----")) {
      return false;
    }
    try {
      byte[] key = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
      var _ = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(key));
      return true;
    } catch (GeneralSecurityException | IllegalArgumentException _) {
      return false;
    }
  }
}
