package dev.sandbar.playground;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class HelpTest {

  static List<String> everyCommand() {
    Terminal terminal =
        Terminal.piped(
            new ByteArrayInputStream(new byte[0]),
            new ByteArrayOutputStream(),
            new ByteArrayOutputStream(),
            Map.of());
    var root = new CommandLine(CommandLine.Model.CommandSpec.create());
    new Checkout().commands().forEach((name, it) -> root.addSubcommand(name, it.apply(terminal)));
    var names = new ArrayList<String>();
    root.getSubcommands().forEach((name, line) -> collect(line, name, names));
    return names;
  }

  private static void collect(CommandLine line, String path, List<String> names) {
    names.add(path);
    line.getSubcommands().forEach((name, sub) -> collect(sub, path + " " + name, names));
  }

  @ParameterizedTest
  @MethodSource("everyCommand")
  void everyPageFitsTheTerminalAndHasAnExample(String command) {
    var page = Ran.sandbar((command + " --help").split(" "));
    assertThat(page.code()).isZero();
    assertThat(page.err()).isEmpty();
    assertThat(page.out()).startsWith("Usage: sandbar " + command);
    assertThat(page.out().lines()).allMatch(line -> line.length() <= 80, "fits 80 columns");
    String examples = page.out().substring(page.out().indexOf("\nExamples:\n") + 1);
    assertThat(examples).contains("  sandbar " + command);
    assertThat(page.out()).endsWith("\n").doesNotContain("\n\n\n");
    assertThat(Ran.sandbar(("help " + command).split(" "))).isEqualTo(page);
  }

  @Test
  void theFirstPageAndTheCompletionNameThem() {
    assertThat(Ran.sandbar("--help").out())
        .containsSubsequence("\n  reconcile ", "\n  device ", "\n  cluster ", "\n  demo ");
    assertThat(Ran.sandbar("completion").out()).contains("power-cut");
  }

  @Test
  void wrongUsageIsToldAsOfEveryCommand() {
    assertThat(Ran.sandbar("devise").err()).contains("Did you mean device?");
    assertThat(Ran.sandbar("device", "boot", "x", "--suit=forky").err())
        .contains("there is no option --suit=forky", "Did you mean --suite?");
    assertThat(Ran.sandbar("device", "boot", "x", "--suite=woody").err().replaceAll("\\s+", " "))
        .contains("woody is none of bookworm, trixie, forky");
    assertThat(Ran.sandbar("device", "boot").err())
        .contains("NAME", "Usage: sandbar device boot --help");
  }
}
