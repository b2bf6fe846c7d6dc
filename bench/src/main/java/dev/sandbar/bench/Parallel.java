package dev.sandbar.bench;

import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** The same work for each of many, so many at a time. */
record Parallel(ExecutorService threads, int atOnce) {

  /** The work for one. */
  interface Each {
    void run(int i) throws Exception;
  }

  /** Does it for all from {@code from} to below {@code to}; ends with the first failure. */
  void run(int from, int to, Each each) throws Exception {
    var next = new AtomicInteger(from);
    var workers = new ArrayList<Future<Boolean>>();
    for (int w = 0; w < atOnce; w++) {
      Callable<Boolean> work =
          () -> {
            for (int i = next.getAndIncrement(); i < to; i = next.getAndIncrement()) {
              each.run(i);
            }
            return true;
          };
      workers.add(threads.submit(work));
    }
    for (Future<Boolean> worker : workers) {
      boolean _ = worker.get();
    }
  }
}
