package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.operator.reconcile.NamespaceRoom.Verdict;
import org.junit.jupiter.api.Test;

/** What is kept of the apps of a namespace. */
class NamespaceRoomTest {
  private final NamespaceRoom room = new NamespaceRoom(100, 200);

  private Verdict put(String namespace, String app, long weight) {
    return room.put(new Key(namespace, app), weight);
  }

  @Test
  void aNamespaceHasItsShareAndNoMore() {
    assertThat(put("one", "a", 60)).isEqualTo(Verdict.KEPT);
    assertThat(put("one", "b", 60)).isEqualTo(Verdict.WITHOUT_CONTENT);
    assertThat(put("one", "c", 40)).isEqualTo(Verdict.KEPT);
    assertThat(put("two", "a", 50)).as("a neighbour").isEqualTo(Verdict.KEPT);
    assertThat(put("two", "b", 1))
        .as("all but what is for those that take little")
        .isEqualTo(Verdict.WITHOUT_CONTENT);
  }

  @Test
  void whatIsKeptKeepsItsPlaceAndWhatGoesMakesRoom() {
    assertThat(put("one", "a", 60)).isEqualTo(Verdict.KEPT);
    assertThat(put("one", "a", 100)).isEqualTo(Verdict.KEPT);
    assertThat(put("one", "a", 101)).isEqualTo(Verdict.WITHOUT_CONTENT);
    assertThat(put("one", "b", 100)).as("its content is gone").isEqualTo(Verdict.KEPT);
    room.remove(new Key("one", "b"));
    assertThat(put("one", "a", 100)).isEqualTo(Verdict.KEPT);
  }

  @Test
  void theirNumberIsBoundedToo() {
    for (int i = 0; i < NamespaceRoom.MOST_APPS; i++) {
      assertThat(put("one", "app-" + i, 0)).isEqualTo(Verdict.KEPT);
    }
    assertThat(put("one", "more", 0)).isEqualTo(Verdict.NOT_KEPT);
    assertThat(put("one", "app-7", 1)).isEqualTo(Verdict.KEPT);
    room.remove(new Key("one", "app-8"));
    assertThat(put("one", "more", 0)).isEqualTo(Verdict.KEPT);
  }

  @Test
  void threeNamespacesThatTakeMuchLeaveRoomForThoseThatComeAfterThem() {
    var all = new NamespaceRoom(1_000, 3_200);
    for (String greedy : new String[] {"a", "b", "c"}) {
      for (int i = 0; i < 1_000; i++) {
        Verdict _ = all.put(new Key(greedy, "app-" + i), 10);
      }
    }
    for (int i = 0; i < 8; i++) {
      assertThat(all.put(new Key("honest-" + i, "app"), 100)).isEqualTo(Verdict.KEPT);
    }
    assertThat(all.put(new Key("honest-0", "more"), 1)).isEqualTo(Verdict.WITHOUT_CONTENT);
    assertThat(all.put(new Key("last", "app"), 101)).isEqualTo(Verdict.WITHOUT_CONTENT);
  }

  @Test
  void aNamespaceThatIsFullStaysSoUntilSeveralHaveGone() {
    for (int i = 0; i < NamespaceRoom.MOST_APPS; i++) {
      assertThat(put("one", "app-" + i, 0)).isEqualTo(Verdict.KEPT);
    }
    room.remove(new Key("one", "not-kept"));
    room.remove(new Key("one", "app-0"));
    assertThat(room.hasRoom("one")).isFalse();
    for (int i = 1; i < 500; i++) {
      room.remove(new Key("one", "app-" + i));
    }
    assertThat(room.hasRoom("one")).isTrue();
    assertThat(room.hasRoom("two")).isTrue();
  }
}
