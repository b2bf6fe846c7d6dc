package dev.sandbar.operator.publish;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Fields of objects of the API server, of which the model of the client gives null where there is
 * nothing: here that becomes an empty value, so that nobody else asks.
 */
public final class ObjectFields {
  private ObjectFields() {}

  /** Its labels; empty if it has none. */
  public static Map<String, String> labels(HasMetadata object) {
    return map(object.getMetadata().getLabels());
  }

  /** Its annotations; empty if it has none. */
  public static Map<String, String> annotations(HasMetadata object) {
    return map(object.getMetadata().getAnnotations());
  }

  /** An annotation; empty text if it is absent. */
  public static String annotation(HasMetadata object, String key) {
    return annotations(object).getOrDefault(key, "");
  }

  /** The generation; 0 if the server did not say. */
  public static long generation(HasMetadata object) {
    return Optional.ofNullable(object.getMetadata().getGeneration()).orElse(0L);
  }

  /** When the server created it; empty if it did not say, or nothing that can be read. */
  public static Optional<Instant> created(HasMetadata object) {
    try {
      return Optional.ofNullable(object.getMetadata().getCreationTimestamp()).map(Instant::parse);
    } catch (DateTimeParseException _) {
      return Optional.empty();
    }
  }

  /** A text; empty if it is absent. */
  public static String text(@Nullable String text) {
    return Optional.ofNullable(text).orElse("");
  }

  /** A list; empty if it is absent. */
  public static <T> List<T> list(@Nullable List<T> list) {
    return Optional.ofNullable(list).orElse(List.of());
  }

  /** A map; empty if it is absent. */
  public static <K, V> Map<K, V> map(@Nullable Map<K, V> map) {
    return Optional.ofNullable(map).orElse(Map.of());
  }
}
