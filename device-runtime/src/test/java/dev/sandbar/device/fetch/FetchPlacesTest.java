package dev.sandbar.device.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Sha256;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class FetchPlacesTest {

  private final FetchPlaces places = new FetchPlaces(2);
  private final LinkedBlockingQueue<String> entered = new LinkedBlockingQueue<>();

  private CompletableFuture<Void> fetch(
      String server, String image, boolean early, CountDownLatch until) {
    var outcome = new CompletableFuture<Void>();
    Thread.ofVirtual()
        .start(
            () -> {
              try (FetchPlaces.Place _ = places.take(server, Sha256.of(image), early)) {
                entered.add(image);
                until.await();
                outcome.complete(null);
              } catch (InterruptedException e) {
                outcome.completeExceptionally(e);
              }
            });
    return outcome;
  }

  @Test
  void oneServerAndOneImageTakeOnePlaceEach() throws Exception {
    var slow = new CountDownLatch(1);
    var quick = new CountDownLatch(1);
    CompletableFuture<Void> first = fetch("slow", "a", false, slow);
    assertThat(entered.take()).isEqualTo("a");
    CompletableFuture<Void> second = fetch("slow", "b", false, slow);
    CompletableFuture<Void> same = fetch("other", "a", false, slow);
    CompletableFuture<Void> third = fetch("quick", "c", false, quick);
    assertThat(entered.take()).isEqualTo("c");
    CompletableFuture<Void> fourth = fetch("quick", "d", false, quick);
    quick.countDown();
    third.get(30, TimeUnit.SECONDS);
    fourth.get(30, TimeUnit.SECONDS);
    assertThat(entered.take()).isEqualTo("d");
    assertThat(entered).isEmpty();
    slow.countDown();
    CompletableFuture.allOf(first, second, same).get(30, TimeUnit.SECONDS);
  }

  @Test
  void whatIsNeededLaterMakesWay() throws Exception {
    var never = new CountDownLatch(1);
    CompletableFuture<Void> early = fetch("server", "later", true, never);
    assertThat(entered.take()).isEqualTo("later");
    // One that is early too waits.
    var go = new CountDownLatch(1);
    CompletableFuture<Void> another = fetch("server", "later too", true, go);
    CompletableFuture<Void> now = fetch("server", "now", false, go);
    assertThat(early.handle((_, e) -> e).get(30, TimeUnit.SECONDS))
        .isInstanceOf(InterruptedException.class);
    go.countDown();
    now.get(30, TimeUnit.SECONDS);
    // An early one that got the place before makes way as well.
    assertThat(
            another
                .handle((_, e) -> e == null || e instanceof InterruptedException)
                .get(30, TimeUnit.SECONDS))
        .isTrue();
    never.countDown();
  }
}
