package dev.sandbar.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.model.DeviceSettingsReader;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands of a device refuse before they look at one, and what init writes. */
class DeviceCommandsTest {
  @TempDir private Path temp;

  private static String said(Ran ran) {
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
    return ran.err().replaceAll("\\s+", " ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "logs ../../etc | is not the name of an app",
        "logs --since=yesterday pump | --since yesterday is no time",
        "logs -n -1 pump | --lines -1 is no number of lines",
        "logs -n 99999999999 pump | is no number of lines",
        "suspend | no app is given",
        "suspend --all pump | exclude each other",
        "suspend Pump | is not the name of an app",
        "resume | no app is given",
        "reconcile gitsource apps | Of a fleet: sandbar fleet reconcile gitsource apps",
        "reconcile --timeout=soon | --timeout soon is no span of time",
      })
  void wrongArgumentsAreNamed(String line, String message) {
    assertThat(said(Ran.sandbar(line.split(" ")))).contains(message);
  }

  @Test
  void aTimeIsASpanOrAPoint() {
    assertThat(Duration.between(LogsCommand.time("10m"), Instant.now()))
        .isBetween(Duration.ofMinutes(10), Duration.ofMinutes(11));
    assertThat(LogsCommand.time("2026-01-31T12:00:00Z"))
        .isEqualTo(Instant.parse("2026-01-31T12:00:00Z"));
    assertThat(LogsCommand.time("2026-01-31T12:00"))
        .isEqualTo(LogsCommand.time("2026-01-31 12:00:00"));
    assertThat(LogsCommand.time("2026-01-31").atZone(ZoneId.systemDefault()).getHour()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--output=json", "2026-13-01", "10 m", "@5", "-1h", "1h; reboot"})
  void anythingElseIsNone(String text) {
    assertThatThrownBy(() -> LogsCommand.time(text))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("is no time");
  }

  @Test
  void initWritesWhatIsRightAndOverwritesNothing() throws IOException {
    Path fleet = temp.resolve("new/fleet");
    var ran = Ran.sandbar("init", fleet.toString());
    assertThat(ran.code()).isZero();
    assertThat(ran.out()).contains("hello.yaml", "agent.yaml", "sandbar plan " + fleet);
    var all = Ran.sandbar("validate", fleet.toString());
    assertThat(all.code()).as(all.err()).isZero();
    assertThat(all.out()).contains("2 files, 1 app: no error");
    byte[] settings = Files.readAllBytes(fleet.resolve("agent.yaml"));
    var document = YamlReader.read("agent.yaml", settings).documents().getFirst();
    assertThat(DeviceSettingsReader.read(document))
        .isInstanceOf(DeviceSettingsReader.Outcome.Read.class);

    // The agent's configuration is checked as the agent reads it.
    Files.writeString(
        fleet.resolve("agent.yaml"), new String(settings, UTF_8).replace("labels:", "label:"));
    var wrong = Ran.sandbar("validate", fleet.toString());
    assertThat(wrong.out() + wrong.err()).contains("agent.yaml:5:1", "unknown field 'label'");
    assertThat(wrong.code()).isEqualTo(1);

    Files.delete(fleet.resolve("agent.yaml"));
    Files.writeString(fleet.resolve("apps/hello.yaml"), "mine");
    var again = Ran.sandbar("init", fleet.toString());
    assertThat(said(again)).contains("exists already, and nothing was written");
    assertThat(fleet.resolve("agent.yaml")).doesNotExist();
    assertThat(fleet.resolve("apps/hello.yaml")).hasContent("mine");
  }
}
