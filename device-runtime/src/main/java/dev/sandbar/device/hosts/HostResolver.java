package dev.sandbar.device.hosts;

import dev.sandbar.core.catalog.HostAddresses;
import dev.sandbar.core.catalog.HostAddresses.Host;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.HostNames;
import dev.sandbar.device.store.StateStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resolves hosts beside the loop of the agent, which never waits for a name server. What changes is
 * on the disk before anybody is notified.
 */
public final class HostResolver implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HostResolver.class);

  /** Questions at a time: getaddrinfo(3) keeps a thread until it has its answer or gives up. */
  private static final int MOST_QUESTIONS = 8;

  /** Changes that come within this time are one. */
  private static final Duration TOGETHER = Duration.ofSeconds(1);

  private final Path root;
  private final StateStore store;
  private final HostOptions options;
  private final Runnable changed;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition news = lock.newCondition();
  private final SortedMap<String, HostAnswers> hosts = new TreeMap<>();
  private HostAddresses known;
  private int questions;
  private boolean unwritten;
  private boolean closed;

  private HostResolver(Path root, StateStore store, HostOptions options, Runnable changed) {
    this.root = root;
    this.store = store;
    this.options = options;
    this.changed = changed;
    this.known = KnownHosts.read(store);
  }

  /**
   * Begins with what was known last.
   *
   * @param root of the device's file system
   * @param changed is run when addresses have changed on the disk
   */
  public static HostResolver start(
      Path root, StateStore store, HostOptions options, Runnable changed) {
    var resolver = new HostResolver(root, store, options, changed);
    Thread.ofVirtual().name("hosts").start(resolver::run);
    return resolver;
  }

  /** From now on these hosts are resolved, and no others; at most {@link KnownHosts#MOST}. */
  public void follow(Collection<String> names) {
    lock.lock();
    try {
      // Those that were there first keep their places: more hosts of one app take none from others.
      List<String> wanted =
          names.stream()
              .filter(HostNames::isValid)
              .distinct()
              .sorted(Comparator.comparing(this::isNew).thenComparing(Comparator.naturalOrder()))
              .limit(KnownHosts.MOST)
              .sorted()
              .toList();
      if (!List.copyOf(hosts.keySet()).equals(wanted)) {
        hosts.keySet().retainAll(wanted);
        for (String name : wanted) {
          hosts.computeIfAbsent(
              name, _ -> new HostAnswers(options, known.of(name), System.nanoTime()));
        }
        news.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean isNew(String name) {
    return !hosts.containsKey(name) && !known.hosts().containsKey(name);
  }

  private void run() {
    try {
      while (goesOn()) {
        // Under no lock: who is told may ask back.
        changed.run();
        pause();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Asks until addresses have changed on the disk (true) or nobody wants to know (false). */
  private boolean goesOn() throws InterruptedException {
    lock.lock();
    try {
      while (!closed) {
        long now = System.nanoTime();
        ask(now);
        if (apply(now)) {
          return true;
        }
        news.awaitNanos(Math.max(TOGETHER.toNanos() / 10, untilNext(now)));
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** What comes in meanwhile is applied together. */
  private void pause() throws InterruptedException {
    lock.lock();
    try {
      long end = System.nanoTime() + TOGETHER.toNanos();
      for (long left = TOGETHER.toNanos(); !closed && left > 0; left = end - System.nanoTime()) {
        news.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Until a host is due or a change that was put off may be applied. */
  private long untilNext(long now) {
    // Without hosts nothing is due until there are some: an idle agent is not woken.
    long until = hosts.isEmpty() ? Long.MAX_VALUE : TOGETHER.toNanos() * 5;
    if (questions < MOST_QUESTIONS) {
      for (HostAnswers host : hosts.values()) {
        until = Math.min(until, host.due().map(due -> due - now).orElse(until));
      }
    }
    return until;
  }

  private void ask(long now) {
    // The one that has waited longest comes first: slow ones must not keep others waiting.
    List<String> due =
        hosts.entrySet().stream()
            .filter(host -> host.getValue().isDue(now))
            .sorted(Comparator.comparingLong(host -> host.getValue().due().orElse(now) - now))
            .limit(MOST_QUESTIONS - questions)
            .map(Map.Entry::getKey)
            .toList();
    for (String name : due) {
      HostAnswers asked = Objects.requireNonNull(hosts.get(name));
      asked.asked();
      questions++;
      Thread.ofPlatform().daemon().name("resolve " + name).start(() -> ask(name, asked));
    }
  }

  private void ask(String name, HostAnswers asked) {
    var answer = new ArrayList<Cidr>();
    var own = OwnAddresses.of(root);
    boolean answered = false;
    try {
      answer.addAll(
          options.lookup().addresses(name).stream().limit(HostLookup.MOST_ANSWERS).toList());
      answered = true;
    } catch (IOException e) {
      LOG.debug("host={} action=resolve {}", name, e.getMessage());
    } catch (RuntimeException e) {
      LOG.warn("host={} action=resolve {}", name, e.toString());
    }
    lock.lock();
    try {
      questions--;
      if (answered) {
        asked.answered(answer, own, System.nanoTime());
      } else {
        asked.failed(System.nanoTime());
      }
      news.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Whether anything of what is known has changed, and is on the disk. */
  private boolean apply(long now) {
    var next = new TreeMap<String, Host>();
    hosts.forEach(
        (name, host) -> next.put(name, host.isToBeApplied(now) ? host.apply() : host.applied()));
    // A new agent follows nothing until it has read its source.
    if (hosts.isEmpty() || next.equals(known.hosts())) {
      return false;
    }
    var all = new HostAddresses(next);
    try {
      KnownHosts.write(store, all);
    } catch (IOException e) {
      if (!unwritten) {
        LOG.error("action=resolve not on disk: {}", e.getMessage());
      }
      unwritten = true;
      return false;
    }
    unwritten = false;
    next.forEach((name, host) -> log(name, host, known.of(name)));
    known = all;
    return true;
  }

  private static void log(String name, Host host, Host before) {
    if (!host.equals(before)) {
      LOG.info(
          "host={} action=resolved addresses={} refused={}",
          name,
          host.addresses(),
          host.refused());
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      news.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
