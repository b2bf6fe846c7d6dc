package dev.sandbar.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FairTurnsTest {

  @Test
  void whatIsSlowInOneNamespaceDelaysNoOther() throws Exception {
    var turns = new FairTurns(4, 2);
    List<FairTurns.Turn> slow = List.of(turns.take("slow"), turns.take("slow"));
    CompletableFuture<FairTurns.Turn> third = take(turns, "slow");
    CompletableFuture<FairTurns.Turn> fourth = take(turns, "slow");
    try (var _ = turns.take("other");
        var _ = turns.take("another")) {
      assertThatThrownBy(() -> third.get(50, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
    }
    slow.getFirst().close();
    CompletableFuture.anyOf(third, fourth).get(10, TimeUnit.SECONDS);
    slow.getLast().close();
    third.get(10, TimeUnit.SECONDS).close();
    fourth.get(10, TimeUnit.SECONDS).close();
  }

  @Test
  void namespacesTakeTurnsHoweverManyWaitInOne() throws Exception {
    var turns = new FairTurns(1, 1);
    FairTurns.Turn first = turns.take("a");
    var order = new ArrayList<String>();
    var ended = new ArrayList<CompletableFuture<Void>>();
    for (String namespace : List.of("a", "a", "a", "b", "a")) {
      var before = take(turns, namespace);
      ended.add(
          before.thenAccept(
              turn -> {
                order.add(namespace);
                turn.close();
              }));
    }
    first.close();
    CompletableFuture.allOf(ended.toArray(CompletableFuture[]::new)).get(10, TimeUnit.SECONDS);
    assertThat(order.indexOf("b")).isLessThanOrEqualTo(1);
    assertThat(order).hasSize(5);
  }

  @Test
  void whoeverLeavesTheLineTakesNothingAlong() throws Exception {
    var turns = new FairTurns(1, 1);
    var random = new Random(7);
    var running = new AtomicInteger();
    var most = new AtomicInteger();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 500; i++) {
        String namespace = "n" + random.nextInt(3);
        var task =
            threads.submit(
                () -> {
                  try (var _ = turns.take(namespace)) {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    running.decrementAndGet();
                  }
                  return 0;
                });
        if (random.nextBoolean()) {
          task.cancel(true);
        }
      }
    }
    assertThat(most).hasValue(1);
    take(turns, "n0").get(10, TimeUnit.SECONDS).close();
  }

  /** Returns when the thread waits in line or has its turn. */
  private static CompletableFuture<FairTurns.Turn> take(FairTurns turns, String namespace)
      throws InterruptedException, ExecutionException {
    var taken = new CompletableFuture<FairTurns.Turn>();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    taken.complete(turns.take(namespace));
                  } catch (InterruptedException e) {
                    taken.completeExceptionally(e);
                  }
                });
    while (!taken.isDone() && thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    return taken;
  }
}
