package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.model.SafeText;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EscapedTextTest {

  private static final String ALPHABET =
      "abc 019\t\n\r\0\u0001\u007f\"'\\%$;:~#=[]{}|&<>*?!@-_./é\u2028\ud83d\ude00\ud83d";

  private static final List<Function<String, EscapedText>> FORMS =
      List.of(
          EscapedText::words,
          EscapedText::raw,
          text -> EscapedText.paths(List.of(text)),
          text -> EscapedText.bind(text, text),
          text -> EscapedText.variable("NAME", text),
          text -> EscapedText.command(List.of("/bin/true", text)),
          text -> EscapedText.device(text, "rw"));

  @Test
  void nothingEverStartsANewLineOrSwallowsTheNextOne() {
    var random = new Random(1);
    int passed = 0;
    for (int i = 0; i < 8_000; i++) {
      String text = text(random);
      for (Function<String, EscapedText> form : FORMS) {
        try {
          String line = form.apply(text).text();
          passed++;
          assertThat(line.chars()).noneMatch(c -> c == '\n' || c == '\r' || c == 0);
          assertThat(line).doesNotEndWith("\\");
          assertThat(SafeText.problemIn(text)).isEmpty();
        } catch (IllegalArgumentException refused) {
          assertThat(refused).hasMessageNotContaining("\n");
        }
      }
    }
    assertThat(passed).isGreaterThan(1000);
  }

  @Test
  void aCommandReachesTheProgramUnchanged() {
    var random = new Random(2);
    for (int i = 0; i < 5_000; i++) {
      String text = text(random);
      if (SafeText.problemIn(text).isPresent()) {
        continue;
      }
      String line = EscapedText.command(List.of("/bin/x", text)).text();
      assertThat(line).startsWith(":\"/bin/x\" \"");
      assertThat(asSystemdReads(line.substring(":\"/bin/x\" ".length()))).isEqualTo(text);
      String variable = EscapedText.variable("A", text).text();
      assertThat(asSystemdReads(variable)).isEqualTo("A=" + text);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\nb", "a\rb", "a\0b", "a\\", "a\u0007", "\ud83d"})
  void unsafeTextIsRefusedInEveryForm(String text) {
    for (Function<String, EscapedText> form : FORMS) {
      assertThatThrownBy(() -> form.apply(text)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aUnitShowsAllOfItsText() {
    EscapedText command =
        EscapedText.command(List.of("/bin/x", "a\tb\u009b2J\u202e\udb40\udc01\ud83d\ude00"));
    assertThat(command.text())
        .isEqualTo(":\"/bin/x\" \"a\\tb\\u009b2J\\u202e\\U000e0001\ud83d\ude00\"");
    for (String text : List.of("a\u009b", "a\u202eb", "\u2066")) {
      assertThatThrownBy(() -> EscapedText.raw(text)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void percentIsDoubledWhereSpecifiersAreExpanded() {
    assertThat(EscapedText.raw("50%n").text()).isEqualTo("50%%n");
    assertThat(EscapedText.paths(List.of("/a%b")).text()).isEqualTo("\"/a%%b\"");
    assertThat(EscapedText.variable("A", "100%").text()).isEqualTo("\"A=100%%\"");
    assertThat(EscapedText.command(List.of("/x", "%h")).text()).isEqualTo(":\"/x\" \"%%h\"");
    assertThat(EscapedText.words("50%").text()).isEqualTo("50%");
  }

  @Test
  void quotesKeepSeparatorsFromSeparating() {
    assertThat(EscapedText.command(List.of("/x", ";", "$HOME", "a b", "say \"hi\"")).text())
        .isEqualTo(":\"/x\" \";\" \"$HOME\" \"a b\" \"say \\\"hi\\\"\"");
    assertThat(EscapedText.bind("/a:b", "/c d").text()).isEqualTo("\"/a:b\":\"/c d\"");
    assertThat(EscapedText.paths(List.of("/plain", "-/a b")).text()).isEqualTo("/plain \"-/a b\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes;no", "a\"b", "$x", "a\\b", "(x)", "é"})
  void wordsAreOfAClosedVocabulary(String text) {
    assertThatThrownBy(() -> EscapedText.words(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {" a", "a ", "a\tb"})
  void rawValuesHaveNoBlankThatSystemdWouldTrim(String text) {
    assertThatThrownBy(() -> EscapedText.raw(text)).isInstanceOf(IllegalArgumentException.class);
  }

  private static String text(Random random) {
    var text = new StringBuilder();
    for (int i = random.nextInt(12); i >= 0; i--) {
      int index = random.nextInt(ALPHABET.length());
      text.append(ALPHABET.charAt(index));
    }
    return text.toString();
  }

  /**
   * One quoted item as systemd.syntax(7) and systemd.unit(5) have it: unescape, then specifiers.
   */
  private static String asSystemdReads(String quoted) {
    assertThat(quoted).startsWith("\"").endsWith("\"");
    var out = new StringBuilder();
    String inner = quoted.substring(1, quoted.length() - 1);
    for (int i = 0; i < inner.length(); i++) {
      char c = inner.charAt(i);
      if (c == '\\') {
        i++;
        char escaped = inner.charAt(i);
        assertThat("tuU\\\"").contains(String.valueOf(escaped));
        if (escaped == 'u' || escaped == 'U') {
          int digits = escaped == 'u' ? 4 : 8;
          out.appendCodePoint(Integer.parseInt(inner, i + 1, i + 1 + digits, 16));
          i += digits;
        } else {
          out.append(escaped == 't' ? '\t' : escaped);
        }
      } else {
        assertThat(c).isNotEqualTo('"');
        out.append(c);
      }
    }
    String percents = out.toString();
    assertThat(percents.replace("%%", "")).doesNotContain("%");
    return percents.replace("%%", "%");
  }
}
