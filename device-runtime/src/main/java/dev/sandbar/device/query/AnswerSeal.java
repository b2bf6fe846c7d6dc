package dev.sandbar.device.query;

import dev.sandbar.core.bundle.QueryContract;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.KeyAgreement;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals an answer so that whoever asked alone can open it: an object is stored in etcd and its
 * backups, and others may read it. An instance is the key of one question.
 *
 * <pre>
 * base64( ephemeral public key, 32 bytes | AES-256-GCM( answer ), its tag last )
 * key and nonce: HKDF-SHA256 of the X25519 secret of both keys, with both public keys as salt
 * associated data: the uid of the query, so that an answer fits no other question
 * </pre>
 *
 * <p>Who sealed an answer is not shown by the seal but by the API server, which lets only the
 * device write it.
 */
public final class AnswerSeal {
  private static final String CURVE = "X25519";
  private static final int KEY = 32;
  private static final int NONCE = 12;
  private static final int TAG = 16;
  private static final byte[] INFO =
      "sandbar.dev/v1alpha1 DeviceQuery answer".getBytes(StandardCharsets.US_ASCII);

  /** What a SubjectPublicKeyInfo of X25519 begins with (RFC 8410); the key follows. */
  private static final byte[] HEAD = HexFormat.of().parseHex("302a300506032b656e032100");

  private final PrivateKey own;
  private final byte[] publicKey;

  private AnswerSeal(KeyPair pair) {
    this.own = pair.getPrivate();
    this.publicKey = raw(pair.getPublic());
  }

  /** Makes a key that is in no other place than this memory. */
  public static AnswerSeal generate() {
    try {
      return new AnswerSeal(pair());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no X25519", e);
    }
  }

  /** The key to seal to: SubjectPublicKeyInfo, DER in base64. */
  public String publicKey() {
    return Base64.getEncoder().encodeToString(joined(HEAD, publicKey));
  }

  /**
   * Opens an answer.
   *
   * @param sealed as it stands in the status; anybody may have written it
   * @param uid of the query
   * @throws GeneralSecurityException if it was sealed to another key or for another query, or was
   *     changed
   */
  public byte[] open(String sealed, String uid) throws GeneralSecurityException {
    if (sealed.length() > QueryContract.MAX_SEALED) {
      throw new GeneralSecurityException("the answer is too long");
    }
    byte[] whole = decoded(sealed);
    if (whole.length < KEY + TAG) {
      throw new GeneralSecurityException("the answer is too short");
    }
    byte[] theirs = Arrays.copyOf(whole, KEY);
    Cipher aes = cipher(Cipher.DECRYPT_MODE, own, theirs, joined(theirs, publicKey), uid);
    return aes.doFinal(whole, KEY, whole.length - KEY);
  }

  /**
   * Seals an answer.
   *
   * @param plain at most {@link QueryContract#MAX_PLAIN} bytes
   * @param publicKey as {@link #publicKey()} gives it; anybody may have written it
   * @param uid of the query
   * @throws GeneralSecurityException if it is no such key, or one of those that give no secret
   */
  public static String seal(byte[] plain, String publicKey, String uid)
      throws GeneralSecurityException {
    byte[] info = decoded(publicKey);
    if (info.length != HEAD.length + KEY
        || !Arrays.equals(info, 0, HEAD.length, HEAD, 0, HEAD.length)) {
      throw new InvalidKeyException("not the SubjectPublicKeyInfo of an X25519 key");
    }
    byte[] theirs = Arrays.copyOfRange(info, HEAD.length, info.length);
    KeyPair once = pair();
    byte[] ours = raw(once.getPublic());
    Cipher aes = cipher(Cipher.ENCRYPT_MODE, once.getPrivate(), theirs, joined(ours, theirs), uid);
    return Base64.getEncoder().encodeToString(joined(ours, aes.doFinal(plain)));
  }

  private static Cipher cipher(int mode, PrivateKey own, byte[] theirs, byte[] salt, String uid)
      throws GeneralSecurityException {
    KeyAgreement agreement = KeyAgreement.getInstance(CURVE);
    agreement.init(own);
    // Refuses the points of small order, whose secret everybody knows.
    agreement.doPhase(
        KeyFactory.getInstance(CURVE).generatePublic(new X509EncodedKeySpec(joined(HEAD, theirs))),
        true);
    // A key of the device's own for each answer: neither key nor nonce is ever used twice.
    byte[] derived =
        KDF.getInstance("HKDF-SHA256")
            .deriveData(
                HKDFParameterSpec.ofExtract()
                    .addIKM(agreement.generateSecret())
                    .addSalt(salt)
                    .thenExpand(INFO, KEY + NONCE));
    Cipher aes = Cipher.getInstance("AES/GCM/NoPadding");
    aes.init(
        mode,
        new SecretKeySpec(derived, 0, KEY, "AES"),
        new GCMParameterSpec(TAG * Byte.SIZE, derived, KEY, NONCE));
    aes.updateAAD(uid.getBytes(StandardCharsets.UTF_8));
    return aes;
  }

  private static KeyPair pair() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(CURVE);
    generator.initialize(NamedParameterSpec.X25519);
    return generator.generateKeyPair();
  }

  private static byte[] raw(PublicKey key) {
    byte[] info = key.getEncoded();
    return Arrays.copyOfRange(info, info.length - KEY, info.length);
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static byte[] decoded(String base64) throws GeneralSecurityException {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("not base64", e);
    }
  }
}
