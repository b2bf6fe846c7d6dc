package dev.sandbar.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OneLineTest {
  @Test
  void noControlCharacterOfAnyAlphabetGetsThrough() {
    assertThat(OneLine.of("a\u009b31m\u202e\u2028\u0085b\u001b")).isEqualTo("a 31m b");
  }

  @Test
  void whatATerminalWouldObeyIsGone() {
    assertThat(OneLine.of("no\r\nway\u001b[31m \u202etxt.exe\t!"))
        .isEqualTo("no way [31m txt.exe !");
    assertThat(OneLine.of((String) null)).isEqualTo("null");
  }

  @Test
  void aLongTextIsCutBetweenCharacters() {
    assertThat(OneLine.of("x".repeat(300))).hasSize(300).doesNotContain(".");
    assertThat(OneLine.of("x".repeat(301))).hasSize(300).endsWith("x...");
    String faces = "\uD83D\uDE00".repeat(20);
    assertThat(OneLine.of(faces, 10)).isEqualTo("\uD83D\uDE00".repeat(3) + "...");
    assertThat(OneLine.of(faces, 11)).isEqualTo("\uD83D\uDE00".repeat(4) + "...");
  }

  @Test
  void aFailureWithoutAMessageIsNamed() {
    assertThat(OneLine.of(new IllegalStateException("gone\nfor good"))).isEqualTo("gone for good");
    assertThat(OneLine.of(new IllegalStateException())).isEqualTo("IllegalStateException");
  }

  @Test
  void aDefectSaysWhatAndWhere() {
    assertThat(OneLine.defect(new IllegalStateException("a\nb")))
        .matches("IllegalStateException: a b \\(at OneLineTest\\.java:\\d+\\)");
    assertThat(
            OneLine.defect(new RuntimeException("outer", new RuntimeException("no", new Error()))))
        .matches("RuntimeException: outer, caused by Error \\(at OneLineTest\\.java:\\d+\\)");
  }

  @Test
  void aDefectElsewhereIsPlacedWhereSandbarMetIt() {
    var elsewhere = new NumberFormatException("x");
    elsewhere.setStackTrace(
        new StackTraceElement[] {new StackTraceElement("java.lang.Long", "parse", "Long.java", 1)});
    assertThat(OneLine.defect(elsewhere)).isEqualTo("NumberFormatException: x");
    assertThat(OneLine.defect(new RuntimeException("bad", elsewhere)))
        .matches(
            "RuntimeException: bad, caused by NumberFormatException: x"
                + " \\(at OneLineTest\\.java:\\d+\\)");
  }

  @Test
  void aCircleOfCausesEnds() {
    var first = new RuntimeException("first");
    var second = new RuntimeException("second", first);
    first.initCause(second);
    assertThat(OneLine.defect(first)).startsWith("RuntimeException: first");
  }
}
