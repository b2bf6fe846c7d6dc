package dev.sandbar.device.kube;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
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

/** Reads and writes PEM (RFC 7468) of private keys in PKCS#8 and of X.509 certificates. */
public final class Pem {

  /** Label of a private key of any algorithm. */
  public static final String PRIVATE_KEY = "PRIVATE KEY";

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

  /** One block, with a newline at the end. */
  public static String block(String label, byte[] content) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(
            label,
            Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(content),
            label);
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

  /** The private key of a public key's algorithm; empty if the text has none. */
  public static Optional<PrivateKey> privateKey(String pem, String algorithm)
      throws GeneralSecurityException {
    List<byte[]> keys = blocks(pem, PRIVATE_KEY);
    return keys.isEmpty()
        ? Optional.empty()
        : Optional.of(
            KeyFactory.getInstance(algorithm)
                .generatePrivate(new PKCS8EncodedKeySpec(keys.getFirst())));
  }

  /** SubjectPublicKeyInfo in base64, as {@code Device.spec.identity.publicKey} has it. */
  public static String spki(PublicKey key) {
    return Base64.getEncoder().encodeToString(key.getEncoded());
  }
}
