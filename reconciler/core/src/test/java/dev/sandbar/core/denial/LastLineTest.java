package dev.sandbar.core.denial;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.FlowText;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LastLineTest {

  private static final AppSpec APP = FlowText.read("app", "{run: {command: [/usr/bin/app]}}");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "bind: Operation not permitted | \"bind: Operation not permitted\"",
        "open /var/lib/x1/y: Read-only file system | \"open /var/lib/x1/y: Read-only file system\"",
        "cannot reach mqtt://pump:hunter2@broker:1883 | \"cannot reach mqtt://***@broker:1883\"",
        "login with password=hunter2 failed | \"login with password=*** failed\"",
        "Authorization: Bearer abc | \"Authorization: ***\"",
        "wrong password hunter2 of pump | \"wrong password *** of pump\"",
        "no such key file; session ended | \"no such key file; session ended\"",
        "{\"api_key\": \"k 9\", DB_TOKEN=x,y | \"{\"api_key\": ***, DB_TOKEN=***,y\"",
        "sent deadbeef0123456789abcdef0 to it | \"sent *** to it\"",
      })
  void secretsAreMasked(String line, String shown) {
    assertThat(LastLine.of(List.of(line), APP)).isEqualTo(shown);
  }

  @Test
  void itIsTheLastThatIsNotEmptyAndIsVisible() {
    assertThat(LastLine.of(List.of("one", "\u001b[31mtwo\u202e", "  "), APP))
        .isEqualTo("\"?[31mtwo?\"");
    assertThat(LastLine.of(List.of(), APP)).isEmpty();
    assertThat(LastLine.of(List.of("\u0007".repeat(9)), APP)).isEqualTo("\"?????????\"");
  }

  @Test
  void itIsShortHoweverLongTheLineIs() {
    for (String piece : List.of("ab ", "=", "key=", "://", "a", "0")) {
      assertThat(LastLine.of(List.of(piece.repeat(100_000)), APP)).hasSizeLessThan(170);
    }
  }

  /** What only the device may read must not come to whoever may read a status. */
  @Test
  void anAppThatWasGivenSecretsHasNone() {
    AppSpec app =
        FlowText.read(
            "app",
            "{run: {command: [/usr/bin/app]}, secrets: [{name: login, sealed: \"-----BEGIN AGE"
                + " ENCRYPTED FILE-----\\nYWdl\\n-----END AGE ENCRYPTED FILE-----\"}]}");
    assertThat(LastLine.of(List.of("bye"), app)).isEmpty();
  }

  /** A service of the device has the files and credentials of its own unit, which no spec shows. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{run: {unit: pump.service}}",
        "{run: {command: [/usr/bin/app]}, mode: Open, directives: {LoadCredential: \"x:/etc/x\"}}",
        "{run: {command: [/usr/bin/app]}, mode: Open, directives: {EnvironmentFile: /etc/x}}",
        "{run: {command: [/usr/bin/app]}, mode: Open, directives: {PassEnvironment: TOKEN}}",
      })
  void anAppThatMayKnowThoseOfTheDeviceHasNone(String spec) {
    assertThat(LastLine.of(List.of("bye"), FlowText.read("app", spec))).isEmpty();
  }
}
