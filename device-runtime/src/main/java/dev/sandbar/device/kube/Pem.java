package dev.sandbar.device.kube;

import dev.sandbar.core.enrol.Encoding;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads PEM (RFC 7468) of private keys and of X.509 certificates; {@link Encoding#pem} writes it.
 * Keys are written in PKCS#8, and read also in the older forms of one algorithm each: SEC 1 (RFC
 * 5915), as k3s writes them, and PKCS#1 (RFC 8017).
 */
public final class Pem {

  /** Label of a private key of any algorithm. */
  public static final String PRIVATE_KEY = "PRIVATE KEY";

  private static final List<String> OLDER_KEYS = List.of("EC PRIVATE KEY", "RSA PRIVATE KEY");
  private static final String ENCRYPTED_KEY = "ENCRYPTED PRIVATE KEY";

  /** Label of a certificate. */
  public static final String CERTIFICATE = "CERTIFICATE";

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\\s]*+)-----END \\1-----");

  private Pem() {}

  /** The contents of all blocks of a label, in order. */
  public static List<byte[]> blocks(String pem, String label) throws GeneralSecurityException {
    var blocks = new ArrayList<byte[]>();
    Matcher matcher = BLOCK.matcher(pem);
    while (matcher.find()) {
      if (matcher.group(1).equals(label)) {
        try {
          blocks.add(Base64.getMimeDecoder().decode(matcher.group(2)));
        } catch (IllegalArgumentException e) {
          throw new GeneralSecurityException("a PEM block is not base64", e);
        }
      }
    }
    return blocks;
  }

  /** All certificates, in order. */
  public static List<X509Certificate> certificates(String pem) throws GeneralSecurityException {
    var certificates = new ArrayList<X509Certificate>();
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    for (byte[] der : blocks(pem, CERTIFICATE)) {
      if (factory.generateCertificate(new ByteArrayInputStream(der)) instanceof X509Certificate c) {
        certificates.add(c);
      } else {
        throw new CertificateException("not an X.509 certificate");
      }
    }
    return certificates;
  }

  /**
   * The private key that belongs to a public key; empty if the text has none.
   *
   * @throws GeneralSecurityException if it has one that cannot be read
   */
  public static Optional<PrivateKey> privateKey(String pem, PublicKey publicKey)
      throws GeneralSecurityException {
    List<byte[]> keys = new ArrayList<>(blocks(pem, PRIVATE_KEY));
    for (String label : OLDER_KEYS) {
      for (byte[] key : blocks(pem, label)) {
        keys.add(Encoding.pkcs8(key, publicKey));
      }
    }
    if (keys.isEmpty()) {
      if (pem.contains("BEGIN " + ENCRYPTED_KEY) || pem.contains("Proc-Type: 4,ENCRYPTED")) {
        throw new GeneralSecurityException("the private key is encrypted");
      }
      return Optional.empty();
    }
    return Optional.of(
        KeyFactory.getInstance(publicKey.getAlgorithm())
            .generatePrivate(new PKCS8EncodedKeySpec(keys.getFirst())));
  }

  /** SubjectPublicKeyInfo in base64, as {@code Device.spec.identity.publicKey} has it. */
  public static String spki(PublicKey key) {
    return Base64.getEncoder().encodeToString(key.getEncoded());
  }
}
