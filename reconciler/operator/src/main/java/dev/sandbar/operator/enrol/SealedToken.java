package dev.sandbar.operator.enrol;

import dev.sandbar.crds.v1alpha1.DeviceStatus;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/** Seals a token so that one device alone can open it, since a status can be read by many. */
final class SealedToken {
  private static final int NONCE = 12;
  private static final int TAG_BITS = 128;
  private static final int LEAST_KEY_BITS = 2048;
  private static final SecureRandom RANDOM = new SecureRandom();

  private SealedToken() {}

  /**
   * Seals.
   *
   * @param publicKey SubjectPublicKeyInfo of an RSA key, base64
   * @param expires RFC 3339
   * @throws GeneralSecurityException if the key is no RSA key of at least 2048 bits
   */
  static DeviceStatus.Credential seal(String token, String publicKey, String expires)
      throws GeneralSecurityException {
    PublicKey device = key(publicKey);
    byte[] key = random(32);
    byte[] nonce = random(NONCE);
    Cipher aes = Cipher.getInstance("AES/GCM/NoPadding");
    aes.init(
        Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    byte[] text = aes.doFinal(token.getBytes(StandardCharsets.US_ASCII));
    byte[] whole = new byte[NONCE + text.length];
    System.arraycopy(nonce, 0, whole, 0, NONCE);
    System.arraycopy(text, 0, whole, NONCE, text.length);
    Cipher rsa = Cipher.getInstance("RSA/ECB/OAEPPadding");
    // Both digests by name: Java's "OAEPWithSHA-256" takes SHA-1 for the mask.
    rsa.init(
        Cipher.ENCRYPT_MODE,
        device,
        new OAEPParameterSpec(
            "SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT));
    Base64.Encoder base64 = Base64.getEncoder();
    return new DeviceStatus.Credential(
        base64.encodeToString(rsa.doFinal(key)), base64.encodeToString(whole), expires);
  }

  /** Nothing can be sealed for the key that a Device names. */
  static final class UnsealableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnsealableException(GeneralSecurityException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /**
   * Seals what the API server gave.
   *
   * @param publicKey SubjectPublicKeyInfo of an RSA key, base64
   */
  static DeviceStatus.Credential of(TokenRequest token, String publicKey) {
    try {
      return seal(
          token.getStatus().getToken(), publicKey, token.getStatus().getExpirationTimestamp());
    } catch (GeneralSecurityException e) {
      throw new UnsealableException(e);
    }
  }

  private static PublicKey key(String publicKey) throws GeneralSecurityException {
    try {
      PublicKey key =
          KeyFactory.getInstance("RSA")
              .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(publicKey)));
      if (key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() >= LEAST_KEY_BITS) {
        return key;
      }
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("spec.identity.publicKey is not base64", e);
    }
    throw new GeneralSecurityException("spec.identity.publicKey is a weak RSA key");
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    RANDOM.nextBytes(bytes);
    return bytes;
  }
}
