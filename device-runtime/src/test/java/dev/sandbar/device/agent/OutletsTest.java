package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.report.Backoff;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
}
