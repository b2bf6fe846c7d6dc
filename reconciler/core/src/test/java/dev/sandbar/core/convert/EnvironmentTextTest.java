package dev.sandbar.core.convert;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Files of variables, as systemd.exec(5) has them. */
class EnvironmentTextTest {

  @Test
  void aFileIsReadAsSystemdReadsIt() {
    String text =
        """
        # A comment \\
        A=of two lines
        ; another
        PLAIN=  one two\t
        DOUBLE="one  $two \\"three\\" \\n"   # no comment
        SINGLE='a\\b "c"'
        JOINED=a" b "'c'
        LONG=first \\
        second
        LINES="first
        second"
        ESCAPED=a\\ b\\c\\ \\
        nonsense
        1BAD=x
        LAST=1
        LAST=2
        EMPTY=
        """;
    assertThat(EnvironmentText.read(text))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "PLAIN", "one two",
                "DOUBLE", "one  $two \"three\" \\n   # no comment",
                "SINGLE", "a\\b \"c\"",
                "JOINED", "a b c",
                "LONG", "first second",
                "LINES", "first\nsecond",
                "ESCAPED", "a bc nonsense",
                "LAST", "2",
                "EMPTY", ""));
  }

  @Test
  void whatEndsInTheMiddleEndsThere() {
    for (String text : new String[] {"A=\"b", "A='b", "A=b\\", "A=b", "#\\", "A=\"b\\"}) {
      assertThat(EnvironmentText.read(text).getOrDefault("A", "b")).startsWith("b");
    }
  }
}
