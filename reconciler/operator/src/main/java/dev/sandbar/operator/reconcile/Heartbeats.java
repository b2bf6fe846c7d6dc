package dev.sandbar.operator.reconcile;

import dev.sandbar.core.fleet.LeaseDuration;
import dev.sandbar.core.fleet.Reach;
import dev.sandbar.operator.publish.BoundedLease;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;

/**
 * Knows which devices have been heard of, by its own steady clock: it notes when it saw a Lease
 * change, and never compares times of devices, whose clocks may be off by days. While the Leases
 * cannot be seen nobody becomes unreachable, and afterwards everybody has a full lease of time.
 */
final class Heartbeats {
  private static final int DEFAULT_SECONDS = 30;

  private final Map<Key, Beat> beats = new ConcurrentHashMap<>();
  private final LongSupplier nanos;

  /** In which round the duration of a Lease was last to be set; 0 if it never was. */
  private final Map<Key, Long> rounds = new ConcurrentHashMap<>();

  private long round;

  /**
   * What was seen of a Lease.
   *
   * @param renewed what stands in renewTime; empty if it was never renewed
   * @param seenAt on our clock
   * @param seconds of its duration, and for a device that has not seen a shorter one yet, of that
   *     before
   * @param asked the duration that stands in it now
   * @param silent whether the device counts as unreachable
   * @param first whether no renewal has been seen since we began to look
   * @param at when it was renewed, by the clock of the API server
   */
  private record Beat(
      String renewed,
      long seenAt,
      int seconds,
      int asked,
      boolean silent,
      boolean first,
      String at) {}

  /**
   * What a Lease says; its device writes all of it, and it is never read as more than text and a
   * number: a time in the year 0 is one, and one that is no time at all harms nobody.
   *
   * @param time distinguished, never compared by size; empty if there is none
   * @param seconds as they stand there
   * @param at when it was renewed, by the clock of the API server; empty if that does not say
   */
  record Renewal(String time, int seconds, String at) {
    private static final int LONGEST = 64;

    static Renewal of(BoundedLease lease) {
      Map<?, ?> spec = lease.get("spec") instanceof Map<?, ?> fields ? fields : Map.of();
      String time = spec.get("renewTime") instanceof String text ? text : "";
      Object seconds = spec.get("leaseDurationSeconds");
      return new Renewal(
          time.length() > LONGEST ? time.substring(0, LONGEST) : time,
          seconds instanceof Integer number && number > 0 ? number : DEFAULT_SECONDS,
          lease.renewedAt());
    }

    /** As long as a device can be silent, whatever it says. */
    int believed() {
      return LeaseDuration.believed(seconds);
    }
  }

  Heartbeats(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /**
   * A Lease was seen; says whether the device may be reachable anew because of it, or on a metered
   * link from now on, or not any more.
   */
  boolean seen(Key device, Renewal renewal) {
    String renewed = renewal.time();
    int asked = renewal.seconds();
    Beat old = beats.get(device);
    if (old == null) {
      beats.put(
          device,
          new Beat(
              renewed, nanos.getAsLong(), renewal.believed(), asked, false, true, renewal.at()));
      return true;
    }
    boolean renews = !old.renewed().equals(renewed);
    beats.put(
        device,
        renews
            ? new Beat(
                renewed, nanos.getAsLong(), renewal.believed(), asked, false, false, renewal.at())
            : new Beat(
                renewed,
                old.seenAt(),
                Math.max(old.seconds(), renewal.believed()),
                asked,
                old.silent(),
                old.first(),
                old.at()));
    return renews && (old.silent() || old.renewed().isEmpty())
        || LeaseDuration.metered(old.asked()) != LeaseDuration.metered(asked);
  }

  /** The Lease is gone. */
  void gone(Key device) {
    beats.remove(device);
    rounds.remove(device);
  }

  /** The durations of these Leases are about to be set, whatever comes of it. */
  synchronized void pacing(Collection<Key> devices) {
    round++;
    devices.forEach(
        device -> {
          rounds.put(device, round);
          if (!beats.containsKey(device)) {
            rounds.remove(device);
          }
        });
  }

  /** A status from before this process says that the device was silent: then it still is. */
  void knownSilent(Key device) {
    beats.computeIfPresent(device, (_, b) -> b.first() ? silent(b) : b);
  }

  /**
   * Whether the device is reachable.
   *
   * @param enrolled whether it has been let in
   */
  Reach reach(Key device, boolean enrolled) {
    return Optional.ofNullable(beats.get(device))
        .filter(it -> !it.renewed().isEmpty())
        .map(it -> it.silent() ? Reach.UNREACHABLE : Reach.REACHABLE)
        .orElse(enrolled ? Reach.NEVER : Reach.UNAPPROVED);
  }

  /** How often the device renews its Lease if its link is metered; empty if it is not. */
  Optional<Duration> metered(Key device) {
    return Optional.ofNullable(beats.get(device))
        .map(Beat::asked)
        .filter(LeaseDuration::metered)
        .map(it -> Duration.ofSeconds(LeaseDuration.believed(it) / 3));
  }

  /**
   * How many devices of each namespace have ever renewed their Lease. Whoever may make Devices
   * makes as many as they like, but a Lease has only a device that was let in.
   */
  Map<String, Integer> renewing() {
    var devices = new HashMap<String, Integer>();
    beats.forEach(
        (device, beat) -> {
          if (!beat.renewed().isEmpty()) {
            int _ = devices.merge(device.namespace(), 1, Integer::sum);
          }
        });
    return devices;
  }

  /** Finds those that have become silent; asked only while the Leases can be seen. */
  List<Key> expire() {
    long now = nanos.getAsLong();
    var silent = new ArrayList<Key>();
    beats.forEach(
        (device, beat) -> {
          boolean late = now - beat.seenAt() >= Duration.ofSeconds(beat.seconds()).toNanos();
          if (late && !beat.silent() && beats.replace(device, beat, silent(beat))) {
            silent.add(device);
          }
        });
    return silent;
  }

  private static Beat silent(Beat b) {
    return new Beat(b.renewed(), b.seenAt(), b.seconds(), b.asked(), true, b.first(), b.at());
  }

  /**
   * When the device last renewed its Lease, by the API server's clock; empty if it does not say.
   */
  Optional<Instant> lastSeen(Key device) {
    return Optional.ofNullable(beats.get(device)).map(Beat::at).flatMap(Heartbeats::time);
  }

  private static Optional<Instant> time(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }

  /** The Leases could not be seen for a while: nobody is blamed for that time. */
  void forgive() {
    long now = nanos.getAsLong();
    beats.replaceAll(
        (_, b) ->
            b.silent()
                ? b
                : new Beat(b.renewed(), now, b.seconds(), b.asked(), false, b.first(), b.at()));
  }

  /** The Lease has this duration by now; that it has will be seen a little later. */
  void asked(Key device, int seconds) {
    beats.computeIfPresent(
        device,
        (_, b) ->
            new Beat(
                b.renewed(),
                b.seenAt(),
                Math.max(b.seconds(), seconds),
                seconds,
                b.silent(),
                b.first(),
                b.at()));
  }

  /**
   * Devices whose Lease is shorter, and no more than so many: those whose turn is longest ago, and
   * of these the shortest. A device that takes its Lease back all the time takes nobody's turn.
   *
   * @param seconds of each namespace
   */
  List<Key> askedLessThan(ToIntFunction<String> seconds, int most) {
    return beats.entrySet().stream()
        .filter(e -> e.getValue().asked() < seconds.applyAsInt(e.getKey().namespace()))
        .sorted(
            Comparator.<Map.Entry<Key, Beat>>comparingLong(e -> rounds.getOrDefault(e.getKey(), 0L))
                .thenComparingInt(e -> e.getValue().asked()))
        .limit(most)
        .map(Map.Entry::getKey)
        .toList();
  }

  /**
   * Devices whose Lease is longer, and no more than so many; without those that asked for theirs
   * because their link is metered.
   */
  List<Key> askedMoreThan(ToIntFunction<String> seconds, int most) {
    return beats.entrySet().stream()
        .filter(e -> e.getValue().asked() > seconds.applyAsInt(e.getKey().namespace()))
        .filter(e -> !LeaseDuration.metered(e.getValue().asked()))
        .limit(most)
        .map(Map.Entry::getKey)
        .toList();
  }
}
