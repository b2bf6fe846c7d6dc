package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.source.git.GitSettings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the command line of the agent says wins over its file, option by option. */
class AgentOptionsTest {

  private static final DeviceSettings.Git IN_FILE =
      new DeviceSettings.Git(
          "https://file.example.com/fleet.git",
          "file-ref",
          "file/path",
          Duration.ofMinutes(7),
          "/file/token",
          "file-user",
          "/file/key",
          "/file/hosts",
          "/file/ca");

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void settings() throws IOException {
    file =
        Files.writeString(
            folder.resolve("agent.yaml"),
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: AgentConfig
            labels: {site: berlin}
            metricsPort: 9464
            git:
              url: https://file.example.com/fleet.git
              ref: file-ref
              path: file/path
              interval: 7m
              tokenFile: /file/token
              username: file-user
              sshKeyFile: /file/key
              knownHostsFile: /file/hosts
              caFile: /file/ca
            """);
  }

  private DeviceSettings parsed(String... options) throws IOException {
    var arguments = new ArrayList<>(List.of("agent", "--config", file.toString()));
    arguments.addAll(List.of(options));
    String[] line = arguments.toArray(String[]::new);
    var nothing = new ByteArrayOutputStream();
    var terminal =
        Terminal.piped(new ByteArrayInputStream(new byte[0]), nothing, nothing, Map.of());
    AgentCommand command =
        CommandTree.of(line, terminal)
            .parseArgs(line)
            .subcommand()
            .commandSpec()
            .commandLine()
            .getCommand();
    return command.settings();
  }

  @Test
  void withoutOptionsTheFileHolds() throws IOException {
    assertThat(parsed().git()).isEqualTo(IN_FILE);
    assertThat(parsed().metricsPort()).isEqualTo(9464);
    assertThat(parsed().labels()).containsExactly(Map.entry("site", "berlin"));
  }

  /** Text stays valid there: {@link #withoutOptionsTheFileHolds}. */
  @Test
  void aRefIsAMapAsInAGitSource() throws IOException {
    String settings = Files.readString(file);
    Files.writeString(file, settings.replace("ref: file-ref", "ref: {tag: v1.4.0}"));
    assertThat(AgentCommand.repository(parsed().git()).ref()).isEqualTo("refs/tags/v1.4.0");
    Files.writeString(file, settings.replace("ref: file-ref", "ref: {tags: v1.4.0}"));
    assertThatThrownBy(this::parsed)
        .hasStackTraceContaining("agent.yaml:7:")
        .hasStackTraceContaining("unknown field 'tags'");
  }

  @Test
  void allOptionsAtOnceReachTheRepositoryThatIsFollowed() throws IOException {
    DeviceSettings settings =
        parsed(
            "--git=https://option.example.com/fleet.git",
            "--ref=option-ref",
            "--path=option/path",
            "--interval=30s",
            "--token-file=/option/token",
            "--ssh-key=/option/key",
            "--known-hosts=/option/hosts",
            "--ca-file=/option/ca",
            "--metrics-port=9999");
    assertThat(settings.git().interval()).isEqualTo(Duration.ofSeconds(30));
    assertThat(settings.metricsPort()).isEqualTo(9999);
    assertThat(settings.labels()).containsExactly(Map.entry("site", "berlin"));
    GitSettings followed = AgentCommand.repository(settings.git());
    assertThat(followed.url()).isEqualTo("https://option.example.com/fleet.git");
    assertThat(followed.ref()).isEqualTo("option-ref");
    assertThat(followed.path()).isEqualTo("option/path");
    assertThat(followed.tokenFile()).isEqualTo("/option/token");
    assertThat(followed.username()).isEqualTo("file-user");
    assertThat(followed.sshKeyFile()).isEqualTo("/option/key");
    assertThat(followed.knownHostsFile()).isEqualTo("/option/hosts");
    assertThat(followed.caFile()).isEqualTo("/option/ca");
  }

  /** The number is that of the component of {@link DeviceSettings.Git}. */
  @ParameterizedTest
  @CsvSource({
    "--git, https://option.example.com/x.git, 0",
    "--ref, option-ref, 1",
    "--path, option/path, 2",
    "--interval, 3s, 3",
    "--token-file, /option/token, 4",
    "--ssh-key, /option/key, 6",
    "--known-hosts, /option/hosts, 7",
    "--ca-file, /option/ca, 8"
  })
  void anOptionChangesItsOwnSettingAndNoOther(String option, String value, int component)
      throws Exception {
    var expected = components(IN_FILE);
    expected.set(component, option.equals("--interval") ? Duration.ofSeconds(3) : value);
    assertThat(components(parsed(option, value).git())).isEqualTo(expected);
  }

  private static List<Object> components(DeviceSettings.Git git)
      throws ReflectiveOperationException {
    var values = new ArrayList<>();
    for (var component : DeviceSettings.Git.class.getRecordComponents()) {
      values.add(component.getAccessor().invoke(git));
    }
    return values;
  }

  @Test
  void anIntervalThatIsNoneIsRefused() {
    for (String wrong : List.of("soon", "0s", "-1m", "10ms")) {
      assertThatThrownBy(() -> parsed("--interval=" + wrong))
          .isInstanceOf(CommandException.class)
          .hasMessageContaining("--interval " + wrong);
    }
  }
}
