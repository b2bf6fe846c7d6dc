package dev.sandbar.device.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ImageChecksTest {
  private static final String IMAGE = "hsqs: an image";
  private static final Sha256 DIGEST = Sha256.of(IMAGE);

  @TempDir private Path root;
  private final Semaphore ended = new Semaphore(0);
  private final ExecutorService thread = Executors.newSingleThreadExecutor();

  @BeforeEach
  void anImageOfTheAgentBefore() throws IOException {
    Files.createDirectories(root.resolve("srv"));
    Files.writeString(root.resolve("srv/app.raw"), IMAGE);
    new ImageStore(root).add("/srv/app.raw", DIGEST);
  }

  @AfterEach
  void close() {
    thread.shutdownNow();
  }

  /** Whatever the disk needs: the loop waits for half a second at most, and once. */
  @Test
  void nobodyWaitsForALargeImage() throws Exception {
    try (var checks = new ImageChecks(new ImageStore(root), ended::release, thread)) {
      CountDownLatch disk = slowDisk();
      assertThat(checks.unknown()).containsExactly(DIGEST.hex());
      assertThat(checks.unknown()).containsExactly(DIGEST.hex());
      assertThat(checks.right()).isEmpty();
      assertThat(ended.availablePermits()).isZero();

      disk.countDown();
      awaitEnd();
      assertThat(checks.unknown()).isEmpty();
      assertThat(checks.right()).containsOnlyKeys(DIGEST.hex());
    }
  }

  @Test
  void aSmallOneIsKnownAtOnce() {
    try (var checks = new ImageChecks(new ImageStore(root), ended::release, thread)) {
      assertThat(checks.unknown()).isEmpty();
      assertThat(checks.right()).containsOnlyKeys(DIGEST.hex());
    }
  }

  @Test
  void whatWasFoundLastHoldsUntilAChangeIsChecked() throws Exception {
    try (var checks = new ImageChecks(new ImageStore(root), ended::release, thread)) {
      assertThat(checks.unknown()).isEmpty();
      awaitEnd();
      CountDownLatch disk = slowDisk();
      Path file = root.resolve(ImageStore.path(DIGEST).substring(1));
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      Files.writeString(file, "hsqs: another one");
      assertThat(checks.right()).containsOnlyKeys(DIGEST.hex());
      assertThat(checks.unknown()).isEmpty();

      disk.countDown();
      awaitEnd();
      awaitIdle();
      assertThat(checks.right()).isEmpty();
      // It stays wrong, which is no news.
      awaitIdle();
      assertThat(checks.right()).isEmpty();
      awaitIdle();
      assertThat(ended.availablePermits()).isZero();

      Files.delete(file);
      assertThat(new ImageStore(root).add("/srv/app.raw", DIGEST))
          .isInstanceOf(ImageStore.Stored.Kept.class);
      assertThat(checks.unknown()).isEmpty();
      checks.right();
      awaitEnd();
      awaitIdle();
      assertThat(checks.right()).containsOnlyKeys(DIGEST.hex());
    }
  }

  private CountDownLatch slowDisk() {
    var disk = new CountDownLatch(1);
    Future<?> _ =
        thread.submit(
            () -> {
              disk.await();
              return null;
            });
    return disk;
  }

  private void awaitEnd() throws InterruptedException {
    assertThat(ended.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
  }

  /** What was begun before this has ended. */
  private void awaitIdle() throws Exception {
    thread.submit(() -> {}).get(60, TimeUnit.SECONDS);
  }
}
