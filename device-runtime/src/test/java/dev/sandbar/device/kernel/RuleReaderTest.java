package dev.sandbar.device.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.PacketRules;
import dev.sandbar.core.compile.SharedRules;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** With the nftables of a real kernel. */
final class RuleReaderTest {

  private static final String APP = "/sandbar.slice/sandbar-pump.service";

  @Test
  void readsTheRulesAlsoAfterALookThatAskedAboutNoApp() throws Exception {
    try (var device = VirtualDevice.named("rules").boot()) {
      Path file = device.root().resolve(SharedRules.FILE.substring(1));
      Files.createDirectories(file.getParent());
      Files.writeString(file, "");
      device.exec("nft", "add", "table", "ip", "sandbar-pump").orThrow();
      var reader = new RuleReader(device.root());

      reader.begin();
      assertThat(reader.read(APP).tables()).containsOnlyKeys("sandbar-pump");
      reader.end();
      for (int i = 0; i < 3; i++) {
        reader.begin();
        reader.end();
        reader.begin();
        assertThat(reader.read(APP).read()).as("after a look at nothing").isTrue();
        reader.end();
      }

      device.exec("nft", "add", "chain", "ip", "sandbar-pump", "ports").orThrow();
      reader.begin();
      assertThat(reader.read(APP).tables())
          .hasEntrySatisfying(
              "sandbar-pump", table -> assertThat(table.chains()).containsOnlyKeys("ports"));
      reader.end();
    }
  }

  @Test
  void readsNothingWhereNoAppEverNeededIt() throws Exception {
    try (var device = VirtualDevice.named("no-rules").boot()) {
      var reader = new RuleReader(device.root());
      reader.begin();
      assertThat(reader.read(APP)).isEqualTo(PacketRules.UNREAD);
      reader.end();
      reader.begin();
      assertThat(reader.read(APP).read()).as("it was asked for").isTrue();
      reader.end();
    }
  }
}
