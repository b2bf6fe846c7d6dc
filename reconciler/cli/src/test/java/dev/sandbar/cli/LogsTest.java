package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogsTest {

  private static String logged(Runnable configure) {
    PrintStream before = System.err;
    var bytes = new ByteArrayOutputStream();
    System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      configure.run();
      var log = LoggerFactory.getLogger("dev.sandbar.device.agent.Agent");
      log.debug("nobody reads it");
      log.info("revision={} action=ready", "main");
      log.warn("app={} action=fail\nsecond line 100%", "pump");
      log.error("action=round {}", "fault");
      LoggerFactory.getLogger("org.eclipse.jgit.Any").error("a stack trace");
    } finally {
      System.setErr(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @AfterEach
  void commandsAgain() {
    Logs.ofCommand();
  }

  @Test
  void theJournalGetsThePriorityOfEachLine() {
    assertThat(logged(() -> Logs.ofAgent(Map.of("JOURNAL_STREAM", "8:12345"))))
        .isEqualTo(
            """
            <6>INFO Agent - revision=main action=ready
            <4>WARN Agent - app=pump action=fail
            <4>second line 100%
            <3>ERROR Agent - action=round fault
            """);
  }

  @Test
  void aPersonGetsLinesWithoutIt() {
    assertThat(logged(() -> Logs.ofAgent(Map.of())))
        .startsWith("INFO Agent - revision=main action=ready\nWARN Agent - app=pump");
  }

  @Test
  void aCommandLogsNothing() {
    assertThat(logged(Logs::ofCommand)).isEmpty();
  }
}
