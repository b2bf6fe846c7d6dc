package dev.sandbar.operator.gitsource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/** So many requests at a time, of all sources together. */
final class WriteLimiter {
  private final Semaphore free;

  WriteLimiter(int most) {
    free = new Semaphore(most, true);
  }

  /** Does all, several at a time; results in the order of the items. */
  <T, R> List<R> all(List<T> items, Function<T, R> work) throws InterruptedException {
    if (items.size() == 1) {
      return List.of(one(items.getFirst(), work));
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<R>> futures = new ArrayList<>();
      for (T item : items) {
        futures.add(threads.submit(() -> one(item, work)));
      }
      List<R> results = new ArrayList<>();
      for (Future<R> future : futures) {
        results.add(future.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a request", e.getCause());
    }
  }

  private <T, R> R one(T item, Function<T, R> work) throws InterruptedException {
    free.acquire();
    try {
      return work.apply(item);
    } finally {
      free.release();
    }
  }
}
