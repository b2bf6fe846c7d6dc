package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class HelpTest {

  static List<String> everyCommand() {
    var names = new ArrayList<String>();
    collect(
        CommandTree.whole(
            Terminal.piped(
                new ByteArrayInputStream(new byte[0]),
                new ByteArrayOutputStream(),
                new ByteArrayOutputStream(),
                Map.of())),
        "",
        names);
    return names;
  }

  private static void collect(CommandLine line, String path, List<String> names) {
    names.add(path.strip());
    line.getSubcommands().forEach((name, sub) -> collect(sub, path + " " + name, names));
  }

  @ParameterizedTest
  @MethodSource("everyCommand")
  void everyPageFitsTheTerminalAndHasAnExample(String command) {
    var page = Ran.sandbar(words(command, "--help"));
    assertThat(page.code()).isZero();
    assertThat(page.err()).isEmpty();
    assertThat(page.out()).startsWith("Usage: sandbar " + command);
    assertThat(page.out().lines()).allMatch(line -> line.length() <= 80, "fits 80 columns");
    String examples = page.out().substring(page.out().indexOf("\nExamples:\n") + 1);
    assertThat(examples).contains("  sandbar " + command);
    assertThat(page.out()).endsWith("\n").doesNotContain("\n\n\n");
  }

  @ParameterizedTest
  @MethodSource("everyCommand")
  void helpOfACommandIsTheSameInBothSpellings(String command) {
    assertThat(Ran.sandbar(words("help " + command)))
        .isEqualTo(Ran.sandbar(words(command, "--help")));
  }

  @Test
  void theFirstPageListsTheCommandsAndTheExitCodes() {
    assertThat(Ran.sandbar().out())
        .isEqualTo(Ran.sandbar("--help").out())
        .contains("Commands:", "  explain", "  drift", "  completion", "Exit codes:")
        .doesNotContain("  device", "  demo");
  }

  @Test
  void theVersionNamesTheProgramAndItsJava() {
    assertThat(Ran.sandbar("--version").out()).startsWith("sandbar ").contains("Java 25");
  }

  @Test
  void completionKnowsTheCommands() {
    assertThat(Ran.sandbar("completion").out()).contains("complete ").contains("suspend");
    assertThat(Ran.sandbar("completion", "zsh").out()).contains("bashcompinit");
    assertThat(Ran.sandbar("completion", "fish").out())
        .contains("complete -c sandbar -n '__sandbar_at' -a status -d 'Show the apps of this")
        .contains("complete -c sandbar -n '__sandbar_at fleet' -a suspend -d ")
        .contains("complete -c sandbar -n '__sandbar_in logs' -s f -l follow -d ")
        .contains("complete -c sandbar -n '__sandbar_in fleet status' -l kubeconfig -r -F -d ")
        .contains("complete -c sandbar -n '__sandbar_at logs' -a '(__sandbar_apps)'")
        .contains("including those declared later")
        .doesNotContain("$$KUBECONFIG");
    assertThat(Ran.sandbar("completion", "csh").err()).contains("bash, zsh, fish");
  }

  @Test
  void colourIsForTerminals() {
    assertThat(Ran.sandbar("--help").out()).doesNotContain("\u001B");
    assertThat(Ran.onTerminal(Map.of(), "", "--help").out()).contains("\u001B");
    assertThat(Ran.onTerminal(Map.of("NO_COLOR", "1"), "", "--help").out())
        .doesNotContain("\u001B");
    assertThat(Ran.onTerminal(Map.of("TERM", "dumb"), "", "--help").out()).doesNotContain("\u001B");
    assertThat(Ran.onTerminal(Map.of(), "", "--color=never", "--help").out())
        .doesNotContain("\u001B");
    assertThat(Ran.sandbar("--color", "always", "--help").out()).contains("\u001B");
  }

  private static String[] words(String... texts) {
    return Arrays.stream(texts)
        .flatMap(text -> Stream.of(text.split(" ")))
        .filter(word -> !word.isEmpty())
        .toArray(String[]::new);
  }
}
