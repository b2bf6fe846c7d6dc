package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.HoldReader;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A spec as a tree that is equal for equal specs, whether it was written in a file or comes from
 * the API server: keys sorted, fields without a value left out, numbers by value, and what the API
 * server fills in left out too. {@code suspend} and {@code hold} are not in it.
 */
final class CanonicalSpec {
  /** What the schema of the kind fills in; a test compares this with the schema. */
  static final Map<String, String> DEFAULTS = Map.of("mode", "Closed");

  private static final int LONGEST_INTEGER = 18;

  private CanonicalSpec() {}

  static SortedMap<String, Object> spec(Node spec) {
    return withoutDefaults(tree(spec));
  }

  /** The same of what a JSON reader made of the object. */
  static SortedMap<String, Object> spec(@Nullable Object spec) {
    return withoutDefaults(tree(spec));
  }

  /**
   * Whether the object is suspended. That stands apart from the rest: what Git does not say of it
   * is for those who run the app to say.
   */
  static boolean suspends(GenericKubernetesResource object) {
    return object.getAdditionalProperties().get("spec") instanceof Map<?, ?> spec
        && Boolean.TRUE.equals(spec.get(SpecReader.SUSPEND));
  }

  /**
   * How the object is held: the field alone, or nothing if it is not. As with {@link #suspends}.
   */
  static SortedMap<String, Object> hold(GenericKubernetesResource object) {
    return hold(tree(object.getAdditionalProperties().get("spec")));
  }

  /** The same of a manifest. */
  static SortedMap<String, Object> hold(Node spec) {
    return hold(tree(spec));
  }

  private static SortedMap<String, Object> hold(@Nullable Object spec) {
    var hold = new TreeMap<String, Object>();
    if (spec instanceof Map<?, ?> fields) {
      put(hold, HoldReader.HOLD, fields.get(HoldReader.HOLD));
    }
    return hold;
  }

  private static SortedMap<String, Object> withoutDefaults(@Nullable Object tree) {
    var spec = new TreeMap<String, Object>();
    if (tree instanceof Map<?, ?> fields) {
      fields.forEach((key, value) -> spec.put(String.valueOf(key), value));
    }
    DEFAULTS.forEach((key, value) -> spec.remove(key, value));
    // The schema of earlier releases filled it in.
    spec.remove("drift", "Detect");
    spec.remove(SpecReader.SUSPEND);
    spec.remove(HoldReader.HOLD);
    return spec;
  }

  private static @Nullable Object tree(Node node) {
    return switch (node) {
      case Node.Scalar(_, var kind, var text) ->
          switch (kind) {
            case TEXT -> text;
            case BOOLEAN -> Boolean.parseBoolean(text);
            case INTEGER, DECIMAL -> number(text);
            case NULL -> null;
          };
      case Node.Sequence(_, var items) -> {
        var list = new ArrayList<@Nullable Object>();
        items.forEach(item -> list.add(tree(item)));
        yield list;
      }
      case Node.Mapping(_, var entries) -> {
        var map = new TreeMap<String, Object>();
        for (Node.Entry entry : entries) {
          put(map, entry.key(), tree(entry.value()));
        }
        yield map;
      }
    };
  }

  private static @Nullable Object tree(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case Map<?, ?> fields -> {
        var map = new TreeMap<String, Object>();
        fields.forEach((key, field) -> put(map, String.valueOf(key), tree(field)));
        yield map;
      }
      case List<?> items -> {
        var list = new ArrayList<@Nullable Object>();
        items.forEach(item -> list.add(tree(item)));
        yield list;
      }
      case Boolean flag -> flag;
      case Number number -> number(number.toString());
      default -> value.toString();
    };
  }

  private static void put(Map<String, Object> fields, String key, @Nullable Object value) {
    if (value != null) {
      fields.put(key, value);
    }
  }

  /** A number by its value; text where JSON has no such number. */
  private static Object number(String text) {
    try {
      if (text.startsWith("0x")) {
        return whole(new BigDecimal(new BigInteger(text.substring(2), 16)));
      }
      if (text.startsWith("0o")) {
        return whole(new BigDecimal(new BigInteger(text.substring(2), 8)));
      }
      return whole(new BigDecimal(text));
    } catch (NumberFormatException e) {
      return text;
    }
  }

  private static Object whole(BigDecimal number) {
    BigDecimal stripped = number.stripTrailingZeros();
    boolean isLong =
        stripped.scale() <= 0 && (long) stripped.precision() - stripped.scale() <= LONGEST_INTEGER;
    return isLong ? (Object) stripped.longValueExact() : stripped;
  }
}
