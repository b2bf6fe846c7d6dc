package dev.sandbar.device.signature;

import dev.sandbar.core.model.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;

/** Signs in the forms of cosign, also what cosign never would. */
public record TestSigner(KeyPair keys, String algorithm) {

  /** With a new key on P-256, as cosign makes them. */
  public static TestSigner fresh() throws GeneralSecurityException {
    return onCurve("secp256r1");
  }

  static TestSigner onCurve(String curve) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve));
    return new TestSigner(generator.generateKeyPair(), "SHA256withECDSA");
  }

  static TestSigner ed25519() throws GeneralSecurityException {
    return new TestSigner(KeyPairGenerator.getInstance("Ed25519").generateKeyPair(), "Ed25519");
  }

  static TestSigner rsa(int bits) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(bits);
    return new TestSigner(generator.generateKeyPair(), "SHA256withRSA");
  }

  static String pem(PublicKey key) {
    return "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
        .formatted(Base64.getMimeEncoder().encodeToString(key.getEncoded()));
  }

  String pem() {
    return pem(keys.getPublic());
  }

  /** Puts the public key there. */
  public void write(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(file, pem());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  public static byte[] payload(Sha256 image) {
    return payload("cosign container image signature", image);
  }

  static byte[] payload(String type, Sha256 image) {
    return """
        {"critical":{"identity":{"docker-reference":"registry.example.com/acme/pump"},\
        "image":{"docker-manifest-digest":"sha256:%s"},"type":"%s"},"optional":null}"""
        .formatted(image, type)
        .getBytes(StandardCharsets.UTF_8);
  }

  /** The signature of the message, in base64. */
  public String sign(byte[] message) throws GeneralSecurityException {
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(keys.getPrivate());
    signature.update(message);
    return Base64.getEncoder().encodeToString(signature.sign());
  }

  public byte[] bundle(Sha256 image) throws GeneralSecurityException {
    return bundle(image, "https://sigstore.dev/cosign/sign/v1");
  }

  byte[] bundle(Sha256 image, String predicate) throws GeneralSecurityException {
    String statement =
        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":\"%s\"}}],\"predicateType\":\"%s\",\"predicate\":{}}"
            .formatted(image, predicate);
    String type = "application/vnd.in-toto+json";
    String signed =
        "DSSEv1 %d %s %d %s".formatted(type.length(), type, statement.length(), statement);
    return """
        {"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":"x"},"tlogEntries":[{}]},\
        "dsseEnvelope":{"payload":"%s","payloadType":"%s","signatures":[{"sig":"%s"}]}}"""
        .formatted(
            Base64.getEncoder().encodeToString(statement.getBytes(StandardCharsets.UTF_8)),
            type,
            sign(signed.getBytes(StandardCharsets.UTF_8)))
        .getBytes(StandardCharsets.UTF_8);
  }
}
