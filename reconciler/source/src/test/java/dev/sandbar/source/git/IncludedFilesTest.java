package dev.sandbar.source.git;

import static dev.sandbar.source.git.Polls.fetched;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.gitserver.TestRepository;
import dev.sandbar.source.Inclusion;
import dev.sandbar.source.Manifests;
import dev.sandbar.source.ObjectSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of a repository that manifests name as the content of their files. */
class IncludedFilesTest {

  @TempDir private Path temp;
  private final Manifests.Memory memory = new Manifests.Memory();
  private TestRepository repository;

  @BeforeEach
  void createRepository() throws IOException {
    repository = TestRepository.create(temp.resolve("repo"));
    repository.write("site/other.yaml", app("other", "content: x"));
  }

  @Test
  void theirTextIsTheContent() throws IOException {
    repository
        .write("site/broker.yaml", app("broker", "from: {file: conf/broker.conf}"))
        .write("site/conf/broker.conf", "port 1883\n# ${device.name}\n")
        .commit();
    assertThat(content(read(), "broker")).isEqualTo("port 1883\n# ${device.name}\n");
    assertThat(read().diagnostics()).isEmpty();
  }

  @Test
  void aChangeOfTheFileAloneIsAChangeOfTheApp() throws IOException {
    repository
        .write("site/broker.yaml", app("broker", "from: {file: broker.conf}"))
        .write("site/broker.conf", "one")
        .commit();
    ObjectSet first = read();
    repository.write("site/broker.conf", "two").commit();
    ObjectSet second = read();
    assertThat(content(first, "broker")).isEqualTo("one");
    assertThat(content(second, "broker")).isEqualTo("two");
    assertThat(manifest(second, "other")).as("read once").isSameAs(manifest(first, "other"));
  }

  @Test
  void whatIsNamedIsNoManifest() throws IOException {
    repository
        .write("site/metrics.yaml", app("metrics", "from: {file: prometheus.yml}"))
        .write("site/prometheus.yml", "global: {scrape_interval: 15s}\n")
        .commit();
    ObjectSet read = read();
    assertThat(content(read, "metrics")).startsWith("global:");
    assertThat(read.diagnostics()).isEmpty();
    assertThat(read.complete()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sandbar.dev/v1alpha1", "\"sandbar.dev\\/v1alpha1\""})
  void aManifestCannotBeNamedForItsAppsWouldVanish(String version) throws IOException {
    String hidden = app("hidden", "content: x").replace("sandbar.dev/v1alpha1", version);
    repository
        .write("site/broker.yaml", app("broker", "from: {file: hidden.yaml}"))
        .write("site/hidden.yaml", hidden)
        .commit();
    ObjectSet read = read();
    assertThat(names(read)).containsExactly("hidden", "other");
    assertThat(errors(read))
        .containsExactly(
            "site/broker.yaml:7:40: spec.files[0].from.file: 'hidden.yaml' is read as a manifest"
                + " itself");
  }

  /** Else what it declares would pass for removed. */
  @Test
  void aManifestThatCannotBeReadStaysAnErrorThoughItIsNamed() throws IOException {
    repository
        .write("site/broker.yaml", app("broker", "from: {file: broken.yaml}"))
        .write("site/broken.yaml", app("hidden", "content: [x"))
        .commit();
    ObjectSet read = read();
    assertThat(read.complete()).isFalse();
    assertThat(errors(read))
        .anyMatch(it -> it.endsWith("'broken.yaml' is read as a manifest itself"))
        .anyMatch(it -> it.startsWith("site/broken.yaml:"));
  }

  /** Nor is it held against what stands in for it that it is no sealed text. */
  @ParameterizedTest
  @ValueSource(strings = {"{file: none.age}", "{file: ../none.age}", "{secret: x}"})
  void aSecretThatCannotBeReadIsOneError(String from) throws IOException {
    repository.write("site/pump.yaml", withSecret(from)).commit();
    assertThat(errors(read())).singleElement().asString().contains("spec.secrets[0].from");
    assertThat(names(read())).containsExactly("other");
  }

  /** An empty file is no secret, whatever stands in for those that cannot be read. */
  @Test
  void aFileWithoutASealedTextIsNamed() throws IOException {
    repository
        .write("site/pump.yaml", withSecret("{file: token.age}"))
        .write("site/token.age", "")
        .commit();
    assertThat(errors(read())).singleElement().asString().contains("is not an armored file of age");
  }

  private static String withSecret(String from) {
    return app("pump", "content: x") + "  secrets: [{name: token, from: " + from + "}]\n";
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "missing.conf            | is not there",
        "conf                    | is not there",
        "conf/a.conf/b           | is not there",
        "../outside.conf         | cannot be used: the name leaves its folder",
        "conf/../conf/a.conf     | cannot be used: the name leaves its folder",
        "/etc/passwd             | cannot be used: the name leaves its folder",
        "./conf/a.conf           | cannot be used: the name leaves its folder",
        "conf//a.conf            | cannot be used: the name leaves its folder",
        ".hidden                 | is hidden, and hidden files are not read",
        ".git/config             | is hidden, and hidden files are not read",
        "'\"a\\\\b\"'            | cannot be used: the name holds a backslash or a character that"
            + " cannot be seen",
        "link.conf               | is a symbolic link, which is not followed",
        "linked/passwd           | is a symbolic link, which is not followed",
        "large.conf              | has more than 65536 bytes",
        "pointer.conf            | is only a pointer into Git LFS, which is not read",
        "binary.conf             | is not UTF-8 text without NUL",
        "nul.conf                | is not UTF-8 text without NUL",
      })
  void whatCannotBeUsedRefusesThatAppAlone(String file, String why) throws IOException {
    Path folder = repository.directory.resolve("site");
    repository
        .write("outside.conf", "x")
        .write("site/broker.yaml", app("broker", "from: {file: " + file + "}"))
        .write("site/conf/a.conf", "x")
        .write("site/.hidden", "x")
        .write("site/large.conf", "x".repeat(Inclusion.MOST_BYTES + 1))
        .write("site/pointer.conf", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
        .write("site/nul.conf", "a\0b");
    Files.write(folder.resolve("binary.conf"), new byte[] {(byte) 0xff, (byte) 0xfe});
    Files.createSymbolicLink(folder.resolve("link.conf"), Path.of("/etc/passwd"));
    Files.createSymbolicLink(folder.resolve("linked"), Path.of("/etc"));
    repository.commit();

    ObjectSet read = read();
    assertThat(names(read)).containsExactly("other");
    assertThat(read.refused()).containsOnlyKeys(new AppName("broker"));
    assertThat(read.complete()).isTrue();
    assertThat(errors(read)).hasSize(1);
    assertThat(errors(read).getFirst())
        .startsWith("site/broker.yaml:7:40: spec.files[0].from.file: ")
        .endsWith(why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'from: {file: a.conf}, content: x'      | has content and from",
        "'from: a.conf'                          | must name either a file or a key of a ConfigMap",
        "'from: {file: 3}'                       | must name either a file or a key of a ConfigMap",
        "'from: {file: a.conf, mode: x}'         | must name either a file or a key of a ConfigMap",
      })
  void whatIsNotUnderstoodIsSaid(String entry, String why) throws IOException {
    repository.write("site/broker.yaml", app("broker", entry)).write("site/a.conf", "x").commit();
    ObjectSet read = read();
    assertThat(names(read)).containsExactly("other");
    assertThat(errors(read)).anyMatch(it -> it.contains("spec.files[0]") && it.endsWith(why));
  }

  private ObjectSet read() {
    var source =
        new GitRepositorySource(
            GitSettings.of(repository.directory.toUri().toString()).withPath("site"),
            GitLimits.DEFAULT,
            temp.resolve("clone"));
    return Manifests.parse(fetched(source.poll("")), memory);
  }

  private static String content(ObjectSet read, String app) {
    return find(read, app).app().files().stream().map(AppFile::text).findFirst().orElseThrow();
  }

  private static Object manifest(ObjectSet read, String app) {
    return find(read, app).manifest();
  }

  private static ObjectSet.App find(ObjectSet read, String app) {
    return read.apps().stream()
        .filter(it -> it.app().name().value().equals(app))
        .findFirst()
        .orElseThrow(() -> new AssertionError(read.diagnostics().toString()));
  }

  private static List<String> names(ObjectSet read) {
    return read.apps().stream().map(it -> it.app().name().value()).toList();
  }

  private static List<String> errors(ObjectSet read) {
    return read.diagnostics().stream()
        .filter(it -> it.severity() == Diagnostic.Severity.ERROR)
        .map(it -> it.at() + ": " + it.message())
        .toList();
  }

  private static String app(String name, String entry) {
    return """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: %s}
        spec:
          run: {command: [/usr/bin/true]}
          files:
            - {path: /run/a.conf, %s}
        """
        .formatted(name, entry);
  }
}
