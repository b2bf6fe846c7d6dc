package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.Permission;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the page on the fleet shows is what the commands print and take. */
class FleetDocsTest {
  private static final Path PAGE = Path.of("../../docs/fleet-cli.md");
  private static final Pattern COMMAND =
      Pattern.compile("(?:^|\\| |\\$ )(sandbar|kubectl sandbar) ([^|\\n`]+)$", Pattern.MULTILINE);

  static List<String> commands() throws IOException {
    var commands = new ArrayList<String>();
    Matcher matcher = COMMAND.matcher(Files.readString(PAGE));
    while (matcher.find()) {
      boolean plugin = matcher.group(1).startsWith("kubectl");
      commands.add((plugin ? "fleet " : "") + matcher.group(2).strip());
    }
    return commands;
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandIsTaken(String command) {
    String[] args = command.split(" ");
    var terminal =
        Terminal.piped(
            new ByteArrayInputStream(new byte[0]),
            new ByteArrayOutputStream(),
            new ByteArrayOutputStream(),
            Map.of());
    assertThat(CommandTree.of(args, terminal).parseArgs(args).subcommands()).isNotEmpty();
  }

  /** {@code -Dsandbar.docs.write=true} writes the table anew that has a row per permission. */
  @Test
  void everyOutputIsTheOneThatIsTested() throws IOException {
    String page = Files.readString(PAGE);
    if (Boolean.getBoolean("sandbar.docs.write")) {
      String table = Files.readString(Path.of("src/test/resources/golden/fleet-permissions.txt"));
      page =
          page.replaceFirst(
              "(?s)\nPERMISSION .*?```", Matcher.quoteReplacement("\n" + table + "```"));
      Files.writeString(PAGE, page);
    }
    for (String name : List.of("status", "drift", "attest", "internet", "permissions", "trace")) {
      String output = Files.readString(Path.of("src/test/resources/golden/fleet-" + name + ".txt"));
      assertThat(page).contains("\n" + output + "```");
    }
  }

  @Test
  void theCompletionOfKubectlKnowsEveryCommand() throws IOException {
    var terminal =
        Terminal.piped(
            new ByteArrayInputStream(new byte[0]),
            new ByteArrayOutputStream(),
            new ByteArrayOutputStream(),
            Map.of());
    String script = Files.readString(Path.of("../../kubectl_complete-sandbar"));
    Matcher words = Pattern.compile("0 \\| 1\\) words ([a-z ]+) ;;").matcher(script);
    assertThat(words.find()).isTrue();
    assertThat(new TreeSet<>(Arrays.asList(words.group(1).split(" "))))
        .isEqualTo(new TreeSet<>(FleetCommand.line(terminal).getSubcommands().keySet()));
  }

  /** {@code -Dsandbar.docs.write=true} writes them anew. */
  @Test
  void theCompletionOfKubectlKnowsEveryPermission() throws IOException {
    Path script = Path.of("../../kubectl_complete-sandbar");
    String keys =
        Arrays.stream(Permission.values()).map(Permission::key).collect(Collectors.joining(" "));
    String line = "permissions) words " + keys + " ;;";
    if (Boolean.getBoolean("sandbar.docs.write")) {
      Files.writeString(
          script, Files.readString(script).replaceFirst("permissions\\) words .*;;", line));
    }
    assertThat(script).content().contains(line);
  }
}
