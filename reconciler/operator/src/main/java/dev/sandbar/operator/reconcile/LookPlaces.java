package dev.sandbar.operator.reconcile;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;

/** So many devices are worked on at once; others wait for a place. */
final class LookPlaces {
  /** All requests of a look, each with its retries, take less. */
  private static final Duration LONGEST = Duration.ofMinutes(3);

  private final int most;
  private final Semaphore free;
  private final LongSupplier nanos;

  /** Since when a device is worked on. */
  private final Map<Key, Long> taken = new ConcurrentHashMap<>();

  LookPlaces(int most, LongSupplier nanos) {
    this.most = most;
    this.free = new Semaphore(most);
    this.nanos = nanos;
  }

  void take(Key device) throws InterruptedException {
    free.acquire();
    taken.put(device, nanos.getAsLong());
  }

  void leave(Key device) {
    taken.remove(device);
    free.release();
  }

  /** That no place has been free for long; of one device that takes its time nobody complains. */
  String trouble() {
    long now = nanos.getAsLong();
    long stuck = taken.values().stream().filter(it -> now - it > LONGEST.toNanos()).count();
    return stuck >= most ? "all of " + most + " devices that are worked on are stuck" : "";
  }
}
