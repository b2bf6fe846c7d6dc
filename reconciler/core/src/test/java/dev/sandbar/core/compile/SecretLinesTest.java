package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.sandbar.core.model.AppSecret;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Location;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretLinesTest {

  private static final String SEALED =
      "-----BEGIN AGE ENCRYPTED FILE-----\\nYWdl\\n-----END AGE ENCRYPTED FILE-----";

  private static AppSpec app(String more) {
    return FlowText.read(
        "pump",
        "{run: {command: [/usr/bin/app]}, secrets: [{name: mqtt, sealed: \"%s\"}]%s}"
            .formatted(SEALED, more));
  }

  private static Compilation compiled(AppSpec app, int systemd) {
    return Compiler.compile(app, TestDevice.with(systemd));
  }

  @ParameterizedTest
  @ValueSource(ints = {256, 257, 262})
  void systemdOpensThemAndNoCoreHoldsThem(int systemd) {
    for (String mode : List.of("", ", mode: Open", ", directives: {LimitCORE: 0}")) {
      AppSpec app = app(mode);
      assertThat(compiled(app, systemd))
          .isInstanceOfSatisfying(
              Compilation.Compiled.class,
              it ->
                  assertThat(it.app().text().lines().filter(l -> l.matches("(Load|LimitCO).*")))
                      .containsExactly(
                          "LoadCredentialEncrypted=mqtt:"
                              + SecretStorePath.of(app.secrets().getFirst()),
                          "LimitCORE=1"));
    }
  }

  @Test
  void theSealedTextIsAnotherVersionButItsLineEndsAreNot() {
    AppSecret secret = app("").secrets().getFirst();
    assertThat(secret.sealed()).endsWith("-----END AGE ENCRYPTED FILE-----\n");
    assertThat(FlowText.read("pump", spec(" \\n" + SEALED.replace("\\n", "\\r\\n") + "\\n\\n")))
        .extracting(it -> it.secrets().getFirst().digest())
        .isEqualTo(secret.digest());
    assertThat(FlowText.read("pump", spec(SEALED.replace("YWdl", "YWdm"))))
        .extracting(it -> it.secrets().getFirst().digest())
        .isNotEqualTo(secret.digest());
    assertThat(secret.toString()).doesNotContain("AGE");
  }

  private static String spec(String sealed) {
    return "{run: {command: [/usr/bin/app]}, secrets: [{name: mqtt, sealed: \"%s\"}]}"
        .formatted(sealed);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "255||secrets need systemd 256 or newer, and this device has 255|select devices",
        "252|, mode: Open|secrets need systemd 256 or newer, and this device has 252|select devices",
        "257|, mode: Open, directives: {LimitCORE: 64M}|directives.LimitCORE: a core dump of an app with secrets would hold them|remove it",
      })
  void isRefusedWhereItWouldNotHold(int systemd, String more, String message, String help) {
    assertThat(compiled(app(more == null ? "" : more), systemd))
        .isInstanceOfSatisfying(
            Compilation.Rejected.class,
            it -> {
              assertThat(it.errors()).extracting(Diagnostic::message).contains(message);
              assertThat(it.errors()).anySatisfy(d -> assertThat(d.help()).contains(help));
            });
  }

  @Test
  void namesOfTheStoreAreNamesOfNoFile() {
    var secret = new AppSecret("a.b", "x", Location.NOWHERE);
    String name = SecretStorePath.name(secret);
    assertThat(
            List.of(name, name + "/x", name + "~sha256", "sha256-" + "a".repeat(64), "../" + name))
        .extracting(it -> it, SecretStorePath::isName)
        .filteredOn(it -> it.toList().get(1).equals(true))
        .containsExactly(tuple(name, true));
  }
}
