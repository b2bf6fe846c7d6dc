package dev.sandbar.crds.v1alpha1;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads absent collections as empty ones, and keeps all of them unchangeable. */
final class Absent {

  private Absent() {}

  static <T> List<T> asEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : List.copyOf(list);
  }

  static <V> Map<String, V> asEmpty(@Nullable Map<String, V> map) {
    return map == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(map));
  }
}
