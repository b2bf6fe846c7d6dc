package dev.sandbar.device.identity;

import dev.sandbar.core.enrol.CertificateRequest;
import dev.sandbar.core.enrol.Encoding;
import dev.sandbar.device.kube.Pem;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A key pair of the device. Its text shows nothing of the private key. */
record DeviceKey(PrivateKey privateKey, PublicKey publicKey) {
  private static final String PUBLIC_KEY = "PUBLIC KEY";

  /**
   * A new one: P-256 for certificates; RSA with 3072 bits where something must be sealed for it.
   */
  static DeviceKey generate(IdentityKind kind) throws GeneralSecurityException {
    KeyPairGenerator generator =
        switch (kind) {
          case CLIENT_CERTIFICATE -> {
            var elliptic = KeyPairGenerator.getInstance("EC");
            elliptic.initialize(new ECGenParameterSpec("secp256r1"));
            yield elliptic;
          }
          case SERVICE_ACCOUNT -> {
            var rsa = KeyPairGenerator.getInstance("RSA");
            rsa.initialize(3072);
            yield rsa;
          }
        };
    var pair = generator.generateKeyPair();
    return new DeviceKey(pair.getPrivate(), pair.getPublic());
  }

  /** Reads what {@link #pem} wrote. */
  static DeviceKey read(byte[] bytes) throws GeneralSecurityException {
    String pem = new String(bytes, StandardCharsets.US_ASCII);
    List<byte[]> spki = Pem.blocks(pem, PUBLIC_KEY);
    if (spki.isEmpty()) {
      throw new GeneralSecurityException("no public key");
    }
    GeneralSecurityException last = new GeneralSecurityException("no key");
    for (String algorithm : List.of("EC", "RSA")) {
      try {
        PublicKey publicKey =
            KeyFactory.getInstance(algorithm)
                .generatePublic(new X509EncodedKeySpec(spki.getFirst()));
        PrivateKey privateKey =
            Pem.privateKey(pem, publicKey)
                .orElseThrow(() -> new GeneralSecurityException("no private key"));
        return new DeviceKey(privateKey, publicKey);
      } catch (GeneralSecurityException e) {
        last = e;
      }
    }
    throw last;
  }

  /** The private key in PKCS#8 and the public key, in PEM. */
  byte[] pem() {
    return (Encoding.pem(Pem.PRIVATE_KEY, privateKey.getEncoded())
            + Encoding.pem(PUBLIC_KEY, publicKey.getEncoded()))
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** SubjectPublicKeyInfo in base64. */
  String spki() {
    return Pem.spki(publicKey);
  }

  /** What an owner compares before consenting. */
  String fingerprint() {
    return CertificateRequest.fingerprint(publicKey.getEncoded());
  }

  /**
   * Twenty hex digits that this key alone can make of a text, always the same: a name that whoever
   * does not hold the key cannot foresee, and so cannot take.
   *
   * @throws GeneralSecurityException if this is no key for certificates
   */
  String digestOf(byte[] text) throws GeneralSecurityException {
    if (!(privateKey instanceof ECPrivateKey key)) {
      throw new GeneralSecurityException("no EC key");
    }
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key.getS().toByteArray(), "HmacSHA256"));
    return HexFormat.of().formatHex(mac.doFinal(text), 0, 10);
  }

  /** Signs by ecdsa-with-SHA256. */
  byte[] sign(byte[] message) throws GeneralSecurityException {
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(privateKey);
    signature.update(message);
    return signature.sign();
  }

  @Override
  public String toString() {
    return "DeviceKey[" + fingerprint() + "]";
  }
}
