package dev.sandbar.device.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Problem;
import dev.sandbar.source.secret.SecretFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AlertDestinationsTest {

  @TempDir Path folder;

  private static List<Diagnostic> problems(String yaml) {
    return switch (AlertDestinations.read(Alerts.node(yaml), InstantSource.system())) {
      case AlertDestinations.Reading.Usable usable -> List.of();
      case AlertDestinations.Reading.Invalid(List<Diagnostic> problems) -> problems;
    };
  }

  @Test
  void everyKindIsRead() {
    var senders =
        Alerts.senders(
            """
            - name: operations
              alertmanager: https://alertmanager.example.com
              keepAlive: 30s
            - name: lab
              webhook: http://10.0.0.7:8080/hook?x=1
              plainHttp: true
            - name: phone
              ntfy: https://ntfy.example.com/pumps_7-F
            """);
    assertThat(senders).extracting(AlertSender::name).containsExactly("operations", "lab", "phone");
    assertThat(senders.getFirst().style())
        .isEqualTo(new AlertSender.Style.State(64, Duration.ofSeconds(30), Duration.ofMinutes(6)));
    assertThat(senders.getLast().style()).isEqualTo(new AlertSender.Style.History());
    senders.forEach(AlertSender::close);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          - {webhook: 'https://h/'}                                | MISSING_FIELD
          - {name: a}                                              | CONFLICT
          - {name: a, webhook: 'https://h/', alertmanager: 'https://h/'} | CONFLICT
          - {name: a, webhook: 'https://h/', keepAlive: 1m}        | CONFLICT
          - {name: a, webhook: 'https://h/', tokenFile: /x}        | CONFLICT
          - {name: a, webhook: 'http://example.com/'}              | INVALID_VALUE
          - {name: a, webhook: 'http://127.0.0.1.example.com/'}    | INVALID_VALUE
          - {name: a, webhook: 'https://u:hunter2@h/'}             | INVALID_VALUE
          - {name: a, webhook: 'ftp://hunter2/'}                   | INVALID_VALUE
          - {name: a, webhook: 'https://h unter2'}                 | INVALID_VALUE
          - {name: a, webhook: '/hunter2'}                         | INVALID_VALUE
          - {name: a, webhook: 'https://h:99999/'}                 | INVALID_VALUE
          - {name: a, alertmanager: 'https://h/?x=hunter2'}        | INVALID_VALUE
          - {name: a, ntfy: 'https://h/'}                          | INVALID_VALUE
          - {name: a, ntfy: 'https://h/hunter2/x'}                 | INVALID_VALUE
          - {name: a, ntfy: 'https://h/hunter2?x'}                 | INVALID_VALUE
          - {name: a, ntfy: 'https://u:hunter2@h/x'}               | INVALID_VALUE
          - {name: a, ntfy: 'http://example.com/hunter2'}          | INVALID_VALUE
          - {name: a, ntfy: 'https://h/x', hmacKeyFile: /x}        | CONFLICT
          - {name: a, ntfy: 'https://h/x', keepAlive: 1m}          | CONFLICT
          - {name: a, ntfy: 'https://h/x', webhook: 'https://h/'}  | CONFLICT
          - {name: ../a, webhook: 'https://h/'}                    | INVALID_VALUE
          - {name: a, alertmanager: 'https://h/', keepAlive: soon} | INVALID_VALUE
          - {name: a, webhook: 'https://h/', plainHttp: perhaps}   | WRONG_TYPE
          - {name: a, webhook: 'https://h/', hook: x}              | UNKNOWN_FIELD
          - {name: a, webhook: 'https://h/', caFile: ca.pem}       | UNSAFE_PATH
          - {name: a, webhook: 'https://h/', caFile: /nonexistent} | SOURCE
          - {name: a, webhook: 'https://h/', hmacKeyFile: /nonexistent} | SOURCE
          - {name: a, webhook: [x]}                                | WRONG_TYPE
          - a                                                      | WRONG_TYPE
          name: a                                                  | WRONG_TYPE
          """)
  void mistakeIsNamedWithItsPlaceAndHelp(String yaml, Problem problem) {
    List<Diagnostic> problems = problems(yaml);
    assertThat(problems).isNotEmpty();
    assertThat(problems).extracting(Diagnostic::problem).contains(problem);
    for (Diagnostic diagnostic : problems) {
      assertThat(diagnostic.at().line()).isEqualTo(1);
      assertThat(diagnostic.help()).isNotEmpty();
      assertThat(diagnostic.toString()).doesNotContain("hunter2");
    }
  }

  @Test
  void nameIsTakenOnce() {
    assertThat(
            problems(
                """
                - {name: a, webhook: 'https://h/'}
                - {name: a, webhook: 'https://i/'}
                """))
        .extracting(Diagnostic::problem)
        .containsExactly(Problem.DUPLICATE_NAME);
  }

  @Test
  void secretThatOthersCanReadIsRefused() throws Exception {
    Path key = Files.writeString(folder.resolve("key"), "hunter2");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    String yaml = "- {name: a, webhook: 'https://h/', hmacKeyFile: %s}".formatted(key);
    assertThat(problems(yaml).toString()).contains("chmod 600").doesNotContain("hunter2");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    assertThat(problems(yaml)).isEmpty();
  }

  @Test
  void tokenIsSentAndShownNowhere() throws Exception {
    Path token = Files.writeString(folder.resolve("token"), "hunter2\n");
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
    try (var server = RecordingServer.accepting()) {
      AlertSender sender =
          Alerts.senders(
                  "- {name: a, alertmanager: 'http://localhost:%d', tokenFile: %s}"
                      .formatted(server.port(), token))
              .getFirst();
      try (sender) {
        assertThat(sender.send(List.of(AlertSender.Message.of(Alerts.firing("A")))))
            .isEqualTo(new AlertSender.Outcome.Delivered());
        assertThat(sender.toString()).doesNotContain("hunter2");
      }
      assertThat(server.received.getFirst().authorization()).isEqualTo("Bearer hunter2");
      assertThat(server.received.getFirst().path()).isEqualTo("/api/v2/alerts");
      assertThat(server.received.getFirst().body()).doesNotContain("hunter2");
      var reading = new SecretFile(token).read();
      assertThat(reading.toString()).doesNotContain("hunter2");
    }
  }
}
