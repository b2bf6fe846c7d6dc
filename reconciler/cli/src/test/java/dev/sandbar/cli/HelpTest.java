package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class HelpTest {

  @TempDir Path folder;

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

  /** In bash itself, with a sandbar that knows two apps and a device. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sandbar status '' | pump web",
        "sandbar logs w | web",
        "sandbar explain netw | networkNamespace networkStatus",
        "sandbar fleet permissions hos | hostname",
        "sandbar fleet logs -n factory device.s | device.sandbar.dev/pump-1",
        "sandbar fleet seal --device '' | pump-1",
        "sandbar status -o '' | table wide name json yaml",
        "sandbar drift --color '' | auto always never",
        "sandbar validate '' | (files)",
        "sandbar apply apps/ '' | (files)",
      })
  void bashCompletesNamesAndFiles(String line, String offered) throws Exception {
    Path script = folder.resolve("sandbar.bash");
    Files.writeString(script, Ran.sandbar("completion", "bash").out());
    String program =
        """
        compopt() { :; }
        sandbar() {
          case $* in
            'status -o name') printf 'pump\\nweb\\n' ;;
            'fleet status -o name') printf 'appsandbox.sandbar.dev/pump\\ndevice.sandbar.dev/pump-1\\n' ;;
          esac
        }
        . %s
        complete -p sandbar | grep -q -- '-o default -F _sandbar_names' || echo 'files are not offered'
        COMP_WORDS=(%s)
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _sandbar_names
        echo "${COMPREPLY[*]:-(files)}"
        """
            .formatted(script, line);
    Process bash = new ProcessBuilder("bash", "-c", program).redirectErrorStream(true).start();
    String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(said.strip()).isEqualTo(offered);
  }

  /** In each form that kubectl takes. */
  @ParameterizedTest
  @ValueSource(strings = {"-ojson", "-o=json", "-o json", "--output=json", "--output json"})
  void theFormatIsWrittenAsForKubectl(String option) {
    var args = new ArrayList<>(List.of("version"));
    args.addAll(List.of(option.split(" ")));
    Ran ran = Ran.sandbar(args.toArray(String[]::new));
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out()).startsWith("{");
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
