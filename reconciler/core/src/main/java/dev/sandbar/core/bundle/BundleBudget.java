package dev.sandbar.core.bundle;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.EncodedSize;
import dev.sandbar.core.model.Node;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which apps fit into the bundle of a device. The store refuses an object that is too large as a
 * whole, and with it the removal of an app or the end of a device's service; so apps are refused
 * here, by name, and the bundle can always be written.
 *
 * <p>The same apps are refused whoever asks, and asking again changes nothing: what is published
 * keeps its place, and of what is not, the first by name get one.
 */
public record BundleBudget(SortedMap<AppName, BundleEntry> entries, SortedSet<AppName> refused) {

  /**
   * The most that the apps of a bundle take in the store, in bytes: below the 1.5 MiB of an object
   * of etcd, with room for what the device reports.
   */
  public static final int MOST_BYTES = 1024 * 1024;

  /**
   * What a value counts at least, however few bytes it has: a device reads 120 000 values, which
   * are those of the apps, the notes on their fields, and as much again of what it reports.
   */
  private static final int LEAST = 16;

  /** Why an app is refused. */
  public static final String MESSAGE =
      "the bundle of the device has no room for it: a bundle has at most %d apps and %d bytes,"
              .formatted(Bundle.MAX_APPS, MOST_BYTES)
          + " and each value counts as %d bytes or more".formatted(LEAST);

  /** What to do about it. */
  public static final String HELP =
      "select fewer apps for this device, or put long text in files that the apps read";

  /** What the API server notes for each field beside its name: {@code f:}, braces and a dot. */
  private static final int FIELD = 13;

  public BundleBudget {
    entries = Collections.unmodifiableSortedMap(entries);
    refused = Collections.unmodifiableSortedSet(refused);
  }

  /**
   * What is published.
   *
   * @param wanted all that the device must run
   * @param now what is published; a new version of an app that does not fit leaves it as it is
   */
  public static BundleBudget fit(
      SortedMap<AppName, BundleEntry> wanted, SortedMap<AppName, BundleEntry> now) {
    var fitting = new Fitting();
    wanted.forEach(
        (name, entry) -> {
          BundleEntry held = now.get(name);
          if (held != null) {
            fitting.put(held);
          }
        });
    var growing = new TreeMap<AppName, BundleEntry>();
    wanted.forEach(
        (name, entry) -> {
          BundleEntry held = now.get(name);
          if (held != null && cost(entry) <= cost(held)) {
            fitting.put(entry);
          } else if (held != null) {
            growing.put(name, entry);
          }
        });
    growing.values().forEach(fitting::putIfItFits);
    wanted.forEach(
        (name, entry) -> {
          if (!now.containsKey(name)) {
            fitting.putIfItFits(entry);
          }
        });
    return new BundleBudget(fitting.entries, fitting.refused);
  }

  private static final class Fitting {
    private final TreeMap<AppName, BundleEntry> entries = new TreeMap<>();
    private final TreeSet<AppName> refused = new TreeSet<>();
    private final TreeMap<AppName, Long> costs = new TreeMap<>();

    void put(BundleEntry entry) {
      entries.put(entry.name(), entry);
      costs.put(entry.name(), cost(entry));
    }

    void putIfItFits(BundleEntry entry) {
      boolean hasPlace = entries.containsKey(entry.name()) || entries.size() < Bundle.MAX_APPS;
      long taken = costs.values().stream().mapToLong(Long::longValue).sum();
      long after = taken - costs.getOrDefault(entry.name(), 0L) + cost(entry);
      if (hasPlace && after <= MOST_BYTES) {
        put(entry);
      } else {
        refused.add(entry.name());
      }
    }
  }

  /** The bytes of an entry in the store, and of what the API server notes of its fields. */
  static long cost(BundleEntry entry) {
    Node node = Node.mapping(List.of(Node.entry(entry.name().value(), entry.toNode())));
    return Math.max(EncodedSize.of(node) + fieldNames(node), LEAST * values(node));
  }

  /** Those of the notes among them, one for each field. */
  private static long values(Node node) {
    return switch (node) {
      case Node.Scalar _ -> 1;
      case Node.Sequence(_, var items) -> {
        long sum = 1;
        for (Node item : items) {
          sum += values(item);
        }
        yield sum;
      }
      case Node.Mapping(_, var entries) -> {
        long sum = 1;
        for (Node.Entry entry : entries) {
          sum += 1 + values(entry.value());
        }
        yield sum;
      }
    };
  }

  /** The API server notes who manages each field of a map; a list is one field. */
  private static long fieldNames(Node node) {
    if (!(node instanceof Node.Mapping(_, var entries))) {
      return 0;
    }
    long bytes = 0;
    for (Node.Entry entry : entries) {
      bytes += EncodedSize.of(Node.text(entry.key())) + FIELD + fieldNames(entry.value());
    }
    return bytes;
  }
}
