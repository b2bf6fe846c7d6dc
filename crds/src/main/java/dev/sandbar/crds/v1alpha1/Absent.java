package dev.sandbar.crds.v1alpha1;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads absent values as empty ones, and keeps all collections unchangeable. */
final class Absent {

  private Absent() {}

  static <T> List<T> asEmpty(@Nullable List<T> list) {
    return Objects.requireNonNullElse(list, List.<T>of()).stream()
        .filter(Objects::nonNull)
        .toList();
  }

  static <V> Map<String, V> asEmpty(@Nullable Map<String, V> map) {
    var values = new TreeMap<String, V>(Objects.requireNonNullElse(map, Map.of()));
    values.values().removeIf(Objects::isNull);
    return Collections.unmodifiableMap(values);
  }

  static String asEmpty(@Nullable String text) {
    return Objects.requireNonNullElse(text, "");
  }
}
