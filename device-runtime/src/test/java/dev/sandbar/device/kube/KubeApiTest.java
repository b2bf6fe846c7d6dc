package dev.sandbar.device.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.device.kube.ApiAnswer.Unreachable;
import dev.sandbar.device.kube.ApiAnswer.Unreachable.Cause;
import dev.sandbar.device.kube.HostileServer.Authority;
import dev.sandbar.source.text.TextLimits;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server, or somebody in its place, that means no good. */
@Timeout(60)
class KubeApiTest {
  private static final ApiLimits LIMITS =
      new ApiLimits(
          Duration.ofSeconds(20), Duration.ofSeconds(20), new TextLimits(64 << 10, 64, 10_000));
  private static final ApiLimits HASTY =
      new ApiLimits(Duration.ofSeconds(20), Duration.ofSeconds(2), LIMITS.answer());
  private static final String PATH = "/api/v1/namespaces/x/secrets/y";

  @TempDir private Path folder;
  private Authority authority;

  @BeforeEach
  void certificates() throws Exception {
    authority = Authority.of(folder, "server", "DNS:localhost,IP:127.0.0.1");
  }

  private KubeApi api(HostileServer server, ApiCredentials credentials) {
    return new KubeApi(
        server.address("localhost"),
        new Trust.Authorities(authority.certificate()),
        credentials,
        LIMITS,
        InstantSource.system());
  }

  private KubeApi api(HostileServer server) {
    return api(server, new ApiCredentials.Token("s3cr3t-t0ken"));
  }

  private static Cause cause(ApiAnswer answer) {
    assertThat(answer).isInstanceOf(Unreachable.class);
    return ((Unreachable) answer).cause();
  }

  @Test
  void answersAreReadAndFailuresAreTyped() throws Exception {
    record Case(String status, String headers, String reason, Class<?> expected) {}
    var cases = new ArrayList<Case>();
    cases.add(new Case("401 No", "", "Unauthorized", ApiAnswer.Unauthorized.class));
    cases.add(new Case("403 No", "", "Forbidden", ApiAnswer.Forbidden.class));
    cases.add(new Case("404 No", "", "NotFound", ApiAnswer.NotFound.class));
    cases.add(new Case("409 No", "", "AlreadyExists", ApiAnswer.AlreadyExists.class));
    cases.add(new Case("409 No", "", "Conflict", ApiAnswer.Conflict.class));
    cases.add(new Case("410 No", "", "Expired", ApiAnswer.Gone.class));
    cases.add(new Case("422 No", "", "Invalid", ApiAnswer.Refused.class));
    cases.add(new Case("500 No", "", "InternalError", Unreachable.class));
    cases.add(new Case("200 OK", "", "", ApiAnswer.Success.class));
    for (Case each : cases) {
      String body = "{\"kind\":\"Status\",\"message\":\"because\",\"reason\":\"%s\"}";
      try (var server =
              new HostileServer(
                  authority,
                  HostileServer.answering(
                      each.status(), each.headers(), body.formatted(each.reason())));
          KubeApi api = api(server)) {
        ApiAnswer answer = api.get(PATH);
        assertThat(answer).as(each.toString()).isInstanceOf(each.expected());
        if (answer instanceof ApiAnswer.Failure failure) {
          assertThat(failure.message()).isEqualTo("because");
        }
      }
    }
  }

  @Test
  void askedToComeLaterADeviceIsToldWhenButNotNextYear() throws Exception {
    for (String[] each : new String[][] {{"7", "PT7S"}, {"99999", "PT10M"}, {"-1", "PT0S"}}) {
      try (var server =
              new HostileServer(
                  authority,
                  HostileServer.answering("429 Slow", "Retry-After: " + each[0] + "\r\n", "{}"));
          KubeApi api = api(server)) {
        assertThat(((ApiAnswer.TooManyRequests) api.get(PATH)).retryAfter())
            .isEqualTo(Duration.parse(each[1]));
      }
    }
  }

  @Test
  void anAnswerWithoutEndIsHungUpOn() throws Exception {
    try (var server =
            new HostileServer(
                authority,
                out -> {
                  out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                  byte[] much = new byte[8192];
                  while (true) {
                    out.write(much);
                  }
                });
        KubeApi api = api(server)) {
      assertThat(cause(api.get(PATH))).isEqualTo(Cause.MALFORMED);
    }
  }

  @Test
  void aServerThatTricklesIsGivenUpInTime() throws Exception {
    try (var server =
            new HostileServer(
                authority,
                out -> {
                  out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                  while (true) {
                    out.write(' ');
                    out.flush();
                    Thread.sleep(100);
                  }
                });
        KubeApi api =
            new KubeApi(
                server.address("localhost"),
                new Trust.Authorities(authority.certificate()),
                new ApiCredentials.Anonymous(),
                HASTY,
                InstantSource.system())) {
      long begun = System.nanoTime();
      assertThat(cause(api.get(PATH))).isEqualTo(Cause.TIMEOUT);
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
    }
  }

  @Test
  void aRedirectIsNotFollowedAndTheTokenGoesNowhere() throws Exception {
    try (var thief = new HostileServer(authority, HostileServer.answering("200 OK", "", "{}"));
        var server =
            new HostileServer(
                authority,
                HostileServer.answering(
                    "302 Found", "Location: " + thief.address("127.0.0.1") + "/\r\n", ""));
        KubeApi api = api(server)) {
      ApiAnswer answer = api.get(PATH);
      assertThat(cause(answer)).isEqualTo(Cause.SERVER);
      assertThat(((Unreachable) answer).message()).contains("redirect");
      assertThat(thief.requests()).isEmpty();
    }
  }

  @Test
  void whoIsNotVouchedForIsToldNothing() throws Exception {
    Authority stranger = Authority.of(folder, "stranger", "DNS:localhost");
    Authority misnamed = Authority.of(folder, "misnamed", "DNS:elsewhere");
    try (var server = new HostileServer(stranger, HostileServer.answering("200 OK", "", "{}"));
        KubeApi api = api(server)) {
      ApiAnswer answer = api.get(PATH);
      assertThat(cause(answer)).isEqualTo(Cause.UNTRUSTED);
      assertThat(((Unreachable) answer).message()).contains("signed by an unknown authority");
      assertThat(server.requests()).isEmpty();
    }
    try (var server = new HostileServer(misnamed, HostileServer.answering("200 OK", "", "{}"));
        KubeApi api =
            new KubeApi(
                server.address("localhost"),
                new Trust.Authorities(misnamed.certificate()),
                new ApiCredentials.Token("s3cr3t-t0ken"),
                LIMITS,
                InstantSource.system())) {
      ApiAnswer answer = api.get(PATH);
      assertThat(cause(answer)).isEqualTo(Cause.UNTRUSTED);
      assertThat(((Unreachable) answer).message()).contains("another name");
      assertThat(server.requests()).isEmpty();
    }
  }

  @Test
  void nobodyThereIsNoSurprise() throws Exception {
    int port;
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    try (KubeApi api =
        new KubeApi(
            ApiServerAddress.of("https://127.0.0.1:" + port).orElseThrow(),
            new Trust.Authorities(authority.certificate()),
            new ApiCredentials.Anonymous(),
            LIMITS,
            InstantSource.system())) {
      assertThat(cause(api.get(PATH))).isEqualTo(Cause.CONNECTION);
    }
  }

  @Test
  void filesThatCannotBeUsedAreNamedAndNothingOfThemIsShown() throws Exception {
    Path token = folder.resolve("token");
    Files.writeString(token, "s3cr3t-t0ken\nand more\n");
    try (var server = new HostileServer(authority, HostileServer.answering("200 OK", "", "{}"))) {
      for (String permissions : new String[] {"rw-r--r--", "rw-------"}) {
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString(permissions));
        try (KubeApi api = api(server, new ApiCredentials.TokenFile(token, FileDecryption.NONE))) {
          ApiAnswer answer = api.get(PATH);
          assertThat(cause(answer)).isEqualTo(Cause.CREDENTIALS);
          assertThat(answer.toString()).contains(token.toString()).doesNotContain("s3cr3t");
        }
      }
      assertThat(server.requests()).isEmpty();
    }
    assertThat(new ApiCredentials.Token("s3cr3t").toString()).doesNotContain("s3cr3t");
  }

  @Test
  void aNewCertificateIsShownAtTheNextRequest() throws Exception {
    try (var server = new HostileServer(authority, HostileServer.answering("200 OK", "", "{}"))) {
      Path client = folder.resolve("client.pem");
      identity(client);
      try (KubeApi api =
          api(server, new ApiCredentials.ClientCertificate(client, FileDecryption.NONE))) {
        assertThat(api.get(PATH)).isInstanceOf(ApiAnswer.Success.class);
        assertThat(api.get(PATH)).isInstanceOf(ApiAnswer.Success.class);
        identity(client);
        assertThat(api.get(PATH)).isInstanceOf(ApiAnswer.Success.class);
      }
      assertThat(server.peers()).containsExactly("CN=server", "CN=server", "CN=server");
      assertThat(server.connections()).isEqualTo(2);
    }
  }

  private void identity(Path client) throws IOException {
    Path fresh = Files.createTempFile(folder, "client", ".pem");
    Files.writeString(fresh, Files.readString(authority.key()) + authority.pem());
    Files.move(fresh, client, StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void theServersTimeIsHeard() throws Exception {
    try (var server =
            new HostileServer(
                authority,
                HostileServer.answering(
                    "200 OK", "Date: Wed, 25 Nov 2026 12:00:00 GMT\r\n", "{}"));
        KubeApi api =
            new KubeApi(
                server.address("localhost"),
                new Trust.Authorities(authority.certificate()),
                new ApiCredentials.Anonymous(),
                LIMITS,
                () -> Instant.parse("2026-11-26T12:00:00Z"))) {
      api.get(PATH);
      assertThat(api.clock().ahead()).isEqualTo(Duration.ofDays(1));
    }
  }

  @Test
  void aStreamGivesItsDocumentsAndEnds() throws Exception {
    try (var server =
            new HostileServer(
                authority, HostileServer.answering("200 OK", "", "{\"a\":1}\n{\"a\":2}\n{\"a\":"));
        KubeApi api = api(server)) {
      var seen = new ArrayList<String>();
      Optional<ApiAnswer.Failure> end =
          api.stream(
              PATH,
              Duration.ofSeconds(5),
              document -> seen.add(Json.text(document, "a").orElse("")));
      assertThat(end).isEmpty();
      assertThat(seen).containsExactly("1", "2");
    }
  }

  @Test
  void aLineWithoutEndEndsTheStream() throws Exception {
    try (var server =
            new HostileServer(
                authority,
                out -> {
                  out.write("HTTP/1.1 200 OK\r\n\r\n{\"a\":\"".getBytes(StandardCharsets.US_ASCII));
                  byte[] much = "a".repeat(8192).getBytes(StandardCharsets.US_ASCII);
                  while (true) {
                    out.write(much);
                  }
                });
        KubeApi api = api(server)) {
      Optional<ApiAnswer.Failure> end = api.stream(PATH, Duration.ofSeconds(5), _ -> true);
      assertThat(cause(end.orElseThrow())).isEqualTo(Cause.MALFORMED);
    }
  }

  @Test
  void aPeerThatHasVanishedIsNoticedAndTheNextRequestHasANewConnection() throws Exception {
    var over = new CountDownLatch(1);
    try (var server =
            new HostileServer(
                authority,
                out -> {
                  out.write(
                      "HTTP/1.1 200 OK\r\n\r\n{\"a\":1}\n".getBytes(StandardCharsets.US_ASCII));
                  out.flush();
                  over.await(30, TimeUnit.SECONDS);
                });
        KubeApi api = api(server)) {
      var seen = new ArrayList<String>();
      for (int time = 1; time <= 2; time++) {
        Optional<ApiAnswer.Failure> end =
            api.stream(
                PATH,
                Duration.ofMillis(500),
                document -> seen.add(Json.text(document, "a").orElse("")));
        assertThat(end.orElseThrow().message()).startsWith("no data was received for ");
        assertThat(server.connections()).isEqualTo(time);
      }
      assertThat(seen).containsExactly("1", "1");
    } finally {
      over.countDown();
    }
  }

  @Test
  void aPinFindsTheAuthorityThatTheServerShowsAndNoOther() throws Exception {
    Authority other = Authority.of(folder, "other", "DNS:localhost");
    try (var server = new HostileServer(authority, HostileServer.answering("404 No", "", "{}"))) {
      String pem = authority.pem().replaceAll("\\s", "");
      CaPin right = CaPin.of(Pem.certificates(authority.pem()).getFirst());
      CaPin wrong = CaPin.of(Pem.certificates(other.pem()).getFirst());
      assertThat(right.find(server.address("localhost"), LIMITS))
          .isInstanceOfSatisfying(
              CaPin.Finding.Found.class,
              found -> assertThat(found.pem().replaceAll("\\s", "")).isEqualTo(pem));
      assertThat(wrong.find(server.address("localhost"), LIMITS))
          .isInstanceOf(CaPin.Finding.Differs.class);
      assertThat(String.join("", server.requests())).doesNotContain("Authorization");
    }
  }
}
