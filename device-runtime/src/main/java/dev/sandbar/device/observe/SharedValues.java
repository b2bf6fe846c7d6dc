package dev.sandbar.device.observe;

import dev.sandbar.core.property.Raw;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Equal names and values of one look at many units, held once. A unit has over 300 properties, some
 * with hundreds of words, and nearly all of them are the same for every sandboxed app; without this
 * a look at 100 apps fills a small heap.
 *
 * <p>Safe for use by many threads.
 */
final class SharedValues {

  private final ConcurrentHashMap<String, String> names = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Raw, Raw> values = new ConcurrentHashMap<>();

  /** The same properties, of shared parts. */
  SortedMap<String, Raw> share(SortedMap<String, Raw> properties) {
    var shared = new TreeMap<String, Raw>();
    properties.forEach((name, value) -> shared.put(first(names, name), first(values, value)));
    return shared;
  }

  private static <T> T first(ConcurrentHashMap<T, T> seen, T one) {
    T earlier = seen.putIfAbsent(one, one);
    return earlier == null ? one : earlier;
  }
}
