package dev.sandbar.core.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * A document as a tree that remembers where each value stands. Readers of YAML and JSON make it,
 * {@code SpecReader} consumes it, and everything that Sandbar prints as JSON or YAML is built as
 * one.
 */
public sealed interface Node {

  /** Where the value begins. */
  Location at();

  /**
   * How a scalar was written, after the core schema of YAML 1.2 ({@code yes} is text there, not a
   * boolean).
   */
  enum Kind {
    TEXT,
    INTEGER,
    DECIMAL,
    BOOLEAN,
    NULL
  }

  /**
   * A single value.
   *
   * @param text the value as written, without quotes
   */
  record Scalar(Location at, Kind kind, String text) implements Node {}

  /** A list. */
  record Sequence(Location at, List<Node> items) implements Node {
    public Sequence {
      items = List.copyOf(items);
    }
  }

  /** A map in the order of the input; keys are unique, which the readers guarantee. */
  record Mapping(Location at, List<Entry> entries) implements Node {
    public Mapping {
      entries = List.copyOf(entries);
    }
  }

  /** One key of a {@link Mapping}. */
  record Entry(Location keyAt, String key, Node value) {}

  /** Text without a place, for output. */
  static Node text(String value) {
    return new Scalar(Location.NOWHERE, Kind.TEXT, value);
  }

  /** A whole number without a place, for output. */
  static Node number(long value) {
    return new Scalar(Location.NOWHERE, Kind.INTEGER, Long.toString(value));
  }

  /** A boolean without a place, for output. */
  static Node flag(boolean value) {
    return new Scalar(Location.NOWHERE, Kind.BOOLEAN, Boolean.toString(value));
  }

  /** A list without a place, for output. */
  static Node list(List<? extends Node> items) {
    return new Sequence(Location.NOWHERE, List.copyOf(items));
  }

  /** A key without a place, for output. */
  static Entry entry(String key, Node value) {
    return new Entry(Location.NOWHERE, key, value);
  }

  /** A map without a place, for output. */
  static Node mapping(List<Entry> entries) {
    return new Mapping(Location.NOWHERE, entries);
  }

  /** The fields of a map in the order of the input; empty for anything else. */
  default SequencedMap<String, Node> fields() {
    var fields = new LinkedHashMap<String, Node>();
    if (this instanceof Mapping mapping) {
      mapping.entries().forEach(entry -> fields.put(entry.key(), entry.value()));
    }
    return fields;
  }
}
