package dev.sandbar.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GitSourceReaderTest {

  private static Node spec(String... fields) {
    var entries = new java.util.ArrayList<Node.Entry>();
    entries.add(Node.entry("url", Node.text("https://example.com/a.git")));
    for (int i = 0; i < fields.length; i += 2) {
      entries.add(Node.entry(fields[i], Node.text(fields[i + 1])));
    }
    return Node.mapping(entries);
  }

  private static GitSourceSettings read(Node spec) {
    return GitSourceReader.stored(spec) instanceof GitSourceReader.Outcome.Read(var settings)
        ? settings
        : org.junit.jupiter.api.Assertions.fail(GitSourceReader.stored(spec).toString());
  }

  /** As Flux and agent.yaml write it. */
  @ParameterizedTest
  @CsvSource({
    "./plant, plant",
    "plant/, plant",
    "./plant/berlin/, plant/berlin",
    "., ''",
    "./, ''",
    "a, a"
  })
  void aPathIsReadInItsPlainForm(String written, String plain) {
    assertThat(read(spec("path", written)).path()).isEqualTo(plain);
  }

  @ParameterizedTest
  @CsvSource({"1h30m, 5400", "90s, 90", "1h0m30s, 3630", "5m, 300"})
  void periodsAreWrittenAsInKubernetes(String written, long seconds) {
    assertThat(read(spec("interval", written)).interval()).isEqualTo(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @CsvSource({"''", "1h30", "soon", "-5m", "1.5h", "1d", "999ms", "0s"})
  void otherPeriodsAreRefusedWithTheForm(String written) {
    assertThat(GitSourceReader.stored(spec("interval", written)).toString())
        .contains("is not a length of time", "1h30m");
  }

  @Test
  void whatAnotherReleaseHasStoredIsLeftAloneAndWhatPeopleMistypeIsNot() {
    Node spec = spec("intervall", "5m");
    assertThat(read(spec).interval()).isEqualTo(Duration.ofMinutes(1));
    Node document =
        Node.mapping(
            List.of(
                Node.entry("apiVersion", Node.text("sandbar.dev/v1alpha1")),
                Node.entry("kind", Node.text("GitSource")),
                Node.entry("metadata", Node.mapping(List.of(Node.entry("name", Node.text("a"))))),
                Node.entry("spec", spec)));
    assertThat(GitSourceReader.read(document).toString())
        .contains("unknown field 'intervall'", "interval");
  }
}
