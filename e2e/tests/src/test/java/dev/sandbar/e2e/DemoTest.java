package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.JsonReader;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo as a user runs it: a process of its own, whose agent runs in the device. */
class DemoTest {
  /** What the first run is promised to take at most, with everything that it installs. */
  private static final Duration LIMIT = Duration.ofMinutes(3);

  @Test
  void everyStepOfTheStoryComesOutAsTold(@TempDir Path folder) throws Exception {
    Path out = folder.resolve("out.json");
    Path err = folder.resolve("err.txt");
    Process demo = demo(out, err);
    assertThat(demo.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    Node report = JsonReader.read("demo", Files.readAllBytes(out)).documents().getFirst();
    assertThat(items(report, "steps"))
        .as(Files.readString(out))
        .allMatch(step -> Texts.at(step, "asTold").equals("true"));
    assertThat(demo.exitValue()).as(Files.readString(err)).isZero();

    Node attempts = field(report, "attempts");
    assertThat(Integer.parseInt(Texts.at(attempts, "total"))).isGreaterThan(200);
    assertThat(Texts.at(attempts, "harmfulOpen")).isEqualTo("0");
    assertThat(Integer.parseInt(Texts.at(field(report, "plainSystemd"), "harmfulOpen")))
        .isGreaterThan(50);
    assertThat(results(field(report, "reach-before"))).containsOnly("denied");
    assertThat(results(field(report, "reach-after"))).containsExactly("open", "timeout", "timeout");
    assertThat(items(report, "apps"))
        .hasSize(3)
        .allMatch(app -> Integer.parseInt(Texts.at(app, "uid")) >= 61184);
    assertThat(items(report, "drift"))
        .extracting(drift -> Texts.at(drift, "then"))
        .contains("detected", "corrected");
    assertThat(items(report, "drift"))
        .extracting(drift -> Texts.at(drift, "layer") + " " + Texts.at(drift, "subject"))
        .contains(
            "file /etc/systemd/system/sandbar-broker.service",
            "file /etc/systemd/system/sandbar-broker.service.d/50-hotfix.conf",
            "manager RestrictNamespaces",
            "manager IPAddressAllow",
            "manager DeviceAllow");
    assertThat(left(demo.pid())).isEmpty();
  }

  @Test
  void nothingIsLeftBehindWhenTheStoryIsInterrupted(@TempDir Path folder) throws Exception {
    Process demo = demo(folder.resolve("out.json"), folder.resolve("err.txt"));
    Awaitility.await().atMost(LIMIT).until(() -> left(demo.pid()).size() == 3 || !demo.isAlive());
    assertThat(demo.isAlive()).as(Files.readString(folder.resolve("err.txt"))).isTrue();
    // What Ctrl-C does to a JVM, SIGTERM does too: it runs the hooks.
    demo.destroy();
    assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
    Awaitility.await().atMost(Duration.ofMinutes(4)).until(() -> left(demo.pid()).isEmpty());
  }

  private static Process demo(Path out, Path err) throws IOException {
    List<String> command =
        ChildJvm.command(
            List.of(),
            System.getProperty("java.class.path"),
            List.of("dev.sandbar.cli.Main", "demo", "-o", "json"));
    return new ProcessBuilder(command)
        .redirectOutput(out.toFile())
        .redirectError(err.toFile())
        .start();
  }

  /** Devices, networks and folders that the process holds: an entry says whose it is. */
  private static List<String> left(long pid) throws IOException {
    var left = new ArrayList<String>();
    for (String kind : List.of("devices", "networks")) {
      Path entries = Path.of("/run/sandbar", kind);
      if (Files.isDirectory(entries)) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(entries, "[a-z]*")) {
          for (Path entry : files) {
            if (owner(entry).startsWith(pid + ":")) {
              left.add(entry.toString());
            }
          }
        }
      }
    }
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(Path.of("/run"), "sandbar-demo-" + pid + "-*")) {
      files.forEach(file -> left.add(file.toString()));
    }
    return left;
  }

  private static String owner(Path entry) {
    try {
      return Files.readString(entry.resolve("owner"));
    } catch (IOException e) {
      return ""; // it went away just now, or outlives its process
    }
  }

  private static Node field(Node node, String key) {
    Node field = node.fields().get(key);
    assertThat(field).as(key).isNotNull();
    return Objects.requireNonNull(field);
  }

  private static List<Node> items(Node node, String key) {
    return field(node, key) instanceof Node.Sequence(_, var items) ? items : List.of();
  }

  private static List<String> results(Node reach) {
    return items(reach, "attempts").stream().map(attempt -> Texts.at(attempt, "result")).toList();
  }
}
