package dev.sandbar.device.fetch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;

/**
 * Hands tasks to a few threads, but never two with the same key at a time: one server that is slow
 * takes one thread, however many wait for it.
 *
 * <p>Safe for use by many threads.
 */
public final class FairTasks {

  private final Executor threads;
  private final Predicate<Runnable> recall;
  private final List<Task> waiting = new ArrayList<>();

  /** Handed on, and not ended. */
  private final Map<Runnable, Task> busy = new HashMap<>();

  private final class Task implements Runnable {
    private final Set<?> keys;
    private final Runnable work;

    Task(Set<?> keys, Runnable work) {
      this.keys = Set.copyOf(keys);
      this.work = work;
    }

    @Override
    public void run() {
      try {
        work.run();
      } finally {
        release(work);
      }
    }
  }

  /** Hands tasks to these threads, which take them in their turn. */
  public FairTasks(Executor threads) {
    this(threads, _ -> false);
  }

  /**
   * The same.
   *
   * @param recall takes out what was handed on, if no thread has begun with it
   */
  public FairTasks(Executor threads, Predicate<Runnable> recall) {
    this.threads = threads;
    this.recall = recall;
  }

  /**
   * Has it done.
   *
   * @param keys what it takes up: a server for example
   * @param work another one each time
   */
  public synchronized void execute(Set<?> keys, Runnable work) {
    waiting.add(new Task(keys, work));
    handOn();
  }

  /** Takes out a task that has not begun; false if it has. */
  public synchronized boolean withdraw(Runnable work) {
    if (waiting.removeIf(task -> task.work.equals(work))) {
      return true;
    }
    Task task = busy.get(work);
    if (task == null || !recall.test(task)) {
      return false;
    }
    release(work);
    return true;
  }

  /** The task has ended, or others shall not wait for its end. */
  public synchronized void release(Runnable work) {
    if (busy.remove(work) != null) {
      handOn();
    }
  }

  private void handOn() {
    Iterator<Task> tasks = waiting.iterator();
    while (tasks.hasNext()) {
      Task task = tasks.next();
      if (busy.values().stream().allMatch(it -> Collections.disjoint(it.keys, task.keys))) {
        tasks.remove();
        busy.put(task.work, task);
        execute(task);
      }
    }
  }

  private void execute(Task task) {
    try {
      threads.execute(task);
    } catch (RejectedExecutionException e) {
      // They were stopped: what waits is not begun any more.
      busy.remove(task.work);
    }
  }
}
