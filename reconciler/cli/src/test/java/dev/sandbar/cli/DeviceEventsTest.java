package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.cli.document.Fields;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** events, one app in detail, wide, name and watch, over what an agent wrote. */
class DeviceEventsTest {
  private static final String STATUS =
      """
      {"writtenAt": "%s", "staleAfterSeconds": 60,
       "agent": {"version": "1.2.3", "lastHandledReconcileAt": "", "suspended": false},
       "source": {"url": "https://git.example.com/apps", "revision": "main@sha1:3b1f0c5a"},
       "apps": [
         {"name": "pump", "revision": "main@sha1:3b1f0c5a", "generation": "0123abcd",
          "suspended": true, "permissions": ["internet", "ports=8080/tcp", "ports=9090/tcp"],
          "directives": {"enforced": 38, "degraded": ["IPAddressDeny"], "unsupported": [],
            "unknown": ["SystemCallFilter", "LockPersonality"]},
          "conditions": [
            {"type": "Drifted", "status": "True", "reason": "DriftDetected",
             "message": "IPAddressDeny differs", "lastTransitionTime": "%s"},
            {"type": "Ready", "status": "False", "reason": "DriftDetected",
             "message": "IPAddressDeny differs", "lastTransitionTime": "%s"}],
          "drift": [
            {"unit": "sandbar-pump.service", "layer": "MANAGER", "subject": "IPAddressDeny",
             "declared": "0.0.0.0/0 ::/0", "observed": "(none)",
             "since": "2026-01-31T12:00:00Z"}]},
         {"name": "quiet", "revision": "main@sha1:3b1f0c5a", "generation": "9a1b2c", "suspended": false,
          "permissions": [], "conditions": [
            {"type": "Ready", "status": "True", "reason": "ReconciliationSucceeded",
             "message": "Applied revision: main@sha1:3b1f0c5a", "lastTransitionTime": "%s"}],
          "drift": []}]}
      """;

  @TempDir private Path temp;
  private String file = "";
  private String events = "";

  @BeforeEach
  void written() throws IOException {
    file = temp.resolve("status.json").toString();
    events = temp.resolve("events.json").toString();
    status(Duration.ZERO);
    var items = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      items.append(
          """
          {"firstTimestamp": "%1$s", "lastTimestamp": "%1$s", "count": %2$d, "type": "Warning",
           "app": "pump", "reason": "DriftDetected", "message": "number %2$d"},
          """
              .formatted(Instant.now().minusSeconds(180), i + 1));
    }
    Files.writeString(
        Path.of(events),
        """
        {"apiVersion": "sandbar.dev/v1alpha1", "kind": "EventList", "items": [%s
          {"firstTimestamp": "%s", "lastTimestamp": "%s", "count": 1, "type": "Normal",
           "app": "quiet", "reason": "Resumed", "message": "as \\u001b[31mdeclared"}]}
        """
            .formatted(items, Instant.now(), Instant.now()));
  }

  private void status(Duration ago) throws IOException {
    Instant at = Instant.now().minus(ago);
    Files.writeString(Path.of(file), STATUS.formatted(at, at, at, at));
  }

  @Test
  void oneAppIsShownInWords() {
    var ran = Ran.sandbar("status", "pump", "--file", file);
    assertThat(ran.code()).isZero();
    assertThat(ran.err()).isEmpty();
    assertThat(ran.out().lines()).allMatch(line -> line.length() <= 80);
    assertThat(ran.out())
        .contains("unit: sandbar-pump.service", "sandbar resume pump")
        .containsPattern("Ready +False +\\d+ s +DriftDetected +IPAddressDeny differs")
        .containsPattern("internet +Open connections to public addresses")
        .containsPattern("ports +[A-Z]")
        .contains("enforced: 38 directives", "degraded: IPAddressDeny")
        .contains("unknown: 2 that the agent cannot read; see: sandbar attest pump")
        .contains("pump drifted: manager IPAddressDeny", "number 8")
        .doesNotContain("number 3", "Resumed");
    assertThat(ran.out().replaceAll("\\s+", " ")).contains("Here: 8080/tcp, 9090/tcp.");
    assertThat(Ran.sandbar("status", "quiet", "--file", file).out())
        .contains("nothing but to run")
        .doesNotContain("Drift");
  }

  @Test
  void oneAppForMachinesIsStable() {
    Fields app = Parsed.json(Ran.sandbar("status", "pump", "-o", "json", "--file", file).out());
    assertThat(app.keys())
        .containsExactly(
            "apiVersion",
            "kind",
            "ageSeconds",
            "stale",
            "unit",
            "name",
            "revision",
            "generation",
            "suspended",
            "permissions",
            "directives",
            "conditions",
            "drift",
            "events");
    assertThat(app.text("kind")).isEqualTo("AppStatus");
    assertThat(app.flag("suspended")).isTrue();
    assertThat(app.list("events", n -> Fields.of(n).text("message"))).hasSize(5);
  }

  @Test
  void anUnknownAppIsAnErrorAndAStaleOneIsUnknown() throws IOException {
    var unknown = Ran.sandbar("status", "pomp", "--file", file);
    assertThat(unknown.code()).isEqualTo(1);
    assertThat(unknown.err()).contains("there is no app pomp on this device");
    status(Duration.ofMinutes(5));
    var stale = Ran.sandbar("status", "quiet", "--file", file);
    assertThat(stale.code()).isEqualTo(1);
    assertThat(stale.out()).containsPattern("Ready +Unknown").doesNotContain("True");
  }

  @Test
  void wideIsOneLineARowAndNamesAreNothingElse() {
    String wide = Ran.sandbar("status", "-o", "wide", "--file", file).out();
    assertThat(wide)
        .contains("SUSPENDED", "GENERATION", "HEALTHY")
        .containsPattern(
            "\npump +False +True +Unknown +True +sandbar-pump.service .*0123abcd +susp");
    assertThat(Ran.sandbar("status", "-o", "name", "--file", file).out())
        .isEqualTo("pump\nquiet\n");
    assertThat(Ran.sandbar("drift", "-o", "name", "--file", file))
        .isEqualTo(new Ran(2, "pump\n", ""));
    assertThat(Ran.sandbar("drift", "-o", "wide", "--file", file).out())
        .containsPattern("pump +sandbar-pump.service +manager +IPAddressDeny +0.0.0.0/0 ::/0 ");
    assertThat(Ran.sandbar("status", "--file", file).out())
        .contains("suspended; IPAddressDeny differs");
    assertThat(Ran.sandbar("status", "-o", "short", "--file", file).err().replaceAll("\\s+", " "))
        .contains("table, wide, name, json, yaml");
  }

  @Test
  void eventsAreListedTheNewestLast() {
    var all = Ran.sandbar("events", "--file", events);
    assertThat(all.code()).isZero();
    assertThat(all.out().lines()).hasSize(10).allMatch(line -> line.length() <= 80);
    assertThat(all.out().lines().toList().get(2))
        .matches("3 min \\(x2\\) +Warning +DriftDetected +pump +number 2");
    assertThat(all.out().lines().toList().getLast())
        .contains("Resumed", "quiet")
        .doesNotContain("\u001B");
    assertThat(Ran.sandbar("events", "quiet", "--file", events).out().lines()).hasSize(2);
    Fields list = Parsed.json(Ran.sandbar("events", "pump", "-o", "json", "--file", events).out());
    assertThat(list.text("kind")).isEqualTo("EventList");
    assertThat(list.list("items", n -> String.join(" ", Fields.of(n).keys())))
        .hasSize(8)
        .containsOnly("firstTimestamp lastTimestamp count type app reason message");
    assertThat(Ran.sandbar("events", "-o", "yaml", "--file", events).out()).contains("items:");
  }

  @Test
  void noEventsOfAnAppThatIsThereAreAnAnswer() throws IOException {
    Files.delete(Path.of(events));
    assertThat(Ran.sandbar("events", "quiet", "--file", events))
        .isEqualTo(new Ran(0, "no events\n", ""));
    assertThat(Ran.sandbar("events", "pomp", "--file", events).code()).isEqualTo(1);
    Files.delete(Path.of(file));
    assertThat(Ran.sandbar("events", "--file", events).err()).contains("no agent has reported");
  }

  @Test
  void theVersionOfBothIsShown() throws IOException {
    assertThat(Ran.sandbar("version", "--file", file).out())
        .startsWith("client: ")
        .contains("agent:  1.2.3");
    status(Duration.ofMinutes(5));
    Fields version = Parsed.json(Ran.sandbar("version", "-o", "json", "--file", file).out());
    assertThat(version.child("agent").flag("running")).isFalse();
    assertThat(version.child("client").keys()).isEqualTo(List.of("version", "platform"));
  }

  @Test
  void whoWatchesSeesChangesAndNothingTwice() throws Exception {
    var out = new Pictures(2);
    var code = new AtomicInteger(-1);
    Thread watching =
        Thread.ofPlatform()
            .daemon()
            .start(
                () ->
                    code.set(
                        Main.run(
                            new String[] {"status", "-w", "--file", file},
                            InputStream.nullInputStream(),
                            out,
                            OutputStream.nullOutputStream(),
                            Map.of())));
    assertThat(out.shown.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
    // The same again, only later, is nothing new.
    replace("(writtenAt\": \")[^\"]*", "$1" + Instant.now());
    assertThat(out.shown.tryAcquire(1200, TimeUnit.MILLISECONDS)).isFalse();
    replace("\"suspended\": true", "\"suspended\": false");
    // Nobody reads on after the second picture: that ends it.
    assertThat(watching.join(Duration.ofSeconds(30))).isTrue();
    assertThat(code).hasValue(0);
  }

  private void replace(String pattern, String by) throws IOException {
    Path next = temp.resolve("next");
    Files.writeString(next, Files.readString(Path.of(file)).replaceAll(pattern, by));
    Files.move(
        next, Path.of(file), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Takes so many pictures, then is closed like the pipe of head(1). */
  private static final class Pictures extends OutputStream {
    private final Semaphore shown = new Semaphore(0);
    private int left;

    Pictures(int pictures) {
      this.left = pictures;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      flush();
      if (new String(bytes, from, length, StandardCharsets.UTF_8).contains("REVISION")) {
        left--;
        shown.release();
      }
    }

    @Override
    public void flush() throws IOException {
      if (left == 0) {
        throw new IOException("closed");
      }
    }
  }
}
