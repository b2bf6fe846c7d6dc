package dev.sandbar.device.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.device.store.StateStore;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent that is killed between any two instructions loses no alert that it has taken in. */
class CrashTest {

  private static final Pattern NUMBER = Pattern.compile("observed value (\\d+)");

  @TempDir Path folder;

  private static final int FEW = 500;
  private static final int KILLS = 3;

  /** The program that is killed: publishes for ever, and says what it has published. */
  static final class Victim {
    private Victim() {}

    public static void main(String[] args) throws Exception {
      var senders = Alerts.senders("- {name: hook, webhook: '" + args[1] + "'}");
      var dispatcher =
          AlertDispatcher.open(new StateStore(Path.of(args[0])), senders, Alerts.quick());
      for (int i = Integer.parseInt(args[2]); ; i++) {
        dispatcher.publish(
            List.of(Alerts.firing("Directive" + i % 5, "value " + i, Instant.now())));
        System.out.println(i);
        System.out.flush();
        while (dispatcher.status().getFirst().waiting() > FEW) {
          // A full queue drops the oldest, which is another test's business.
          Thread.sleep(1);
        }
      }
    }
  }

  @Test
  void killedWhileSendingItLosesNothingAndKeepsTheOrder() throws Exception {
    int last = -1;
    try (var server = RecordingServer.accepting()) {
      for (int life = 0; life < KILLS; life++) {
        last = killAfter(server, last + 1, 60 + 40 * life);
      }
      assertThat(server.received.size()).as("killed in the middle").isBetween(1, last);
      var senders = Alerts.senders("- {name: hook, webhook: '" + server.url() + "'}");
      try (var dispatcher =
          AlertDispatcher.open(new StateStore(queue()), senders, Alerts.quick())) {
        Alerts.await(
            "all is sent",
            Duration.ofSeconds(20),
            () -> dispatcher.status().getFirst().waiting() == 0);
        assertThat(dispatcher.status().getFirst().dropped()).isZero();
      }
      List<Integer> numbers = numbers(server);
      for (int i = 0; i <= last; i++) {
        assertThat(numbers).contains(i);
      }
      // Each kill may make one come twice, but none before one that was published earlier.
      List<Integer> firsts = numbers.stream().distinct().toList();
      assertThat(firsts).isSorted();
      assertThat(numbers.size() - firsts.size()).isLessThanOrEqualTo(KILLS);
    }
  }

  private Path queue() {
    return folder.resolve("queue");
  }

  /** Returns the last number that the victim took in for sure. */
  private int killAfter(RecordingServer server, int from, int many) throws Exception {
    Process victim =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Victim.class.getName(),
                queue().toString(),
                server.url(),
                Integer.toString(from))
            .redirectError(folder.resolve("victim.log").toFile())
            .start();
    int last = from - 1;
    int before = server.received.size();
    try (BufferedReader out = victim.inputReader(StandardCharsets.UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        last = Integer.parseInt(line);
        if (last >= from + many && server.received.size() > before) {
          // Through its handle: the process object would close the pipe that is read here.
          victim.toHandle().destroyForcibly();
        }
      }
    }
    assertThat(victim.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(victim.exitValue()).as("killed by SIGKILL").isEqualTo(137);
    return last;
  }

  private static List<Integer> numbers(RecordingServer server) {
    List<Integer> numbers = new ArrayList<>();
    for (String body : server.bodies()) {
      Matcher matcher = NUMBER.matcher(body);
      assertThat(matcher.find()).isTrue();
      numbers.add(Integer.valueOf(matcher.group(1)));
    }
    return numbers;
  }
}
