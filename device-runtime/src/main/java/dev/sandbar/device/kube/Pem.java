package dev.sandbar.device.kube;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
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
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads and writes PEM (RFC 7468) of private keys and of X.509 certificates. Keys are written in
 * PKCS#8, and read also in the older forms of one algorithm each: SEC 1 (RFC 5915), as k3s writes
 * them, and PKCS#1 (RFC 8017).
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

  private static final int SEQUENCE = 0x30;
  private static final int OCTET_STRING = 0x04;
  private static final int LONG_FORM = 0x80;
  private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};

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
        keys.add(pkcs8(key, publicKey));
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

  /**
   * The same key in PKCS#8 (RFC 5958): a version, what algorithm it is of, and the older form as it
   * is. The algorithm, with its curve, stands in the same words in the public key.
   */
  private static byte[] pkcs8(byte[] older, PublicKey publicKey) throws GeneralSecurityException {
    byte[] spki = publicKey.getEncoded();
    int inside = header(spki, 0);
    int end = header(spki, inside) + length(spki, inside);
    byte[] algorithm = Arrays.copyOfRange(spki, inside, end);
    return der(SEQUENCE, VERSION_0, algorithm, der(OCTET_STRING, older));
  }

  private static byte[] der(int tag, byte[]... parts) {
    var content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    var out = new ByteArrayOutputStream();
    out.write(tag);
    int length = content.size();
    if (length < LONG_FORM) {
      out.write(length);
    } else {
      byte[] size = BigInteger.valueOf(length).toByteArray();
      int from = size[0] == 0 ? 1 : 0;
      out.write(LONG_FORM | (size.length - from));
      out.write(size, from, size.length - from);
    }
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }

  /** Where the content begins of what begins here. */
  private static int header(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    return at + 2 + (first < LONG_FORM ? 0 : first & ~LONG_FORM);
  }

  private static int length(byte[] der, int at) {
    int content = header(der, at);
    return content == at + 2
        ? der[at + 1]
        : new BigInteger(1, Arrays.copyOfRange(der, at + 2, content)).intValueExact();
  }

  /** SubjectPublicKeyInfo in base64, as {@code Device.spec.identity.publicKey} has it. */
  public static String spki(PublicKey key) {
    return Base64.getEncoder().encodeToString(key.getEncoded());
  }
}
