package dev.sandbar.apiserver;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** The forms in which programs write the private key of a client into a kubeconfig. */
public enum KeyForm {
  /** {@code BEGIN PRIVATE KEY}, of an elliptic curve. */
  EC_PKCS8("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out %s"),
  /** {@code BEGIN EC PRIVATE KEY}, as k3s writes it. */
  EC_SEC1("ecparam -name prime256v1 -genkey -noout -out %s"),
  /** The same after {@code BEGIN EC PARAMETERS}, as OpenSSL writes it. */
  EC_SEC1_AFTER_PARAMETERS("ecparam -name prime256v1 -genkey -out %s"),
  /** {@code BEGIN PRIVATE KEY}, of RSA. */
  RSA_PKCS8("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out %s"),
  /** {@code BEGIN RSA PRIVATE KEY}, as kubeadm writes it. */
  RSA_PKCS1("genrsa -traditional -out %s 2048"),
  /** {@code BEGIN ENCRYPTED PRIVATE KEY}, which no program can use without asking. */
  ENCRYPTED(
      "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -aes128 -pass pass:secret -out %s");

  private final String command;

  KeyForm(String command) {
    this.command = command;
  }

  /** Writes a kubeconfig of a user that may do everything, with a key in this form, by openssl. */
  public Path kubeconfig(ApiServer api, Path folder) {
    Path key = folder.resolve(this + ".key");
    Path request = folder.resolve(this + ".csr");
    Path certificate = folder.resolve(this + ".crt");
    openssl(command.formatted(key));
    openssl(
        "req -new -subj /O=system:masters/CN=key -passin pass:secret -key "
            + key
            + " -out "
            + request);
    openssl(
        "x509 -req -days 2 -CAcreateserial -CAserial %s -CA %s -CAkey %s -in %s -out %s"
            .formatted(
                folder.resolve("serial"),
                api.caFile(),
                api.directory().resolve("ca.key"),
                request,
                certificate));
    try {
      String text =
          Files.readString(api.kubeconfig())
              .replaceAll(
                  "client-certificate-data: .*", "client-certificate-data: " + base64(certificate))
              .replaceAll("client-key-data: .*", "client-key-data: " + base64(key));
      return Files.writeString(folder.resolve(this + ".kubeconfig"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String base64(Path file) throws IOException {
    return Base64.getEncoder().encodeToString(Files.readAllBytes(file));
  }

  private static void openssl(String arguments) {
    var command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments.split(" ")));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new ApiServerException(String.join(" ", command) + ": " + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiServerException("interrupted while making a key", e);
    }
  }
}
