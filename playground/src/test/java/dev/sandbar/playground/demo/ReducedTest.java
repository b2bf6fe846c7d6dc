package dev.sandbar.playground.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.cli.Main;
import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.vdev.Prerequisites.Lack;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a machine shows on which no device can be booted. */
class ReducedTest {
  private final ByteArrayOutputStream told = new ByteArrayOutputStream();
  private final Story story =
      new Story(new Narrator(new PrintStream(told, true, StandardCharsets.UTF_8), Paint.NONE));

  private static SandbarCommand.Said sandbar(List<String> arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code =
        Main.run(
            arguments.toArray(String[]::new), InputStream.nullInputStream(), out, err, Map.of());
    return new SandbarCommand.Said(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void saysWhatIsMissingAndShowsWhatNeedsNoDevice() throws Exception {
    var lack = new Lack("You are not root", "Run the same command as root", List.of());
    new Reduced(story, ReducedTest::sandbar).tell(List.of(lack));
    String text = told.toString(StandardCharsets.UTF_8);
    assertThat(story.asTold()).as(text).isTrue();
    assertThat(text)
        .contains("You are not root. Run the same command as root.")
        .contains("PrivateNetwork           yes")
        .contains("RootImage=/var/lib/sandbar/images/sha256-")
        .containsPattern("uplink  changes, with a restart because of [A-Za-z, \\n]*PrivateNetwork");
    assertThat(text.lines())
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(Terminal.WIDTH));
  }
}
