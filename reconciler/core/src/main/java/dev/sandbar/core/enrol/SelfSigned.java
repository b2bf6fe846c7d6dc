package dev.sandbar.core.enrol;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import javax.security.auth.x500.X500Principal;

/**
 * A certificate (RFC 5280) that nobody but its own key vouches for: it keeps what is sent secret
 * from who only listens, as secure serving of Kubernetes controllers does.
 *
 * @param publicKey SubjectPublicKeyInfo, DER
 */
public record SelfSigned(X500Principal name, byte[] publicKey, Instant from, Instant until) {
  private static final int UTC_TIME = 0x17;
  private static final int GENERALIZED_TIME = 0x18;
  private static final int FIRST_GENERALIZED = 2050;

  /** ecdsa-with-SHA256, RFC 5758. */
  private static final byte[] ECDSA = HexFormat.of().parseHex("300a06082a8648ce3d040302");

  public SelfSigned {
    publicKey = publicKey.clone();
  }

  /**
   * The certificate in DER.
   *
   * @param serial positive
   * @param signer by the key that it is for, P-256
   */
  public byte[] der(BigInteger serial, CertificateRequest.Signer signer)
      throws GeneralSecurityException {
    // Version 1: it has no extensions.
    byte[] info =
        Der.element(
            Der.SEQUENCE,
            Der.element(Der.INTEGER, serial.toByteArray()),
            ECDSA,
            name.getEncoded(),
            Der.element(Der.SEQUENCE, time(from), time(until)),
            name.getEncoded(),
            publicKey);
    byte[] noUnusedBits = {0};
    return Der.element(
        Der.SEQUENCE, info, ECDSA, Der.element(Der.BIT_STRING, noUnusedBits, signer.sign(info)));
  }

  private static byte[] time(Instant time) {
    boolean early = time.atZone(ZoneOffset.UTC).getYear() < FIRST_GENERALIZED;
    // YYYYMMDDhhmmssZ, and of a UTCTime without the century.
    String text = Instant.ofEpochSecond(time.getEpochSecond()).toString().replaceAll("[-:T]", "");
    return Der.element(
        early ? UTC_TIME : GENERALIZED_TIME,
        text.substring(early ? 2 : 0).getBytes(StandardCharsets.US_ASCII));
  }
}
