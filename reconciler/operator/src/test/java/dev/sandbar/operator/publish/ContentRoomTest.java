package dev.sandbar.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What stays of the large files of a namespace, and for how long. */
class ContentRoomTest {
  private static final long MEGABYTE = 1 << 20;
  private static final Duration GRACE = Duration.ofHours(1);
  private static final Duration SPARED = Duration.ofMinutes(1);

  private final ContentRoom room = new ContentRoom();
  private long now = 17;

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private boolean store(String name, long bytes) {
    return room.makeRoom(bytes, SPARED, now)
        .map(
            going -> {
              going.forEach(room::remove);
              room.add(name, bytes, now);
              return true;
            })
        .orElse(false);
  }

  private List<String> over() {
    List<String> over = room.over(GRACE, now);
    over.forEach(room::remove);
    return over;
  }

  @Test
  void whatNoBundleNamesStaysForAWhile() {
    assertThat(store("a", 10)).isTrue();
    room.use("one", Set.of("a"), now);
    room.use("two", Set.of("a"), now);
    pass(GRACE.multipliedBy(3));
    assertThat(over()).isEmpty();
    room.use("one", Set.of("b"), now);
    assertThat(over()).isEmpty();
    pass(GRACE);
    assertThat(over()).as("another device still has it").isEmpty();
    room.use("two", Set.of(), now);
    pass(GRACE.minusNanos(1));
    assertThat(over()).isEmpty();
    pass(Duration.ofNanos(1));
    assertThat(over()).containsExactly("a");
    assertThat(room.want("a", now)).isFalse();
  }

  /** Four commits of fifteen files of a megabyte within a minute. */
  @Test
  void fewOfThoseThatAreLeftOverStay() {
    for (int commit = 0; commit < 4; commit++) {
      for (int file = 0; file < 15; file++) {
        String name = commit + "-" + file;
        while (!store(name, MEGABYTE)) {
          pass(Duration.ofSeconds(10));
          List<String> _ = over();
        }
        room.use("device-" + file, Set.of(name), now);
      }
      List<String> _ = over();
    }
    assertThat(over()).isEmpty();
    for (int file = 0; file < 15; file++) {
      assertThat(room.want("3-" + file, now)).isTrue();
    }
    long left =
        IntStream.range(0, 3)
            .mapToObj(commit -> commit + "-")
            .flatMap(commit -> IntStream.range(0, 15).mapToObj(file -> commit + file))
            .filter(name -> room.want(name, now))
            .count();
    assertThat(left).isLessThanOrEqualTo(ContentRoom.MOST_UNUSED_BYTES / MEGABYTE);
  }

  @Test
  void whatIsUsedIsNeverTakenAwayForWhatIsNew() {
    for (int i = 0; i < 32; i++) {
      assertThat(store("used-" + i, MEGABYTE)).isTrue();
      room.use("device-" + i, Set.of("used-" + i), now);
    }
    pass(GRACE);
    assertThat(store("one more", MEGABYTE)).isFalse();
    room.use("device-7", Set.of(), now);
    assertThat(store("one more", MEGABYTE)).as("a device may be on its way to it").isFalse();
    pass(SPARED);
    assertThat(store("one more", MEGABYTE)).isTrue();
    assertThat(room.want("used-7", now)).isFalse();
  }

  @Test
  void whatWasRefusedIsAskedForAgainLater() {
    assertThat(room.refuse("no right", now)).isEqualTo("no right");
    assertThat(room.refused(SPARED, now)).contains("no right");
    pass(SPARED);
    assertThat(room.refused(SPARED, now)).isEmpty();
  }
}
