package dev.sandbar.device.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.fetch.EarlyFetches.Progress;
import dev.sandbar.device.store.ImageStore.Stored;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class EarlyFetchesTest {

  private static final ImageSource.Web SLOW = new ImageSource.Web("https://slow.example/a");
  private static final Sha256 IMAGE = Sha256.of("an image");

  @Test
  void whatNobodyWaitsForAnyMoreIsNotFetchedToItsEnd() throws InterruptedException {
    var begun = new LinkedBlockingQueue<Sha256>();
    var interrupted = new Semaphore(0);
    var ended = new Semaphore(0);
    try (var early =
        new EarlyFetches(
            (_, image) -> {
              begun.add(image);
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                interrupted.release();
              }
              return new Stored.Refused("interrupted");
            },
            _ -> Duration.ofDays(1),
            ended::release)) {
      assertThat(early.want(SLOW, IMAGE)).isEqualTo(new Progress.Underway());
      assertThat(begun.take()).isEqualTo(IMAGE);
      early.endUnwanted();
      assertThat(early.want(SLOW, IMAGE)).isEqualTo(new Progress.Underway());
      early.endUnwanted();
      assertThat(interrupted.availablePermits()).isZero();
      // A round in which nobody asks for it.
      early.endUnwanted();
      interrupted.acquire();
      ended.acquire();
      // Wanted again it does not wait for another attempt, for none has failed.
      assertThat(early.want(SLOW, IMAGE)).isEqualTo(new Progress.Underway());
      assertThat(begun.take()).isEqualTo(IMAGE);
    }
  }
}
