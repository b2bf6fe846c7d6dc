package dev.sandbar.core.property;

import java.util.List;

/**
 * A property value as systemd sent it over D-Bus, free of the D-Bus library. {@link Canonical}
 * turns it into a {@link Value}.
 */
public sealed interface Raw {

  /** Type {@code b}. */
  record Bool(boolean value) implements Raw {}

  /** Any integer type; unsigned 64-bit values keep their bits, so infinity is -1. */
  record Int(long bits) implements Raw {}

  /** Type {@code d}. */
  record Real(double value) implements Raw {}

  /** Types {@code s}, {@code o}, {@code g}. */
  record Str(String text) implements Raw {}

  /** Any array. Arrays of bytes are arrays of {@link Int}. */
  record Array(List<Raw> items) implements Raw {
    public Array {
      items = List.copyOf(items);
    }
  }

  /** A structure or dictionary entry. */
  record Tuple(List<Raw> fields) implements Raw {
    public Tuple {
      fields = List.copyOf(fields);
    }
  }
}
