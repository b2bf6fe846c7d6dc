package dev.sandbar.playground.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class NarratorTest {
  private static final String LONG =
      "somebody changes a directive of the unit, and then another one, ".repeat(4).strip();
  private static final String UNBROKEN =
      "/etc/systemd/system.control/" + "sandbar-pump-controller".repeat(8) + ".conf";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Narrator narrator = narrator(Paint.NONE);

  private Narrator narrator(Paint paint) {
    return new Narrator(new PrintStream(out, true, StandardCharsets.UTF_8), paint);
  }

  private List<String> lines() {
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void nothingIsWiderThanATerminal() {
    for (String text : List.of(LONG, UNBROKEN)) {
      narrator.prose(text);
      narrator.point("> ", text);
      narrator.step(text, Duration.ofSeconds(3));
      narrator.wrong(text);
      narrator.pair(text, Style.GOOD, "refused EAFNOSUPPORT");
      narrator.drift(
          new AgentStatus.Drift("pump-controller", "u", "manager", text, text, text),
          Duration.ofMillis(12));
    }
    assertThat(lines())
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(Terminal.WIDTH));
  }

  @Test
  void timesStandInOneColumnAtTheEnd() {
    narrator.step("short", Duration.ofMillis(7));
    narrator.step(LONG, Duration.ofSeconds(61));
    assertThat(lines().getFirst()).hasSize(Terminal.WIDTH).endsWith(" 7 ms");
    assertThat(lines().getLast()).hasSize(Terminal.WIDTH).endsWith(" 61.0 s");
  }

  @Test
  void timesAreReadable() {
    assertThat(Narrator.time(Duration.ofMillis(999))).isEqualTo("999 ms");
    assertThat(Narrator.time(Duration.ofMillis(1234))).isEqualTo("1.2 s");
    assertThat(Narrator.time(Duration.ofSeconds(125))).isEqualTo("2 min 5 s");
  }

  @Test
  void colourChangesNoText() {
    narrator.wrong(LONG);
    narrator.pair("connect", Style.BAD, "OPEN");
    String plain = out.toString(StandardCharsets.UTF_8);
    out.reset();
    Narrator coloured = narrator(new Paint(true));
    coloured.wrong(LONG);
    coloured.pair("connect", Style.BAD, "OPEN");
    String painted = out.toString(StandardCharsets.UTF_8);
    assertThat(painted).contains("\u001B[");
    assertThat(painted.replaceAll("\u001B\\[[0-9]*m", "")).isEqualTo(plain);
  }
}
