package dev.sandbar.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A key and a certificate for localhost.
 *
 * @param authority PEM file of what a client has to trust
 * @param server what a server uses
 */
public record TestTls(Path authority, SSLContext server) {

  /** Makes them in the folder, under this name. */
  public static TestTls in(Path folder, String name) throws Exception {
    Path pem = folder.resolve(name + ".pem");
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=%s"
                .formatted(name)
            + " -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout %s.key -out %s"
                .formatted(folder.resolve(name), pem));
    openssl(
        "pkcs12 -export -passout pass:test -inkey %s.key -in %s -out %s.p12"
            .formatted(folder.resolve(name), pem, folder.resolve(name)));
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(folder.resolve(name + ".p12"))) {
      store.load(in, "test".toCharArray());
    }
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, "test".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return new TestTls(pem, context);
  }

  private static void openssl(String arguments) throws Exception {
    var command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments.split(" ")));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
  }
}
