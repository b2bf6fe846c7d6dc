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

  private static Node document(Node spec) {
    return Node.mapping(
        List.of(
            Node.entry("apiVersion", Node.text("sandbar.dev/v1alpha1")),
            Node.entry("kind", Node.text("GitSource")),
            Node.entry("metadata", Node.mapping(List.of(Node.entry("name", Node.text("a"))))),
            Node.entry("spec", spec)));
  }

  private static Node map(String field, String... entries) {
    var inner = new java.util.ArrayList<Node.Entry>();
    for (int i = 0; i < entries.length; i += 2) {
      inner.add(Node.entry(entries[i], Node.text(entries[i + 1])));
    }
    return Node.mapping(
        List.of(
            Node.entry("url", Node.text("https://example.com/a.git")),
            Node.entry(field, Node.mapping(inner))));
  }

  /** The default of drift was filled in by the API server, so that each of them has the text. */
  @Test
  void textOfReleasesBeforeGoesOnWhereItIsStored() {
    assertThat(read(spec("ref", "main", "drift", "Correct")).ref()).isEqualTo("main");
    assertThat(read(spec("ref", "main", "drift", "Correct")).correct()).isTrue();
    assertThat(read(spec("drift", "Detect")).correct()).isFalse();
    assertThat(read(spec()).ref()).isEqualTo("HEAD");
    assertThat(read(spec("ref", "")).ref()).isEqualTo("HEAD");
    // As a client writes it that has read it into the types of the kinds.
    assertThat(read(map("ref", "name", "main")).ref()).isEqualTo("main");
  }

  @ParameterizedTest
  @CsvSource({
    "main, {branch: main}",
    "v1.4.0, {tag: v1.4.0} if it is a tag",
    "refs/heads/main, {branch: main}",
    "refs/tags/v1, {tag: v1}",
    "refs/pull/7/head, {name: refs/pull/7/head}",
    "0123456789012345678901234567890123456789, {commit: 0123456789012345678901234567890123456789}"
  })
  void textThatPeopleWriteIsRefusedWithTheForm(String written, String form) {
    assertThat(GitSourceReader.read(document(spec("ref", written))).toString())
        .contains("spec.ref must be a map", "write ref: ", form);
    assertThat(GitSourceReader.read(document(spec("drift", "Detect"))).toString())
        .contains("spec.drift must be a map", "write drift: {mode: Detect}");
  }

  @ParameterizedTest
  @CsvSource({
    "branch, main, refs/heads/main",
    "tag, v1, refs/tags/v1",
    "commit, 0123456789012345678901234567890123456789, 0123456789012345678901234567890123456789",
    // A branch that looks like a commit is a branch.
    "branch, 0123456789012345678901234567890123456789,"
        + " refs/heads/0123456789012345678901234567890123456789",
    "name, refs/pull/7/head, refs/pull/7/head"
  })
  void aRefIsWrittenAsForFlux(String key, String written, String ref) {
    Node spec = map("ref", key, written);
    assertThat(read(spec).ref()).isEqualTo(ref);
    assertThat(GitSourceReader.read(document(spec)))
        .isInstanceOf(GitSourceReader.Outcome.Read.class);
    assertThat(read(map("drift", "mode", "Detect")).correct()).isFalse();
    assertThat(read(map("drift")).correct()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "branch, refs/heads/main, write ref: {branch: main}",
    "branch, -x, is no branch",
    "branch, '', is no branch",
    "tag, refs/tags/v1, write ref: {tag: v1}",
    "commit, main, write its 40 hexadecimal digits",
    "commit, 0123, write its 40 hexadecimal digits",
    "semver, 1.x, unknown field 'semver'"
  })
  void otherRefsAreRefusedWithTheForm(String key, String written, String help) {
    assertThat(GitSourceReader.stored(map("ref", key, written)).toString()).contains(help);
    assertThat(GitSourceReader.stored(map("ref")).toString()).contains("has no field");
    assertThat(GitSourceReader.stored(map("ref", "branch", "a", "tag", "b")).toString())
        .contains("has several fields", "write one of branch, tag, commit and name");
    assertThat(GitSourceReader.stored(map("drift", "ignore", "a")).toString())
        .contains("unknown field 'ignore'");
  }

  @Test
  void aNameThatPeopleWriteIsAFullOne() {
    assertThat(GitSourceReader.read(document(map("ref", "name", "main"))).toString())
        .contains("a full name such as refs/heads/main");
  }

  @Test
  void whatAnotherReleaseHasStoredIsLeftAloneAndWhatPeopleMistypeIsNot() {
    Node spec = spec("intervall", "5m");
    assertThat(read(spec).interval()).isEqualTo(Duration.ofMinutes(1));
    assertThat(GitSourceReader.read(document(spec)).toString())
        .contains("unknown field 'intervall'", "interval");
  }
}
