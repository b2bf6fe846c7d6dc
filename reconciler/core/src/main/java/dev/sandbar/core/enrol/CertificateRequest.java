package dev.sandbar.core.enrol;

import dev.sandbar.core.model.Sha256;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.security.auth.x500.X500Principal;

/**
 * The request for the certificate of a device: PKCS#10 (RFC 2986) in PEM (RFC 7468), in the one
 * form in which devices write it. What is read is written again and must give the same bytes: the
 * signer, which reads with another program, can find nothing in them that was not decided on.
 *
 * @param uid of the Device that it says it is
 * @param publicKey SubjectPublicKeyInfo of a P-256 key, base64
 */
public record CertificateRequest(DeviceUser device, String uid, String publicKey) {
  /** Larger ones are none of a device: a device's has less than a kilobyte. */
  public static final int MAX_BYTES = 4096;

  private static final String LABEL = "CERTIFICATE REQUEST";
  private static final String BEGIN = "-----BEGIN " + LABEL + "-----\n";
  private static final String END = "\n-----END " + LABEL + "-----\n";

  /** version INTEGER 0. */
  private static final byte[] VERSION = HexFormat.of().parseHex("020100");

  /** attributes [0], none. */
  private static final byte[] ATTRIBUTES = HexFormat.of().parseHex("a000");

  /** ecdsa-with-SHA256, RFC 5758. */
  private static final byte[] ECDSA = HexFormat.of().parseHex("300a06082a8648ce3d040302");

  /** SubjectPublicKeyInfo of P-256 up to the coordinates of an uncompressed point, RFC 5480. */
  private static final byte[] P256 =
      HexFormat.of().parseHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

  private static final int COORDINATES = 64;

  private static final Pattern SUBJECT =
      Pattern.compile(
          "CN=sandbar:device:(%1$s):(%1$s),O=sandbar:devices,O=sandbar:device:uid:(%2$s)"
              .formatted(DeviceUser.LABEL, DeviceUser.UID));

  /** What reading brings. */
  public sealed interface Reading {
    /** It is one. */
    record Read(CertificateRequest request) implements Reading {}

    /** It is none, with the reason. */
    record Refused(String reason) implements Reading {}
  }

  /** Signs with the private key. */
  @FunctionalInterface
  public interface Signer {
    /** A signature by ecdsa-with-SHA256. */
    byte[] sign(byte[] message) throws GeneralSecurityException;
  }

  /** The request, signed, in PEM. */
  public byte[] pem(Signer signer) throws GeneralSecurityException {
    byte[] info = info();
    return Encoding.pem(LABEL, der(info, signer.sign(info))).getBytes(StandardCharsets.US_ASCII);
  }

  private byte[] info() {
    return Der.element(
        Der.SEQUENCE,
        VERSION,
        device.subject(uid).getEncoded(),
        Base64.getDecoder().decode(publicKey),
        ATTRIBUTES);
  }

  private static byte[] der(byte[] info, byte[] signature) {
    byte[] noUnusedBits = {0};
    return Der.element(
        Der.SEQUENCE, info, ECDSA, Der.element(Der.BIT_STRING, noUnusedBits, signature));
  }

  /** The digest of a public key, SHA-256 in hexadecimal, as a person compares it. */
  public static String fingerprint(byte[] publicKey) {
    return Sha256.of(publicKey).hex();
  }

  /** Reads a request. */
  public static Reading read(byte[] request) {
    if (request.length > MAX_BYTES) {
      return refused("it has %d bytes, at most %d are read", request.length, MAX_BYTES);
    }
    Optional<byte[]> der = block(request);
    if (der.isEmpty()) {
      return refused(
          "it is not exactly one PEM block CERTIFICATE REQUEST, in lines of 64 characters that end"
              + " in LF, with nothing before or after it");
    }
    try {
      return readDer(der.get());
    } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException _) {
      return refused("it is not PKCS#10 in DER");
    }
  }

  /** The content of a PEM block, if the bytes are that block and nothing else. */
  private static Optional<byte[]> block(byte[] request) {
    String text = new String(request, StandardCharsets.ISO_8859_1);
    if (!text.startsWith(BEGIN)
        || !text.endsWith(END)
        || text.length() < BEGIN.length() + END.length()) {
      return Optional.empty();
    }
    String body = text.substring(BEGIN.length(), text.length() - END.length());
    try {
      byte[] der = Base64.getDecoder().decode(body.replace("\n", ""));
      return Encoding.pem(LABEL, der).equals(text) ? Optional.of(der) : Optional.empty();
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private static Reading readDer(byte[] der) {
    var request = new Der(new Der(der).content(Der.SEQUENCE));
    byte[] info = request.whole();
    byte[] algorithm = request.whole();
    byte[] bits = request.content(Der.BIT_STRING);
    var parts = new Der(new Der(info).content(Der.SEQUENCE));
    byte[] version = parts.whole();
    byte[] subject = parts.whole();
    byte[] key = parts.whole();
    byte[] attributes = parts.whole();
    if (!request.atEnd() || !parts.atEnd() || !Arrays.equals(version, VERSION)) {
      return refused("it is not PKCS#10 in DER");
    }
    if (!Arrays.equals(attributes, ATTRIBUTES)) {
      return refused("it asks for extensions or has other attributes; a device's has none");
    }
    if (key.length != P256.length + COORDINATES
        || !Arrays.equals(key, 0, P256.length, P256, 0, P256.length)) {
      return refused("its key is not one of the curve P-256");
    }
    if (!Arrays.equals(algorithm, ECDSA)) {
      return refused("its signature is not by ecdsa-with-SHA256");
    }
    Matcher names = SUBJECT.matcher(new X500Principal(subject).getName(X500Principal.RFC2253));
    if (!names.matches()) {
      return refused(
          "its subject is not CN=sandbar:device:NAMESPACE:NAME with O=sandbar:devices and"
              + " O=sandbar:device:uid:UID");
    }
    var read =
        new CertificateRequest(
            new DeviceUser(names.group(1), names.group(2)),
            names.group(3),
            Base64.getEncoder().encodeToString(key));
    byte[] signature = Arrays.copyOfRange(bits, 1, bits.length);
    if (!Arrays.equals(der, der(read.info(), signature)) || !isCanonical(signature)) {
      return refused("its subject or its signature is encoded in another way than a device's");
    }
    return read.isSigned(signature)
        ? new Reading.Read(read)
        : refused("its signature is not by the key that it is about");
  }

  /** Whether it is {@code SEQUENCE { INTEGER r, INTEGER s }} in the shortest form. */
  private static boolean isCanonical(byte[] signature) {
    var pair = new Der(new Der(signature).content(Der.SEQUENCE));
    var r = new BigInteger(1, pair.content(Der.INTEGER));
    var s = new BigInteger(1, pair.content(Der.INTEGER));
    return Arrays.equals(
        signature,
        Der.element(
            Der.SEQUENCE,
            Der.element(Der.INTEGER, r.toByteArray()),
            Der.element(Der.INTEGER, s.toByteArray())));
  }

  private boolean isSigned(byte[] signature) {
    try {
      var verification = Signature.getInstance("SHA256withECDSA");
      verification.initVerify(
          KeyFactory.getInstance("EC")
              .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(publicKey))));
      verification.update(info());
      return verification.verify(signature);
    } catch (GeneralSecurityException _) {
      return false;
    }
  }

  /**
   * The subject of any request that is exactly one block in DER, whatever it asks for.
   *
   * @return the element as it stands there; empty if readers may differ about it
   */
  static Optional<byte[]> subject(byte[] request) {
    Optional<byte[]> der = block(request);
    if (der.isEmpty()) {
      return Optional.empty();
    }
    try {
      var parts = new Der(new Der(new Der(der.get()).content(Der.SEQUENCE)).content(Der.SEQUENCE));
      byte[] _ = parts.content(Der.INTEGER);
      return Optional.of(parts.whole());
    } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException _) {
      return Optional.empty();
    }
  }

  private static Reading.Refused refused(String reason, Object... values) {
    return new Reading.Refused(reason.formatted(values));
  }
}
