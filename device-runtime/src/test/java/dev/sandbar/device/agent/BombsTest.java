package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What others have made never ends an agent: what no server or repository of a test can send, and
 * what ends the memory itself, in a process with the flags of the packaged agent.
 */
class BombsTest {
  private static final Path LAUNCHER = Path.of("../sandbar");
  private static final Pattern FLAG = Pattern.compile("(?<=\\s)-X[A-Za-z0-9:+=,.-]+(?=\\s)");

  @TempDir private Path folder;

  private record Ended(int code, String output) {}

  @Test
  void noBombEndsTheAgent() throws Exception {
    Ended ended = run("inside");
    assertThat(ended.output()).doesNotContain("FAILED", "OutOfMemoryError", "StackOverflowError");
    assertThat(ended.code()).as(ended.output()).isZero();
    assertThat(ended.output().lines().toList())
        .anyMatch(it -> it.startsWith("the largest files: 0 apps, TOO_LARGE"))
        .anyMatch(it -> it.startsWith("long texts: 0 apps, TOO_LARGE"))
        .anyMatch(it -> it.startsWith("apps with a user: 100 apps, "))
        .anyMatch(it -> it.startsWith("an answer of lists: refused: TOO_LARGE"))
        .anyMatch(it -> it.startsWith("an answer of fields: refused: TOO_LARGE"))
        .anyMatch(it -> it.startsWith("a revision beyond all limits: the newest revision is too"))
        .anyMatch(it -> it.startsWith("an image beyond all limits: the image is too large"))
        .anyMatch(it -> it.startsWith("an ordinary source afterwards: 1 apps, "));
  }

  /** Where nobody knows what was left half done, the service starts the agent again. */
  @Test
  void memoryThatEndsElsewhereEndsTheProcess() throws Exception {
    Ended ended = run("outside");
    assertThat(ended.code()).isEqualTo(3);
    assertThat(ended.output()).contains("action=end the agent has no memory left");
  }

  private Ended run(String argument) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.add("-XX:+UnlockDiagnosticVMOptions");
    command.addAll(flags());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(BombedAgent.class.getName(), argument));
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(3, TimeUnit.MINUTES)).as("it ends").isTrue();
      return new Ended(process.exitValue(), Files.readString(output));
    } finally {
      process.destroyForcibly();
    }
  }

  /** Those that the launcher gives an agent. */
  private static List<String> flags() throws IOException {
    String text = Files.readString(LAUNCHER);
    String agent = text.substring(text.indexOf("set -- -Xms"), text.indexOf("-Djdk.reflect"));
    String all = text.substring(text.lastIndexOf("exec \"$jdk/bin/java\""));
    List<String> flags =
        FLAG.matcher(agent + all).results().map(it -> it.group()).distinct().toList();
    assertThat(flags).contains("-Xmx64m", "-Xss256k", "-XX:+UseSerialGC");
    return flags;
  }
}
