package dev.sandbar.e2e.fleet;

import dev.sandbar.core.enrol.CertificateRequest;
import dev.sandbar.core.enrol.DeviceUser;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.KubeApi;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.List;
import javax.security.auth.x500.X500Principal;

/**
 * A request for a certificate as a device writes it, or as somebody does who wants more.
 *
 * @param text PEM, or what shall be taken for it
 */
record Forgery(
    String name, String signer, List<String> usages, int seconds, Node metadata, String text) {
  static final String CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
  static final String SIGNER = "kubernetes.io/kube-apiserver-client";
  static final List<String> USAGES = List.of("client auth", "digital signature");

  static Forgery of(String name, String text) {
    return new Forgery(name, SIGNER, USAGES, 3600, Json.object("name", name), text);
  }

  Forgery signedBy(String other) {
    return new Forgery(name, other, usages, seconds, metadata, text);
  }

  Forgery with(String other) {
    return new Forgery(name, signer, usages, seconds, metadata, other);
  }

  Forgery with(List<String> other) {
    return new Forgery(name, signer, other, seconds, metadata, text);
  }

  Forgery lasting(int other) {
    return new Forgery(name, signer, usages, other, metadata, text);
  }

  Forgery with(Node other) {
    return new Forgery(name, signer, usages, seconds, other, text);
  }

  /** A name that a request of this device may have, and no other has. */
  static String name(String namespace, String device) {
    return "sandbar-%s-%s-%016x".formatted(namespace, device, System.nanoTime());
  }

  static KeyPair key() throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  /** A request in the form of a device. */
  static String pem(String namespace, String device, String uid, KeyPair key)
      throws GeneralSecurityException {
    String spki = Base64.getEncoder().encodeToString(key.getPublic().getEncoded());
    byte[] pem =
        new CertificateRequest(new DeviceUser(namespace, device), uid, spki)
            .pem(message -> sign(key, message));
    return new String(pem, StandardCharsets.US_ASCII);
  }

  private static byte[] sign(KeyPair key, byte[] message) throws GeneralSecurityException {
    var signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(key.getPrivate());
    signature.update(message);
    return signature.sign();
  }

  /** A request of any subject. */
  static String pem(String subject, KeyPair key) throws GeneralSecurityException {
    byte[] info =
        der(
            0x30,
            new byte[] {2, 1, 0},
            new X500Principal(subject).getEncoded(),
            key.getPublic().getEncoded(),
            new byte[] {(byte) 0xa0, 0});
    byte[] ecdsa = Base64.getDecoder().decode("MAoGCCqGSM49BAMC");
    byte[] whole = der(0x30, info, ecdsa, der(0x03, new byte[1], sign(key, info)));
    return "-----BEGIN CERTIFICATE REQUEST-----\n%s\n-----END CERTIFICATE REQUEST-----\n"
        .formatted(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(whole));
  }

  private static byte[] der(int tag, byte[]... parts) {
    var content = new java.io.ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    var out = new java.io.ByteArrayOutputStream();
    out.write(tag);
    if (content.size() >= 0x100) {
      out.write(0x82);
      out.write(content.size() >> 8);
    } else if (content.size() >= 0x80) {
      out.write(0x81);
    }
    out.write(content.size());
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }

  ApiAnswer send(KubeApi api) {
    return api.post(
        CSRS,
        Json.object(
            "apiVersion",
            "certificates.k8s.io/v1",
            "kind",
            "CertificateSigningRequest",
            "metadata",
            metadata,
            "spec",
            Json.object(
                "signerName",
                signer,
                "expirationSeconds",
                (long) seconds,
                "request",
                Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.ISO_8859_1)),
                "usages",
                Json.texts(usages))));
  }
}
