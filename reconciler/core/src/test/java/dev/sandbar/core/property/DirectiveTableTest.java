package dev.sandbar.core.property;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Feature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class DirectiveTableTest {

  private static final Pattern LINE = Pattern.compile("(?m)^([A-Za-z]+)=");
  private static final Pattern EMITTED =
      Pattern.compile(
          "\\b(?:unit|service|install|yes|setting|text)\\(\\s*(?:draft,\\s*)?(?:overrides,\\s*)?"
              + "\"([A-Z]\\w+)\"");

  static List<Integer> versions() {
    return RecordedUnits.VERSIONS;
  }

  @ParameterizedTest
  @MethodSource("versions")
  void everyDirectiveOfAVersionIsOneOfItsProperties(int version) {
    var reported = RecordedUnits.of(version, "bare").raw();

    assertThat(DirectiveTable.sandbox(version))
        .hasSizeGreaterThan(110)
        .allSatisfy(d -> assertThat(d.properties()).anyMatch(reported::containsKey));
  }

  @ParameterizedTest
  @MethodSource("versions")
  void aDirectiveThatAVersionLacksIsNotReportedByIt(int version) {
    var reported = RecordedUnits.of(version, "bare").raw();

    assertThat(DirectiveTable.all().values())
        .filteredOn(d -> !d.existsIn(version))
        .allSatisfy(d -> assertThat(d.properties()).noneMatch(reported::containsKey));
  }

  @Test
  void everyRowHasEveryFact() {
    List<String> features = Arrays.stream(Feature.values()).map(Feature::name).toList();

    assertThat(DirectiveTable.all().values())
        .allSatisfy(
            d -> {
              assertThat(d.meaning()).as(d.name()).matches("[A-Z].{15,120}\\.");
              assertThat(d.manual()).as(d.name()).matches("systemd\\.[a-z-]+\\(5\\)");
              d.requiredFeature().ifPresent(f -> assertThat(features).as(d.name()).contains(f));
              if (d.liveSettable()) {
                assertThat(d.syntax().signature()).as(d.name()).isNotEmpty();
              }
            });
    assertThat(DirectiveTable.all().values().stream().map(DirectiveInfo::meaning))
        .doesNotHaveDuplicates();
  }

  /** Nobody is left to guess: a spec may set it, or the error says what to use. */
  @Test
  void everyDirectiveIsAcceptedOrSaysWhatToUse() {
    assertThat(DirectiveTable.all()).hasSizeGreaterThan(295);
    assertThat(DirectiveTable.all().values())
        .allSatisfy(
            d -> {
              switch (d.override()) {
                case DirectiveOverride.Refused(var instead) ->
                    assertThat(instead).as(d.name()).matches(".{7,120}[a-zA-Z0-9)]");
                case DirectiveOverride.OpenOnly(var open, var instead) -> {
                  assertThat(instead).as(d.name()).matches(".{7,120}[a-zA-Z0-9)]");
                  assertThat(open.accepts(open.example())).isTrue();
                  assertThat(Effective.isReadable(d.name(), open.example())).isTrue();
                }
                case DirectiveOverride.Setting(var closed, var open) ->
                    assertThat(List.of(closed, open))
                        .as(d.name())
                        .allSatisfy(it -> assertThat(it.accepts(it.example())).isTrue())
                        .allSatisfy(
                            it ->
                                assertThat(Effective.isReadable(d.name(), it.example())).isTrue());
                case DirectiveOverride.Ladder(var words, _) ->
                    assertThat(words).as(d.name()).hasSizeGreaterThan(2).doesNotHaveDuplicates();
                case DirectiveOverride.Switch _, DirectiveOverride.Filter() -> {}
              }
            });
  }

  /** Of a directive of the default sandbox that nothing shows, nobody can say that it holds. */
  @Test
  void nearlyAllOfTheDefaultSandboxShows() throws IOException {
    var written =
        new TreeSet<>(
            names(LINE, Files.readString(Path.of("src/test/resources/golden/closed.service"))));
    assertThat(written)
        .filteredOn(name -> DirectiveTable.find(name).orElseThrow().evidence().isEmpty())
        .containsExactlyInAnyOrder(
            "KeyringMode", "SecureBits", "PartOf", "RequiresMountsFor", "WantedBy");
  }

  @ParameterizedTest
  @EnumSource(Evidence.class)
  void allEvidenceIsOfSomeDirective(Evidence evidence) {
    assertThat(DirectiveTable.shownBy(evidence)).isNotEmpty();
  }

  /** Whatever a line of the compiler is called, the table has it. */
  @Test
  void everyLineThatTheCompilerWritesHasARow() throws IOException {
    var written = new TreeSet<String>();
    try (Stream<Path> units = Files.list(Path.of("src/test/resources/golden"))) {
      for (Path unit : units.filter(f -> f.toString().endsWith(".service")).toList()) {
        written.addAll(names(LINE, Files.readString(unit)));
      }
    }
    assertThat(written).hasSizeGreaterThan(60);
    try (Stream<Path> sources = Files.list(Path.of("src/main/java/dev/sandbar/core/compile"))) {
      for (Path source : sources.toList()) {
        written.addAll(names(EMITTED, Files.readString(source)));
      }
    }
    assertThat(written).hasSizeGreaterThan(70);
    assertThat(DirectiveTable.all().keySet()).containsAll(written);
  }

  private static List<String> names(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(match -> match.group(1)).toList();
  }
}
