package dev.sandbar.device.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class JournalReaderTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final JournalReader.Query ALL =
      new JournalReader.Query(UnitName.own(new AppName("pump")), -1, Instant.EPOCH, false);

  /** A program in the place of journalctl, whose command line is its arguments. */
  private static JournalReader printing(String script) {
    return new JournalReader(List.of("/bin/sh", "-c", script));
  }

  @Test
  void theJournalIsReadWithFixedArguments() {
    assertThat(ALL.arguments())
        .containsExactly(
            "/usr/bin/journalctl",
            "--no-pager",
            "--quiet",
            "--output=short-iso",
            "--unit=sandbar-pump.service",
            "--lines=all");
    assertThat(new JournalReader.Query(ALL.unit(), 5, Instant.ofEpochSecond(90), true).arguments())
        .endsWith("--lines=5", "--since=@90", "--follow");
  }

  @Test
  void whatAUnitWroteIsOneWholeMatchOfItsName() {
    var unit = new UnitName("mosquitto.service");
    assertThat(new JournalReader.Written(unit, 7, Instant.EPOCH).arguments())
        .containsExactly(
            "/usr/bin/journalctl",
            "--no-pager",
            "--quiet",
            "--output=short-iso",
            "--lines=7",
            "_SYSTEMD_UNIT=mosquitto.service");
    assertThat(new JournalReader.Written(unit, 7, Instant.ofEpochSecond(90)).arguments())
        .contains("--since=@90");
    assertThat(new JournalReader.Tail(true, "f\nwhole\n").whole()).isEqualTo("whole\n");
    assertThat(new JournalReader.Tail(false, "f\nwhole\n").whole()).isEqualTo("f\nwhole\n");
    assertThat(new JournalReader.Tail(true, "one that has no end\n").whole()).isEmpty();
  }

  @Test
  void theLastBytesAreKept() throws Exception {
    assertThat(printing("echo one; echo two").tail(ALL, 100, LIMIT))
        .isEqualTo(new JournalReader.Tail(false, "one\ntwo\n"));
    assertThat(printing("seq 1 1000000").tail(ALL, 100_000, LIMIT))
        .satisfies(
            tail -> {
              assertThat(tail.cut()).isTrue();
              assertThat(tail.text()).hasSize(100_000).endsWith("999999\n1000000\n");
            });
  }

  @Test
  void oneThatFailsOrDoesNotEndSaysSo() {
    assertThatThrownBy(() -> printing("exit 3").tail(ALL, 100, LIMIT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("failed with status 3");
    long begun = System.nanoTime();
    for (String script : List.of("yes", "sleep 60", "trap '' TERM; sleep 60")) {
      assertThatThrownBy(() -> printing(script).tail(ALL, 100, Duration.ofSeconds(1)))
          .as(script)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("did not end within 1 s");
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(30));
  }

  /** Of one start alone: journald takes its mark, and the unit, from the kernel. */
  @Test
  void aStartIsAskedForByItsMark() {
    var unit = new UnitName("sandbar-pump.service");
    assertThat(new JournalReader.OfStart(unit, "0123abcd", false, 7).arguments())
        .containsExactly(
            "/usr/bin/journalctl",
            "--no-pager",
            "--quiet",
            "--output=cat",
            "--lines=7",
            "_SYSTEMD_INVOCATION_ID=0123abcd",
            "_SYSTEMD_UNIT=sandbar-pump.service");
    assertThat(new JournalReader.OfStart(unit, "0123abcd", true, 7).arguments())
        .endsWith("_PID=1", "INVOCATION_ID=0123abcd", "UNIT=sandbar-pump.service");
  }

  @Test
  void theStartsBeforeAndAfterAreThoseOfOthers() throws Exception {
    var unit = new UnitName("sandbar-pump.service");
    var journal =
        printing(
            "printf '__CURSOR=a\\nINVOCATION_ID=1\\n\\nINVOCATION_ID=2\\n\\nINVOCATION_ID=3\\n'");
    assertThat(journal.startBefore(unit, "3", LIMIT)).isEqualTo("2");
    assertThat(printing("true").startBefore(unit, "3", LIMIT)).isEmpty();
    assertThat(journal.startAfter(unit, "1", LIMIT)).isEqualTo("2");
    assertThat(journal.startAfter(unit, "3", LIMIT)).isEmpty();
  }
}
