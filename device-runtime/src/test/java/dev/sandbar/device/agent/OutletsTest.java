package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.kernel.BootTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutletsTest {

  @TempDir Path root;

  @Test
  void theLogsOfAlertsOfEarlierVersionsAreRemoved() throws Exception {
    Path former = Files.createDirectories(root.resolve("var/lib/sandbar/alerts"));
    Files.writeString(former.resolve("chat.log"), "0a1b2c3d\tdropped\t0\n");
    Files.writeString(former.resolve("chat.log.new"), "");
    var options =
        new AgentOptions(
            root, "", List.of(), DeviceSettings.DEFAULT, Duration.ZERO, Backoff.STANDARD);
    Outlets.open(options).close();
    assertThat(former).doesNotExist();
    assertThat(former.getParent()).exists();
  }

  @Test
  void whatStillHoldsIsWrittenWithAnotherTimeAndNothingElse() throws Exception {
    var options =
        new AgentOptions(
            root, "", List.of(), DeviceSettings.DEFAULT, Duration.ZERO, Backoff.STANDARD);
    String begun = "2026-01-31T12:00:00.123Z";
    var written = new Stamp(Instant.parse(begun), new BootTime("boot", 7));
    Path status = root.resolve("run/sandbar/status.json");
    try (Outlets outlets = Outlets.open(options)) {
      outlets.writtenStillHolds(written);
      assertThat(status).doesNotExist();
      // What an app says may be the same text.
      String text =
          "{\"kind\":\"DeviceStatus\",\"writtenAt\":\"%s\",\"uptimeSeconds\":%d,\"message\":\"%s\"}";
      outlets.write(
          Node.mapping(
              List.of(
                  Node.entry("kind", Node.text("DeviceStatus")),
                  Node.entry("writtenAt", Node.text(begun)),
                  Node.entry("uptimeSeconds", Node.number(7)),
                  Node.entry("message", Node.text(begun)))),
          written);
      assertThat(status).content().isEqualToIgnoringNewLines(text.formatted(begun, 7, begun));
      outlets.writtenStillHolds(
          new Stamp(Instant.parse("2026-01-31T12:00:27Z"), new BootTime("boot", 34)));
      assertThat(status)
          .content()
          .isEqualToIgnoringNewLines(text.formatted("2026-01-31T12:00:27Z", 34, begun));
    }
  }
}
