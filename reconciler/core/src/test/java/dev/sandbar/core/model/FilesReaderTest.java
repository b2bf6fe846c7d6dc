package dev.sandbar.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilesReaderTest {

  private static String spec(String files) {
    return "{run: {command: [/usr/bin/app]},\n files: [" + files + "]}";
  }

  @Test
  void readsTextOfAnyKind() {
    AppSpec app =
        FlowText.read(
            "app",
            spec(
                "{path: /run/a/b.conf, content: \"%i $HOME\\n\\ttab \u00e4 \ud83d\ude00\\\\\"},"
                    + " {path: /etc/c, content: \"\", mode: \"0555\"},"
                    + " {path: /run/d, content: \"1\", mode: \"0444\"}"));
    assertThat(app.files())
        .extracting(AppFile::path, AppFile::text, AppFile::executable)
        .containsExactly(
            tuple("/run/a/b.conf", "%i $HOME\n\ttab \u00e4 \ud83d\ude00\\", false),
            tuple("/etc/c", "", true),
            tuple("/run/d", "1", false));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{content: a}|spec.files[0] has no path|add path",
        "{path: /run/a}|spec.files[0] has no content|add content",
        "{path: /run/a, content: 1}|spec.files[0].content must be text|quotes",
        "{path: /run/a, content: {}}|spec.files[0].content must be text|block",
        "{path: /run/a, content: \"a\\0\"}|spec.files[0].content holds a NUL|remove it",
        "{path: /run/a, content: a, mode: 0444}|spec.files[0].mode must be text|quotes",
        "{path: /run/a, content: a, mode: \"0644\"}|'0644' is not one of 0444 or 0555|0555",
        "{path: /run/a, content: a, owner: me}|owner|path, content",
        "{path: run/a, content: a}|is not an absolute path|absolute",
        "{path: /run/../a, content: a}|leaves its root|absolute",
        "{path: /run, content: a}|is reserved|below /run",
        "{path: \"/run/a:b\", content: a}|holds a colon|rename",
        "{path: /usr/bin/app, content: a}|is reserved|below /run",
        "{path: /proc/1/x, content: a}|is reserved|below /run",
        "{path: /dev/x, content: a}|is reserved|below /run",
        "{path: /tmp/x, content: a}|is reserved|below /run",
        "{path: /etc/sandbar/agent.yaml, content: a}|is reserved|below /run",
        "{path: /var/lib/sandbar-other/x, content: a}|is reserved|below /run",
        "{path: /run/a, content: a}, {path: /run/a, content: b}|two entries for '/run/a'|own",
        "{path: /run/a/b, content: a}, {path: /run/a, content: b}|lies in the file '/run/a'|own",
      })
  void saysWhatIsWrongAndNeverTheContent(String files, String message, String help) {
    assertThat(SpecReader.read(FlowText.app("app", spec(files))))
        .isInstanceOfSatisfying(
            SpecReader.Refused.class,
            refused ->
                assertThat(refused.diagnostics())
                    .singleElement()
                    .satisfies(
                        d -> {
                          assertThat(d.message()).contains(message);
                          assertThat(d.help()).contains(help);
                          assertThat(d.at().line()).isPositive();
                        }));
  }

  @Test
  void readsSoManyAndNoMore() {
    String files =
        IntStream.range(0, SpecBounds.MOST_FILES + 1)
            .mapToObj("{path: /run/%d, content: a}"::formatted)
            .collect(Collectors.joining(", "));
    assertThat(SpecReader.read(FlowText.app("app", spec(files))))
        .isInstanceOf(SpecReader.Refused.class);
  }
}
