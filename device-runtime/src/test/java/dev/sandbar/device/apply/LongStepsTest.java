package dev.sandbar.device.apply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Plan.LongStep;
import dev.sandbar.device.apply.LongSteps.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Steps on a mount whose server is gone: they end when {@link #mount} comes back. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LongStepsTest {
  private static final String WHY = "for the test";
  private static final AppName PUMP = new AppName("pump");
  private static final UnitName UNIT = UnitName.own(PUMP);

  private final CountDownLatch mount = new CountDownLatch(1);
  private final Semaphore begun = new Semaphore(0);
  private final AtomicLong nanos = new AtomicLong();
  private final LinkedBlockingQueue<UnitName> ended = new LinkedBlockingQueue<>();

  @AfterEach
  void comesBack() {
    mount.countDown();
  }

  private Optional<Fault> hang(LongStep step) {
    begun.release();
    boolean interrupted = false;
    while (true) {
      try {
        mount.await();
        break;
      } catch (InterruptedException e) {
        // As a thread in the kernel.
        interrupted = true;
      }
    }
    return interrupted ? Optional.of(new Fault("image", "interrupted")) : Optional.empty();
  }

  private LongSteps hanging() {
    return new LongSteps(this::hang, _ -> "", ended::add, nanos::get, Duration.ofMillis(1));
  }

  private static Plan.StoreImage image(int number) {
    return new Plan.StoreImage(
        new AppName("app-" + number),
        new ImageSource.File("/mnt/" + number),
        Sha256.of("image " + number),
        "",
        WHY);
  }

  private static List<LongStep> images(int count) {
    return IntStream.range(0, count).<LongStep>mapToObj(LongStepsTest::image).toList();
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void theLoopWaitsForAllOfThemTogetherAndAStateRemovalWaitsForNone() {
    try (var steps =
        new LongSteps(
            step -> step instanceof Plan.StoreImage ? hang(step) : Optional.empty(),
            _ -> "",
            ended::add,
            nanos::get,
            LongSteps.PAUSE)) {
      long before = System.nanoTime();
      steps.begin(images(40));
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
      assertThat(steps.units()).hasSize(40);

      steps.begin(List.of(new Plan.RemoveState(PUMP, WHY)));
      assertThat(steps.takeEnded(List.of(UNIT)))
          .containsExactly(java.util.Map.entry(UNIT, Optional.empty()));
    }
  }

  @Test
  void slowServersHoldUpNoImageThatIsOnTheDevice() {
    try (var steps =
        new LongSteps(
            step ->
                step instanceof Plan.StoreImage image && image.source() instanceof ImageSource.File
                    ? Optional.empty()
                    : hang(step),
            image -> image.equals(Sha256.of("remote 4")) ? "30 % of 50.0 MiB" : "",
            ended::add,
            nanos::get,
            LongSteps.PAUSE)) {
      var fetches = new java.util.ArrayList<LongStep>();
      for (int i = 0; i < 10; i++) {
        fetches.add(
            new Plan.StoreImage(
                new AppName("remote-" + i),
                new ImageSource.Web("https://images.example.com/" + i),
                Sha256.of("remote " + i),
                "",
                WHY));
      }
      steps.begin(fetches);
      UnitName copied = UnitName.own(image(1).app());
      steps.begin(images(2));
      assertThat(steps.takeEnded(List.of(copied)))
          .containsExactly(java.util.Map.entry(copied, Optional.empty()));
      assertThat(steps.doing(UnitName.own(new AppName("remote-3"))))
          .isEqualTo("the image https://images.example.com/3 is being fetched");
      assertThat(steps.doing(UnitName.own(new AppName("remote-4"))))
          .isEqualTo("the image https://images.example.com/4 is being fetched (30 % of 50.0 MiB)");
    }
  }

  private static Plan.StoreImage remote(String app, String url) {
    return new Plan.StoreImage(
        new AppName(app), new ImageSource.Web(url), Sha256.of("of " + url), "", WHY);
  }

  @Test
  void oneSlowServerLeavesAPlaceToOthers() {
    var fetched = new LinkedBlockingQueue<String>();
    try (var steps =
        new LongSteps(
            step -> {
              var image = (Plan.StoreImage) step;
              fetched.add(image.source().shown());
              return image.source().place().equals("https://slow.example")
                  ? hangUntilInterrupted()
                  : Optional.empty();
            },
            _ -> "",
            ended::add,
            nanos::get,
            LongSteps.PAUSE)) {
      steps.begin(
          List.of(
              remote("a", "https://slow.example/a"),
              remote("b", "https://slow.example/b"),
              remote("c", "https://slow.example:443/a"),
              remote("d", "https://quick.example/d"),
              remote("e", "https://quick.example/e")));
      var quick = List.of(UnitName.own(new AppName("d")), UnitName.own(new AppName("e")));
      assertThat(steps.takeEnded(quick).keySet()).containsExactlyElementsOf(quick);
      assertThat(fetched).doesNotContain("https://slow.example/b");
    }
  }

  private Optional<Fault> hangUntilInterrupted() {
    begun.release();
    try {
      mount.await();
      return Optional.empty();
    } catch (InterruptedException e) {
      return Optional.of(new Fault("image", "interrupted"));
    }
  }

  @Test
  void aFetchThatNobodyNeedsEndsAndItsUnitIsFreeAtOnce() throws InterruptedException {
    UnitName gone = UnitName.own(new AppName("gone"));
    UnitName stays = UnitName.own(new AppName("stays"));
    LongStep fetch = remote("gone", "https://slow.example/a");
    try (var steps =
        new LongSteps(
            _ -> hangUntilInterrupted(), _ -> "", ended::add, nanos::get, Duration.ofMillis(1))) {
      steps.begin(List.of(fetch, remote("stays", "https://other.example/b")));
      begun.acquire(2);
      assertThat(steps.cancel((_, _) -> true)).isFalse();
      assertThat(steps.cancel((unit, _) -> !unit.equals(gone))).isTrue();
      assertThat(steps.units()).containsExactly(stays);
      // Its thread has heard of it, and what it says of it is no fault of anybody.
      assertThat(ended.take()).isEqualTo(gone);
      assertThat(steps.takeEnded(List.of(gone))).isEmpty();
      // Declared again it is begun again.
      steps.begin(List.of(fetch));
      begun.acquire();
      assertThat(steps.units()).containsExactly(gone, stays);
      assertThat(steps.takeEnded(steps.units())).isEmpty();
    }
  }

  /** Two apps may wait for one image: it goes on for the other. */
  @Test
  void aFetchGoesOnForAnotherAppThatNeedsIt() throws InterruptedException {
    try (var steps =
        new LongSteps(
            _ -> hangUntilInterrupted(), _ -> "", ended::add, nanos::get, Duration.ofMillis(1))) {
      steps.begin(
          List.of(remote("one", "https://a.example/a"), remote("two", "https://a.example/a")));
      begun.acquire();
      UnitName two = UnitName.own(new AppName("two"));
      assertThat(steps.cancel((unit, _) -> unit.equals(two))).isTrue();
      mount.countDown();
      assertThat(ended.take()).isNotNull();
      assertThat(steps.takeEnded(List.of(two)))
          .containsExactly(java.util.Map.entry(two, Optional.empty()));
    }
  }

  @Test
  void whatDoesNotEndIsGivenUpAndItsPlaceGoesToOthersButNotWithoutEnd()
      throws InterruptedException {
    int most = StepThreads.PLACES + StepThreads.MOST_REPLACED;
    UnitName first = UnitName.own(image(0).app());
    UnitName last = UnitName.own(image(most).app());
    try (LongSteps steps = hanging()) {
      steps.begin(images(most + 1));
      for (int gone = 0; gone < most; gone += StepThreads.PLACES) {
        begun.acquire(StepThreads.PLACES);
        assertThat(begun.availablePermits()).isZero();
        assertThat(steps.untilOverdue()).isEqualTo(LongSteps.LIMIT);
        assertThat(steps.takeEnded(steps.units())).isEmpty();
        pass(LongSteps.LIMIT);
        assertThat(steps.untilOverdue()).isZero();
        assertThat(steps.takeEnded(steps.units()).values())
            .hasSize(StepThreads.PLACES)
            .allSatisfy(
                fault ->
                    assertThat(fault.orElseThrow().message())
                        .contains("the copy has not ended after 30 minutes; check the disk"));
      }
      assertThat(steps.units()).containsExactly(last);
      assertThat(steps.untilOverdue()).isZero();
      assertThat(message(steps.takeEnded(List.of(last)), last)).contains("cannot begin");

      // It says so again, and takes no other thread.
      steps.begin(List.of(image(0)));
      assertThat(message(steps.takeEnded(List.of(first)), first)).contains("has not ended");
      assertThat(begun.availablePermits()).isZero();

      mount.countDown();
      while (!first.equals(ended.take())) {
        // Others end too.
      }
      steps.begin(List.of(image(0)));
      assertThat(begun.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static String message(SortedMap<UnitName, Optional<Fault>> taken, UnitName unit) {
    return taken.getOrDefault(unit, Optional.empty()).orElseThrow().message();
  }

  @Test
  void aUnitIsMarkedUntilItsRemovalHasEnded() throws InterruptedException {
    try (LongSteps steps = hanging()) {
      steps.begin(List.of(new Plan.RemoveState(PUMP, WHY)));
      assertThat(steps.hanging(UNIT)).isEmpty();
      begun.acquire();
      pass(LongSteps.LIMIT);
      assertThat(message(steps.takeEnded(List.of(UNIT)), UNIT)).contains("has not ended");
      assertThat(steps.contains(UNIT)).isFalse();
      assertThat(steps.hanging(UNIT)).isPresent();

      mount.countDown();
      assertThat(ended.take()).isEqualTo(UNIT);
      assertThat(steps.hanging(UNIT)).isEmpty();
      // What was removed then says nothing of what the app has written since.
      steps.begin(List.of(new Plan.RemoveState(PUMP, WHY)));
      assertThat(begun.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void theEndOfAConnectionWaitsForRemovalsToStop() throws InterruptedException {
    var over = new AtomicBoolean();
    var steps =
        new LongSteps(
            _ -> {
              begun.release();
              try {
                mount.await();
              } catch (InterruptedException e) {
                // The entry in hand is still removed.
                Thread.yield();
                long until = System.nanoTime() + Duration.ofMillis(200).toNanos();
                while (System.nanoTime() < until) {
                  Thread.onSpinWait();
                }
              }
              over.set(true);
              return Optional.empty();
            },
            _ -> "",
            ended::add,
            nanos::get,
            Duration.ofMillis(1));
    steps.begin(List.of(new Plan.RemoveState(PUMP, WHY)));
    begun.acquire();
    steps.close();
    assertThat(over).isTrue();
  }
}
