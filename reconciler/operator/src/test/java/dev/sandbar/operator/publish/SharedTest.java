package dev.sandbar.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One copy of equal values. */
class SharedTest {

  @Test
  void equalValuesAreOne() {
    var shared = new Shared<List<String>>();
    List<String> first = shared.one(List.of("pump", "door"));
    assertThat(shared.one(List.of("pump", "door"))).isSameAs(first);
    assertThat(shared.one(List.of("pump"))).isEqualTo(List.of("pump")).isNotSameAs(first);
    assertThat(shared.size()).isEqualTo(2);
  }

  @Test
  void aValueIsMadeWorthKeepingOnlyOnce() {
    var shared = new Shared<List<String>>();
    List<String> kept = shared.one(List.of("pump"), List::copyOf);
    assertThat(
            shared.one(
                List.of("pump"),
                it -> {
                  throw new AssertionError("made again: " + it);
                }))
        .isSameAs(kept);
  }

  @Test
  void whatNobodyHoldsIsLetGo() {
    var shared = new Shared<List<String>>();
    List<String> held = shared.one(List.of("held"));
    for (int i = 0; i < 100; i++) {
      assertThat(shared.one(List.of("let go " + i))).hasSize(1);
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              System.gc();
              return shared.size() == 1;
            });
    assertThat(shared.one(List.of("held"))).isSameAs(held);
  }
}
