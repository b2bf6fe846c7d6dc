package dev.sandbar.device.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys as the programs of a cluster write them. */
class PemTest {
  @TempDir Path folder;

  @Test
  void keysOfAllFormsAreTheSameKey() throws Exception {
    for (String curve : List.of("P-256", "P-384", "P-521")) {
      Path key = make("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:" + curve);
      assertThat(Files.readString(key)).contains("BEGIN PRIVATE KEY");
      Path older = convert("ec", key);
      assertThat(Files.readString(older)).startsWith("-----BEGIN EC PRIVATE KEY");
      fits(curve, Files.readString(key));
      fits(curve, Files.readString(older));
      Path short1 = convert("ec", key, "-no_public");
      fits(curve + " without the public key", Files.readString(short1));
      String parameters = run("openssl", "ec", "-in", key.toString(), "-param_out", "-noout");
      fits(curve + " after its parameters", parameters + Files.readString(older));
    }
    Path key = make("req", "-newkey", "rsa:2048");
    Path older = convert("rsa", key, "-traditional");
    assertThat(Files.readString(older)).startsWith("-----BEGIN RSA PRIVATE KEY");
    fits("RSA", Files.readString(key));
    fits("RSA PKCS#1", Files.readString(older));
  }

  @Test
  void anEncryptedKeyIsNoMissingOne() throws Exception {
    Path key = make("req", "-newkey", "rsa:2048");
    Path encrypted = convert("rsa", key, "-traditional", "-aes128", "-passout", "pass:secret");
    assertThat(Files.readString(encrypted)).contains("Proc-Type: 4,ENCRYPTED");
    PublicKey publicKey = certificate();
    assertThatThrownBy(() -> Pem.privateKey(Files.readString(encrypted), publicKey))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("encrypted");
    assertThat(Pem.privateKey("nothing", publicKey)).isEmpty();
    Path both = folder.resolve("both.pem");
    Files.createFile(
        both, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(
        both, Files.readString(encrypted) + Files.readString(folder.resolve("made.crt")));
    assertThatThrownBy(
            () ->
                TlsContexts.of(
                    new Trust.Platform(),
                    new ApiCredentials.ClientCertificate(both, FileDecryption.NONE)))
        .isInstanceOf(TlsContexts.Unusable.class)
        .hasMessageContaining("openssl pkcs8 -topk8");
  }

  /** A signature of the key that was read holds against the certificate. */
  private void fits(String what, String pem) throws Exception {
    PublicKey publicKey = certificate();
    PrivateKey key = Pem.privateKey(pem, publicKey).orElseThrow();
    var signer = Signature.getInstance("SHA256with" + (isRsa(publicKey) ? "RSA" : "ECDSA"));
    signer.initSign(key);
    signer.update((byte) 7);
    byte[] signature = signer.sign();
    signer.initVerify(publicKey);
    signer.update((byte) 7);
    assertThat(signer.verify(signature)).as(what).isTrue();
  }

  private static boolean isRsa(PublicKey key) {
    return key.getAlgorithm().equals("RSA");
  }

  private PublicKey certificate() throws Exception {
    return Pem.certificates(Files.readString(folder.resolve("made.crt"))).getFirst().getPublicKey();
  }

  /** A key and a certificate of it. */
  private Path make(String... arguments) throws Exception {
    Path key = folder.resolve("made.key");
    var command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments));
    command.addAll(
        List.of(
            "-x509",
            "-nodes",
            "-subj",
            "/CN=made",
            "-keyout",
            key.toString(),
            "-out",
            folder.resolve("made.crt").toString()));
    String _ = run(command.toArray(String[]::new));
    return key;
  }

  private Path convert(String program, Path key, String... how) throws Exception {
    Path out = folder.resolve("converted.key");
    var command =
        new ArrayList<>(List.of("openssl", program, "-in", key.toString(), "-out", out.toString()));
    command.addAll(List.of(how));
    String _ = run(command.toArray(String[]::new));
    return out;
  }

  private static String run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(String.join(" ", command) + " failed");
    }
    return said;
  }
}
