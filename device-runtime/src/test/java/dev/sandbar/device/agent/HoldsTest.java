package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.device.agent.Holds.Hold;
import dev.sandbar.device.store.StateStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person holds, from one agent to the next. */
class HoldsTest {
  private static final AppName PUMP = new AppName("pump");
  private static final Instant NOON = Instant.parse("2026-12-01T12:00:00Z");

  @TempDir private Path root;

  @Test
  void itLastsUntilItIsReleased() throws IOException {
    var store = new StateStore(root);
    Holds.hold(store, PUMP, new Hold("", Instant.MAX), NOON);
    Holds.hold(store, PUMP, new Hold("measuring", Instant.MAX), NOON);
    assertThat(new Memory(new StateStore(root)).holds())
        .containsEntry(PUMP, new Hold("measuring", Instant.MAX));
    assertThat(Holds.release(store, PUMP)).isTrue();
    assertThat(Holds.release(store, PUMP)).isFalse();
    assertThat(Holds.read(store)).isEmpty();
  }

  @Test
  void itEndsByItselfWhenTheClockCanBeBelieved() throws IOException {
    var store = new StateStore(root);
    Holds.hold(store, PUMP, new Hold("", NOON.plusSeconds(60)), NOON);
    var memory = new Memory(store);
    assertThat(memory.lookAtHolds(Declared.NOTHING, NOON, _ -> true)).containsKey(PUMP);
    Instant later = NOON.plus(Duration.ofDays(1));
    assertThat(memory.lookAtHolds(Declared.NOTHING, later, _ -> false)).containsKey(PUMP);
    assertThat(memory.lookAtHolds(Declared.NOTHING, later, _ -> true)).isEmpty();
    assertThat(Holds.read(store)).isEmpty();
  }

  @Test
  void damageReleasesNothing() throws IOException {
    var store = new StateStore(root);
    Holds.hold(store, PUMP, new Hold("measuring", NOON), NOON);
    Files.writeString(root.resolve("var/lib/sandbar/state/hold/pump.json"), "{");
    for (int i = 0; i < 2; i++) {
      assertThat(Holds.read(store))
          .containsEntry(PUMP, new Hold("its record was damaged", Instant.MAX));
    }
  }

  @Test
  void whatCannotBeReadNowHoldsAsItWas() throws IOException {
    var store = new StateStore(root);
    Holds.hold(store, PUMP, new Hold("", Instant.MAX), NOON);
    var memory = new Memory(store);
    Path group = root.resolve("var/lib/sandbar/state/hold");
    Files.move(group, group.resolveSibling("away"));
    Files.writeString(group, "not a directory");
    assertThat(memory.lookAtHolds(Declared.NOTHING, NOON, _ -> true)).containsKey(PUMP);
  }
}
