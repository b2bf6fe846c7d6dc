package dev.sandbar.device.store;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Room on a disk that running copies have yet to fill. It still counts as free there: two copies
 * that each leave the reserve would use it up together.
 *
 * <p>Safe for use by many threads.
 */
final class PromisedRoom {

  private final AtomicLong bytes = new AtomicLong();

  /** Promises so much to one copy, until it is closed. Look at what is free after this. */
  Promise promise(long size) {
    return new Promise(size, bytes.getAndAdd(size));
  }

  /** Of one copy, on its thread. */
  final class Promise implements AutoCloseable {
    private final long size;
    private final long others;
    private long left;

    private Promise(long size, long others) {
      this.size = size;
      this.others = others;
      this.left = size;
    }

    /** What was promised before. */
    long others() {
      return others;
    }

    /** So much of it has been written, and is not free any more. */
    void written(long total) {
      long now = Math.max(0, size - total);
      bytes.addAndGet(now - left);
      left = now;
    }

    @Override
    public void close() {
      written(size);
    }
  }
}
