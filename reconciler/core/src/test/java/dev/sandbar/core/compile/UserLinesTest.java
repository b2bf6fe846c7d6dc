package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.compiled;
import static dev.sandbar.core.compile.CompilerTest.errors;
import static dev.sandbar.core.compile.CompilerTest.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.property.DynamicUserName;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Of {@code run.user}, that the name and the home are right for whatever uid systemd picks. */
class UserLinesTest {

  private static String spec(String user, String rest) {
    return "{run: {command: [/usr/bin/app], user: {%s}}%s}".formatted(user, rest);
  }

  private static List<String> lines(CompiledApp app, String path) {
    return app.files().stream()
        .filter(file -> file.path().equals(path))
        .map(AppFile::text)
        .flatMap(String::lines)
        .toList();
  }

  @Test
  void everyUidThatTheAppCanHaveHasItsNameAndTheLikeliestIsFirst() {
    CompiledApp app =
        compiled(spec("name: postgres", ", permissions: {state: true}"), TestDevice.with(257));
    List<String> passwd = lines(app, "/etc/passwd");
    String likeliest = Integer.toString(DynamicUserName.uid("sandbar-app"));

    assertThat(passwd).startsWith("root:x:0:0:root:/root:/usr/sbin/nologin");
    assertThat(passwd.get(1))
        .isEqualTo("postgres:x:%s:%s::/var/lib/sandbar-app:/bin/sh", likeliest, likeliest);
    var uids = new TreeSet<Integer>();
    passwd.stream()
        .filter(line -> line.startsWith("postgres:"))
        .forEach(line -> assertThat(uids.add(Integer.valueOf(line.split(":")[2]))).isTrue());
    assertThat(uids).hasSize(DynamicUserName.LAST - DynamicUserName.FIRST + 1);
    assertThat(uids.first()).isEqualTo(DynamicUserName.FIRST);
    assertThat(uids.last()).isEqualTo(DynamicUserName.LAST);
    assertThat(lines(app, "/etc/group")).contains("postgres:x:%s:".formatted(likeliest));
    assertThat(values(app, "Environment"))
        .contains("\"HOME=/var/lib/sandbar-app\"", "\"USER=postgres\"", "\"LOGNAME=postgres\"");
    assertThat(values(app, "DynamicUser")).containsExactly("yes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name: a | '' | /tmp",
        "name: a | ', permissions: {cache: true, logs: true}' | /var/cache/sandbar-app",
        "'name: a, home: /tmp/x' | '' | /tmp/x",
        "'name: a, home: /var/lib/sandbar-app/home' | ', permissions: {state: true}' | /var/lib/sandbar-app/home",
      })
  void aHomeIsWhereTheAppCanWrite(String user, String rest, String home) {
    assertThat(values(compiled(spec(user, rest), TestDevice.with(257)), "Environment"))
        .contains("\"HOME=%s\"".formatted(home));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'name: a, home: /root' | ''",
        "'name: a, home: /var/lib/sandbar-other' | ', permissions: {state: true}'",
        "'name: a, home: /var/lib/sandbar-application' | ', permissions: {state: true}'",
        "'name: a, home: /var/lib/sandbar-app' | ', permissions: {cache: true}'",
        "'name: a, home: /' | ', permissions: {state: true}'",
        "name: a | ', mode: Open'",
      })
  void anotherHomeIsRefusedAndSoIsAnAppThatIsRoot(String user, String rest) {
    assertThat(errors(spec(user, rest), TestDevice.with(257)))
        .singleElement()
        .satisfies(it -> assertThat(it.message()).contains("run.user"));
  }
}
