package dev.sandbar.device.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.probe.ProbeAttempt;
import dev.sandbar.core.probe.ProbeAttempt.End;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What a kit prints is data of somebody inside the sandbox. */
class KitReportTest {

  private static final String LINE =
      "{\"id\":\"bpf\",\"group\":\"g\",\"title\":\"make a map\",\"result\":\"%s\",\"errno\":\"%s\"}\n";
  private static final String END = "{\"summary\":true,\"attempts\":%d}\n";

  private static KitReport read(String text) {
    return KitReport.read(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void attemptsAreReadAndTheEnd() {
    KitReport report = read(LINE.formatted("denied", "EPERM") + END.formatted(1));
    assertThat(report.attempts())
        .containsExactly(new ProbeAttempt("bpf", "make a map", End.DENIED, "EPERM"));
    assertThat(report.complete()).isTrue();
    assertThat(read(LINE.formatted("denied", "") + END.formatted(2)).complete()).isFalse();
  }

  @Test
  void whatIsNoAttemptIsPassedOver() {
    assertThat(
            read("\n[\n[1]\n{}\n\"x\"\nnull\n{\"id\":[],\"result\":\"open\"}\n"
                    + "{\"id\":\"a\",\"id\":\"b\",\"result\":\"open\"}\n"
                    + "{\"id\":\"a\",\"result\":\"maybe\"}\n"
                    + "{".repeat(5000)
                    + "\n")
                .attempts())
        .isEmpty();
  }

  @Test
  void ofTwoWordsTheWorseCounts() {
    String denied = LINE.formatted("denied", "EPERM");
    String open = LINE.formatted("open", "");
    assertThat(read(denied + open).attempts())
        .singleElement()
        .extracting(ProbeAttempt::end)
        .isEqualTo(End.OPEN);
    assertThat(read(open + denied).attempts())
        .singleElement()
        .extracting(ProbeAttempt::end)
        .isEqualTo(End.OPEN);
  }

  @Test
  void textIsCutAndMadeVisible() {
    ProbeAttempt attempt =
        read("{\"id\":\"a\\u001b[2J\",\"title\":\"" + "t".repeat(900) + "\",\"result\":\"open\"}")
            .attempts()
            .getFirst();
    assertThat(attempt.id()).isEqualTo("a?[2J");
    assertThat(attempt.title()).hasSize(120);
  }

  @Test
  void aFloodIsBounded() {
    var flood = new StringBuilder();
    for (int i = 0; i < 5_000; i++) {
      flood.append("{\"id\":\"").append(i).append("\",\"result\":\"open\"}\n");
    }
    assertThat(read(flood.toString()).attempts()).hasSizeLessThan(2_000);
  }
}
