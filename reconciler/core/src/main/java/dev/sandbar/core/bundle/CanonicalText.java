package dev.sandbar.core.bundle;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import java.math.BigDecimal;
import java.util.Comparator;

/**
 * A node as text that does not depend on how an API server stores it: keys sorted, fields without a
 * value left out, numbers by value, text counted instead of quoted.
 */
final class CanonicalText {
  private final StringBuilder out = new StringBuilder();

  private CanonicalText() {}

  static Sha256 digest(Node node) {
    return Sha256.of(of(node));
  }

  /** Whether the nodes mean the same. */
  static boolean same(Node one, Node other) {
    return of(one).equals(of(other));
  }

  private static String of(Node node) {
    var canonical = new CanonicalText();
    canonical.write(node);
    return canonical.out.toString();
  }

  private void write(Node node) {
    switch (node) {
      case Node.Scalar(_, var kind, var text) -> scalar(kind, text);
      case Node.Sequence(_, var items) -> {
        out.append('[').append(items.size()).append(':');
        items.forEach(this::write);
        out.append(']');
      }
      case Node.Mapping(_, var entries) -> {
        out.append('{');
        entries.stream()
            .filter(entry -> !isNull(entry.value()))
            .sorted(Comparator.comparing(Node.Entry::key))
            .forEach(
                entry -> {
                  text(entry.key());
                  write(entry.value());
                });
        out.append('}');
      }
    }
  }

  private void scalar(Node.Kind kind, String value) {
    switch (kind) {
      case TEXT -> text(value);
      case INTEGER, DECIMAL -> out.append('#').append(number(value)).append(';');
      case BOOLEAN -> out.append(Boolean.parseBoolean(value) ? "+" : "-");
      case NULL -> out.append('0');
    }
  }

  private void text(String value) {
    out.append(value.length()).append('"').append(value);
  }

  private static String number(String value) {
    try {
      return new BigDecimal(value).stripTrailingZeros().toString();
    } catch (NumberFormatException | ArithmeticException e) {
      return value;
    }
  }

  private static boolean isNull(Node node) {
    return node instanceof Node.Scalar(_, var kind, _) && kind == Node.Kind.NULL;
  }
}
