package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.source.age.AgeException;
import dev.sandbar.source.age.AgeKey;
import dev.sandbar.source.age.SealedText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a secret to the unit that reads it. */
class SecretSealTest {
  private static final String SECRET = "correct horse battery";

  @TempDir private Path temp;

  @Test
  void whatIsSealedStandsInASpec() throws IOException, AgeException {
    try (AgeKey one = AgeKey.generate();
        AgeKey other = AgeKey.generate()) {
      var ran =
          Ran.with(
              Map.of(),
              SECRET,
              "secret",
              "seal",
              "--recipient",
              one.recipient().text(),
              "--recipient",
              other.recipient().text());
      assertThat(ran.code()).isZero();
      for (AgeKey key : new AgeKey[] {one, other}) {
        assertThat(SealedText.open(ran.out(), key))
            .isEqualTo(SECRET.getBytes(StandardCharsets.UTF_8));
      }
      Path file = Files.writeString(temp.resolve("key.pem"), SECRET + "\n");
      var fromFile =
          Ran.sandbar("secret", "seal", "--recipient", one.recipient().text(), file.toString());
      assertThat(SealedText.open(fromFile.out(), one))
          .isEqualTo((SECRET + "\n").getBytes(StandardCharsets.UTF_8));
      Files.writeString(temp.resolve("mqtt.age"), ran.out());
      Path spec = Files.writeString(temp.resolve("pump.yaml"), spec("from: {file: mqtt.age}"));
      assertThat(Ran.sandbar("validate", temp.toString()).out())
          .contains("1 app: no error, no warning");
      var compiled = Ran.sandbar("compile", spec.toString());
      assertThat(compiled.out())
          .contains("LoadCredentialEncrypted=mqtt:/var/lib/sandbar/secrets/sha256-")
          .doesNotContain("AGE ENCRYPTED");
    }
  }

  private static String spec(String secret) {
    return """
    apiVersion: sandbar.dev/v1alpha1
    kind: AppSandbox
    metadata: {name: pump}
    spec:
      run: {command: [/usr/bin/pump]}
      secrets: [{name: mqtt, %s}]
    """
        .formatted(secret);
  }

  @Test
  void mistakesSayWhatToDoAndShowNothing() throws IOException {
    try (AgeKey key = AgeKey.generate()) {
      String known = key.recipient().text();
      var unknown = Ran.with(Map.of(), SECRET, "secret", "seal", "--recipient", "age1yubikey1q2w");
      assertThat(unknown.code()).isEqualTo(1);
      assertThat(unknown.err())
          .contains("'age1yubikey1q2w' is not a recipient that a device can have")
          .contains("sandbar secret recipient");
      var none = Ran.with(Map.of(), SECRET, "secret", "seal");
      assertThat(none.code()).isNotZero();
      assertThat(none.err()).contains("--recipient");
      var large = Ran.with(Map.of(), SECRET.repeat(2_000), "secret", "seal", "--recipient", known);
      assertThat(large.code()).isEqualTo(1);
      assertThat(large.err()).contains("a secret has at most 32768 bytes");
      var missing =
          Ran.sandbar("secret", "seal", "--recipient", known, temp.resolve("none").toString());
      assertThat(missing.code()).isEqualTo(1);
      assertThat(unknown.out() + none.out() + large.out() + missing.out()).isEmpty();
      assertThat(unknown.err() + large.err()).doesNotContain("horse");
    }
    for (String wrong :
        new String[] {
          "from: {configMap: {name: a, key: b}}",
          "from: {secret: {name: a, file: b}}",
          "from: a.age",
          "from: {file: a.age, x: y}"
        }) {
      Files.writeString(temp.resolve("pump.yaml"), spec(wrong));
      assertThat(Ran.sandbar("validate", temp.toString()).out())
          .contains("pump.yaml:6:")
          .contains("spec.secrets[0].from");
    }
    Files.writeString(temp.resolve("a.age"), SECRET);
    Files.writeString(temp.resolve("pump.yaml"), spec("from: {file: a.age}"));
    assertThat(Ran.sandbar("validate", temp.toString()).out())
        .contains("spec.secrets[0].sealed is not an armored file of age")
        .doesNotContain("horse");
    Files.write(temp.resolve("a.age"), new byte[] {0, (byte) 0xff});
    assertThat(Ran.sandbar("validate", temp.toString()).out()).contains("age --armor");
    Files.writeString(temp.resolve("pump.yaml"), spec("from: {file: a.age}, sealed: b"));
    assertThat(Ran.sandbar("validate", temp.toString()).out())
        .contains("spec.secrets[0] has sealed and from");
  }
}
