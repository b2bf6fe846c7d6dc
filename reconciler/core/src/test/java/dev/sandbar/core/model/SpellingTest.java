package dev.sandbar.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Permissions.Value;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Permissions by their alias, yes and no as YAML has them, and text that systemd refuses. */
class SpellingTest {

  private static final Location AT = new Location("app.yaml", 1, 1);

  @ParameterizedTest
  @EnumSource(Permission.class)
  void everyAliasIsAKeyAndSaysNo(Permission permission) {
    for (String no : List.of("no", "No", "false", "off")) {
      assertThat(read("{permissions: {" + permission.alias() + ": " + no + "}, " + RUN + "}"))
          .isEqualTo(read("{permissions: {" + permission.key() + ": false}, " + RUN + "}"))
          .satisfies(
              p ->
                  assertThat(p.get(permission).orElseThrow().value())
                      .isEqualTo(new Value.Withheld()));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "internet: yes|internet: true",
        "internet: \"on\"|internet: true",
        "ACCESS_INTERNET: yes|internet: true",
        "networkNamespace: no|networkNamespace: false",
        "networkNamespace: n|networkNamespace: \"n\"",
        "ACCESS_NETWORK_NAMESPACE: uplink|networkNamespace: uplink",
        "ACCESS_DEVICES: \"/dev/video0:rw\"|devices: [{device: /dev/video0, access: ReadWrite}]",
        "ACCESS_USB: \"0bda:2838\"|usb: [{vendor: \"0bda\", product: \"2838\"}]",
        "ACCESS_SERIAL: [{device: /dev/ttyUSB0}]|serial: [{device: /dev/ttyUSB0}]",
      })
  void anotherSpellingIsTheSamePermission(String one, String other) {
    assertThat(values("{permissions: {" + one + "}, " + RUN + "}"))
        .isNotEmpty()
        .isEqualTo(values("{permissions: {" + other + "}, " + RUN + "}"));
  }

  @ParameterizedTest
  @EnumSource(Permission.class)
  void theOneSpellingReadsTheSame(Permission permission) {
    Node spec =
        FlowText.parse("{permissions: {" + permission.alias() + ": no, other: no}, mode: Closed}");
    Node plain = PermissionSpelling.plain(spec);
    assertThat(plain.fields()).containsOnlyKeys("permissions", "mode");
    Node permissions = Objects.requireNonNull(plain.fields().get("permissions"));
    assertThat(permissions.fields()).containsOnlyKeys(permission.key(), "other");
    assertThat(permissions.fields().get(permission.key()))
        .isInstanceOfSatisfying(
            Node.Scalar.class,
            value -> {
              assertThat(value.kind()).isEqualTo(Node.Kind.BOOLEAN);
              assertThat(value.text()).isEqualTo("false");
            });
    assertThat(PermissionSpelling.plain(plain)).isEqualTo(plain);
  }

  @Test
  void bothSpellingsAreAnError() {
    assertThat(errors("{permissions: {internet: true,\nACCESS_INTERNET: no}, " + RUN + "}"))
        .singleElement()
        .satisfies(
            e -> {
              assertThat(e.problem()).isEqualTo(Problem.CONFLICT);
              assertThat(e.at().line()).isEqualTo(3);
              assertThat(e.message())
                  .isEqualTo(
                      "permissions: internet and ACCESS_INTERNET are two spellings of one"
                          + " permission");
            });
  }

  @Test
  void anotherWordIsNeitherYesNorNo() {
    assertThat(errors("{permissions: {ACCESS_INTERNET: maybe}, " + RUN + "}"))
        .singleElement()
        .satisfies(e -> assertThat(e.message()).contains("permissions.internet"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/usr/bin/a\"b",
        "/usr/bin/a'b",
        "/usr/bin/a\\b",
        "/usr/bin/a\tb",
        "/usr/bin/a\u009bb",
        "/usr/bin/a\u202eb",
        "/usr/bin/a\uffffb",
        "/usr/bin/a\ufdd0b",
        "/usr/bin/a\ud83f\udfffb",
        "/usr/bin/",
        "/"
      })
  void aProgramThatSystemdRefusesIsRefused(String program) {
    assertThat(errors(program, "x"))
        .isNotEmpty()
        .allSatisfy(
            e -> {
              assertThat(e.message()).contains("spec.run.command");
              assertThat(e.toString().codePoints()).allMatch(SafeText::isVisible);
            });
  }

  @Test
  void aNameOfMoreBytesThanAFileHasIsRefused() {
    assertThat(errors("/opt/" + "\u00e9".repeat(128), "x")).isNotEmpty();
    assertThat(errors("/opt/" + "\u00e9".repeat(127), "x")).isEmpty();
  }

  /** systemd ignores the whole line that holds one, so the argument would be missing. */
  @ParameterizedTest
  @ValueSource(strings = {"\uffff", "a\ufffe", "\ufdef", "\ud83f\udffe"})
  void noTextHoldsANoncharacter(String argument) {
    assertThat(errors("/usr/bin/app", argument))
        .singleElement()
        .satisfies(e -> assertThat(e.message()).contains("noncharacter U+"));
  }

  @Test
  void aMessageShowsNothingThatSteersATerminal() {
    var diagnostic =
        Diagnostic.error(
            Problem.CONFLICT, new Location("a\u202eb", 1, 1), "a\u009bb\tc\ud83d\ude00", "x\u2066");
    assertThat(diagnostic.toString()).isEqualTo("a?b:1:1: error: a?b?c\ud83d\ude00 (x?)");
  }

  private static final String RUN = "run: {command: [/usr/bin/app]}";

  private static List<Diagnostic> errors(String program, String argument) {
    Node command =
        new Node.Sequence(
            AT,
            List.of(
                new Node.Scalar(AT, Node.Kind.TEXT, program),
                new Node.Scalar(AT, Node.Kind.TEXT, argument)));
    var findings = new DocumentDiagnostics();
    new ProgramReader(findings)
        .run(new Node.Mapping(AT, List.of(new Node.Entry(AT, "command", command))));
    return findings.all();
  }

  private static List<Diagnostic> errors(String spec) {
    return SpecReader.read(FlowText.app("app", spec)).diagnostics();
  }

  private static Permissions read(String spec) {
    var requests = new TreeMap<Permission, Permissions.Request>();
    FlowText.read("app", spec)
        .permissions()
        .requests()
        .forEach((p, r) -> requests.put(p, new Permissions.Request(r.value(), Location.NOWHERE)));
    return new Permissions(requests);
  }

  private static List<Value> values(String spec) {
    return FlowText.read("app", spec).permissions().requests().values().stream()
        .map(Permissions.Request::value)
        .toList();
  }
}
