package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Printable;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DiagnosticPrinterTest {

  private static String printed(String line, String message) {
    var bytes = new ByteArrayOutputStream();
    var out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    new DiagnosticPrinter(out, Paint.NONE, Map.of("a\u202e.yaml", line))
        .print(
            List.of(
                Diagnostic.error(
                    Problem.INVALID_VALUE, new Location("a\u202e.yaml", 1, 3), message, "fix it")));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** Else a line reads as another, or its mark stands below the wrong place. */
  @Test
  void whatDoesNotShowAsItselfIsAQuestionMark() {
    String text = printed("\ufeffkey: \u202eevil\u3164\udb40\udc41", "it holds \u2066this\u200b");
    assertThat(text).contains("a?.yaml:1:3: error: it holds ?this?", "| ?key: ?evil??", "|   ^");
    assertThat(text.replace("\n", "").codePoints()).allMatch(SafeText::isVisible);
  }

  @Test
  void noMessageIsLongerThanPeopleRead() {
    String text = printed("key: a", "x".repeat(35_000));
    assertThat(text).hasSizeLessThan(SafeText.LONGEST_MESSAGE + 200).contains("xxx...");
  }

  @Test
  void whatDevicesReportShowsNothingInvisible() {
    assertThat(Printable.of("a\u202eb\ufeff\u200b\n\u001b[2J"))
        .isEqualTo("a\ufffdb\ufffd\ufffd\n\ufffd[2J");
  }
}
