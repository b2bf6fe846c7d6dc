package dev.sandbar.device.hosts;

import dev.sandbar.core.catalog.HostAddresses;
import dev.sandbar.core.catalog.HostAddresses.Host;
import dev.sandbar.core.model.Cidr;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The addresses of one host, united over the grace time. Times are those of {@link
 * System#nanoTime}.
 *
 * <p>A host without an answer keeps what it had. An answer without an address of the internet, as
 * of a network that asks people to log in first, counts as none.
 */
final class HostAnswers {

  private final HostOptions options;

  /** Each address with when it was last answered. */
  private final Map<Cidr, Long> seen = new HashMap<>();

  private Set<Cidr> refused = new HashSet<>();
  private long due;
  private int failures;
  private boolean asking;

  /** What is applied, and how many more changes of it may be now. */
  private Host applied;

  private double changes;
  private long counted;

  /**
   * @param known from before
   */
  HostAnswers(HostOptions options, Host known, long now) {
    this.options = options;
    this.applied = known;
    this.due = now;
    this.counted = now;
    this.changes = options.burst();
    known.addresses().forEach(address -> seen.put(address, now));
    refused.addAll(known.refused());
  }

  /** Whether it is to be asked for now. */
  boolean isDue(long now) {
    return !asking && now - due >= 0;
  }

  /** When it is to be asked for; empty while that goes on. */
  Optional<Long> due() {
    return asking ? Optional.empty() : Optional.of(due);
  }

  void asked() {
    asking = true;
  }

  /** It was not answered. */
  void failed(long now) {
    asking = false;
    failures++;
    long wait = options.retry().toNanos() << Math.min(failures - 1, 16);
    due = now + Math.min(wait, options.interval().toNanos());
  }

  /**
   * It was answered.
   *
   * @param own addresses of the device itself, which are no other host's
   */
  void answered(List<Cidr> answer, Set<Cidr> own, long now) {
    var usable = new ArrayList<Cidr>();
    refused = new TreeSet<>();
    for (Cidr address : answer) {
      if (HostAddresses.isUsable(address) && !own.contains(address)) {
        usable.add(address);
      } else {
        refused.add(address);
      }
    }
    seen.keySet().removeAll(own);
    if (usable.isEmpty()) {
      failed(now);
      return;
    }
    asking = false;
    failures = 0;
    due = now + options.interval().toNanos();
    usable.stream().filter(seen::containsKey).forEach(address -> seen.put(address, now));
    seen.values().removeIf(last -> now - last > options.grace().toNanos());
    for (Cidr address : usable) {
      if (!seen.containsKey(address) && hasRoom(now)) {
        seen.put(address, now);
      }
    }
  }

  /** The one that was not answered for the longest gives its room to a new one. */
  private boolean hasRoom(long now) {
    if (seen.size() < HostAddresses.MOST_ADDRESSES) {
      return true;
    }
    Optional<Cidr> oldest =
        seen.entrySet().stream()
            .filter(entry -> entry.getValue() != now)
            .min(
                Comparator.<Map.Entry<Cidr, Long>>comparingLong(entry -> entry.getValue() - now)
                    .thenComparing(Map.Entry::getKey))
            .map(Map.Entry::getKey);
    oldest.ifPresent(seen::remove);
    return oldest.isPresent();
  }

  private Host now() {
    return new Host(new TreeSet<>(seen.keySet()), new TreeSet<>(refused));
  }

  /** Whether it has changed, and may be changed again. */
  boolean isToBeApplied(long now) {
    double more = (now - counted) / (double) options.refill().toNanos();
    changes = Math.min(options.burst(), changes + more);
    counted = now;
    Host is = now();
    boolean same =
        is.addresses().equals(applied.addresses())
            && is.refused().isEmpty() == applied.refused().isEmpty();
    return changes >= 1 && !same;
  }

  /** What is applied, from now on what it is. */
  Host apply() {
    changes--;
    applied = now();
    return applied;
  }

  /** What is applied. */
  Host applied() {
    return applied;
  }
}
