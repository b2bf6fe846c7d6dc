package dev.sandbar.source.git;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Diagnostic;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GitSettingsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://github.com/acme/fleet.git",
        "https://git.example.com:8443/fleet",
        "https://[2001:db8::1]/fleet.git",
        "http://localhost:8080/fleet.git",
        "http://127.0.0.1/fleet.git",
        "http://[::1]:80/fleet.git",
        "file:///srv/git/fleet.git"
      })
  void addressesThatAreSafeAreTaken(String url) {
    assertThat(GitSettings.of(url).problems()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          http://git.example.com/x                 | https
          http://127.0.0.1.evil.example/x          | https
          git://git.example.com/x                  | scheme
          ftp://git.example.com/x                  | scheme
          ext::sh -c id                            | unusual
          amazon-s3://bucket/x                     | scheme
          /srv/git/x                               | scheme
          file://host/srv/git                      | absolute
          file:relative                            | absolute
          https:///x                               | host
          https://-oProxyCommand=x/y               | host
          https://user:hunter2@git.example.com/x   | token file
          https://ghp_hunter2@git.example.com/x    | token file
          ssh://git:hunter2@git.example.com/x      | key file
          git@github.com:acme/fleet.git            | ssh://git@github.com/
          https://git.example.com/x?y=1            | '?'
          --upload-pack=id                         | scheme
          """)
  void addressesThatAreUnsafeAreRefusedWithAMendAndWithoutTheirSecret(String url, String words) {
    List<Diagnostic> problems = GitSettings.of(url).withSshKey("", "").problems();
    assertThat(problems).isNotEmpty();
    assertThat(problems.toString()).contains(words).doesNotContain("hunter2");
    assertThat(problems).allMatch(it -> !it.help().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-x",
        "--upload-pack=id",
        "a..b",
        "a b",
        "refs/../x",
        "a~1",
        "a^{}",
        "a.lock",
        "a:b",
        "*"
      })
  void refsThatAreNoNamesAreRefused(String ref) {
    assertThat(GitSettings.of("https://x.example/y").withRef(ref).problems()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a", "a/", "../a", "a/../b", "a//b", ".", "a/.git/b", "a\\b", "a\nb"})
  void pathsThatLeaveTheRepositoryAreRefused(String path) {
    assertThat(GitSettings.of("https://x.example/y").withPath(path).problems()).isNotEmpty();
  }

  @Test
  void sshNeedsAKeyAndKnownHosts() {
    GitSettings ssh = GitSettings.of("ssh://git@git.example.com:2222/acme/fleet.git");
    assertThat(ssh.problems())
        .extracting(Diagnostic::message)
        .containsExactly("SSH needs a private key", "SSH needs the host key of the server");
    assertThat(ssh.withSshKey("/k", "/h").problems()).isEmpty();
    assertThat(GitSettings.of("ssh://h/a'b").withSshKey("/k", "/h").problems()).isNotEmpty();
  }

  @Test
  void credentialFilesMustFitTheAddress() {
    GitSettings web = GitSettings.of("https://x.example/y");
    assertThat(web.withToken("/t", "git").problems()).isEmpty();
    assertThat(web.withToken("t", "git").problems()).hasSize(1);
    assertThat(web.withToken("/t", "a:b").problems()).hasSize(1);
    assertThat(web.withSshKey("/k", "/h").problems()).hasSize(2);
    assertThat(GitSettings.of("file:///x").withToken("/t", "git").problems()).hasSize(1);
  }
}
