package dev.sandbar.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void collectionsMeanwhileDoNoHarm() throws InterruptedException {
    var shared = new Shared<List<String>>();
    var ended = new AtomicBoolean();
    Thread collector =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!ended.get()) {
                    System.gc();
                  }
                });
    long until = System.nanoTime() + Duration.ofSeconds(3).toNanos();
    for (int i = 0; System.nanoTime() < until; i++) {
      List<String> value = List.of("value " + i % 100);
      assertThat(shared.one(value, it -> new ArrayList<>(it))).isEqualTo(value);
    }
    ended.set(true);
    collector.join();
  }

  @Test
  void whatNobodyHoldsIsLetGo() {
    var shared = new Shared<List<String>>();
    List<String> held = shared.one(List.of("held"));
    for (int i = 0; i < 100; i++) {
      assertThat(shared.one(List.of("let go " + i))).hasSize(1);
    }
    await()
        .atMost(Duration.ofMinutes(4))
        .until(
            () -> {
              System.gc();
              return shared.size() == 1;
            });
    assertThat(shared.one(List.of("held"))).isSameAs(held);
  }
}
