package dev.sandbar.source.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** By real certificates and handshakes: what the platform throws is nowhere promised. */
final class TlsFaultTest {

  private static final Instant NOW = Instant.parse("2026-12-02T01:02:03Z");
  private static final char[] PASSWORD = "secret".toCharArray();

  @TempDir private static Path folder;

  @BeforeAll
  static void makeCertificates() throws Exception {
    keytool("ca", "-ext bc:c -validity 10000 -startdate 2015/01/01");
    keytool("good", "-signer ca -ext san=dns:localhost -validity 20000 -startdate 2015/01/01");
    keytool("past", "-signer ca -ext san=dns:localhost -validity 10 -startdate 2020/01/01");
    keytool("future", "-signer ca -ext san=dns:localhost -validity 10 -startdate 2090/01/01");
    keytool("other", "-signer ca -ext san=dns:other -validity 20000 -startdate 2015/01/01");
    keytool("client", "-signer ca -ext eku=clientAuth -ext san=dns:localhost -validity 20000");
  }

  private static void keytool(String alias, String arguments) throws Exception {
    var command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin/keytool").toString()));
    for (String word :
        "-genkeypair -keyalg EC -groupname secp256r1 -storetype PKCS12 -storepass secret -dname CN=%s -alias %s"
            .formatted(alias, alias)
            .split(" ")) {
      command.add(word);
    }
    for (String word : arguments.split(" ")) {
      command.add(word.matches("[0-9]{4}/.*") ? word + " 00:00:00" : word);
    }
    command.addAll(List.of("-keystore", folder.resolve("keys.p12").toString()));
    var keytool = new ProcessBuilder(command).redirectErrorStream(true);
    keytool.environment().put("TZ", "UTC");
    Process process = keytool.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
  }

  private static KeyStore store() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(folder.resolve("keys.p12"))) {
      store.load(in, PASSWORD);
    }
    return store;
  }

  private static SSLContext server(String alias) throws IOException, GeneralSecurityException {
    KeyStore all = store();
    KeyStore one = KeyStore.getInstance("PKCS12");
    one.load(null, PASSWORD);
    one.setKeyEntry(alias, all.getKey(alias, PASSWORD), PASSWORD, all.getCertificateChain(alias));
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(one, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  private static SSLContext client(boolean knows) throws IOException, GeneralSecurityException {
    if (!knows) {
      return SSLContext.getDefault();
    }
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, PASSWORD);
    trusted.setCertificateEntry("ca", store().getCertificate("ca"));
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  /** What a client says of a server with that certificate, in an exception of another. */
  private static TlsFault fault(String alias, boolean knows) throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (var listening =
        (SSLServerSocket)
            server(alias).getServerSocketFactory().createServerSocket(0, 5, loopback)) {
      Thread.ofVirtual()
          .start(
              () -> {
                try (var accepted = (SSLSocket) listening.accept()) {
                  accepted.startHandshake();
                } catch (IOException e) {
                  // The client ends it.
                }
              });
      try (var socket =
          (SSLSocket)
              client(knows)
                  .getSocketFactory()
                  .createSocket("localhost", listening.getLocalPort())) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        Throwable failure = catchThrowable(socket::startHandshake);
        return TlsFault.of(new IOException("lost", failure), "git.example", NOW).orElseThrow();
      }
    }
  }

  @Test
  void eachFaultOfACertificateIsNamed() throws Exception {
    TlsFault past = fault("past", true);
    assertThat(past.kind()).isEqualTo(TlsFault.Kind.EXPIRED);
    assertThat(past.message())
        .isEqualTo(
            "the certificate of git.example has expired on 2020-01-11; the clock of this machine"
                + " shows 2026-12-02");
    TlsFault future = fault("future", true);
    assertThat(future.kind()).isEqualTo(TlsFault.Kind.NOT_YET_VALID);
    assertThat(future.message())
        .isEqualTo(
            "the certificate of git.example is not valid yet, but from 2090-01-01; the clock of"
                + " this machine shows 2026-12-02");
    assertThat(List.of(past.help(), future.help())).allMatch(it -> it.startsWith("Set the clock"));
    TlsFault other = fault("other", true);
    assertThat(other.kind()).isEqualTo(TlsFault.Kind.OTHER_NAME);
    assertThat(other.message())
        .isEqualTo("the certificate of git.example is made out to another name");
    TlsFault unknown = fault("good", false);
    assertThat(unknown.kind()).isEqualTo(TlsFault.Kind.UNKNOWN_AUTHORITY);
    assertThat(unknown.message())
        .isEqualTo("the certificate of git.example is signed by an unknown authority");
    TlsFault client = fault("client", true);
    assertThat(client.kind()).isEqualTo(TlsFault.Kind.CERTIFICATE);
    assertThat(client.message()).startsWith("the certificate of git.example is not accepted: ");
  }

  @Test
  void whatIsNoFaultOfACertificateIsNotCalledOne() {
    TlsFault plain =
        TlsFault.of(
                new SSLException("Unsupported or unrecognized\n SSL message"), "git.example", NOW)
            .orElseThrow();
    assertThat(plain.kind().isOfCertificate()).isFalse();
    assertThat(plain.message())
        .isEqualTo("TLS with git.example: Unsupported or unrecognized  SSL message");
    assertThat(TlsFault.of(new IOException("lost"), "git.example")).isEmpty();
  }
}
