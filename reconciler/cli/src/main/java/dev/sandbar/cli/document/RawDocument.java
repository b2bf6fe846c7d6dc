package dev.sandbar.cli.document;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Node.Kind;
import dev.sandbar.core.property.Raw;

/**
 * A raw property as a document: booleans, whole numbers, decimals, texts and lists as themselves; a
 * structure as a map with the one key {@code fields}.
 */
final class RawDocument {
  private static final String FIELDS = "fields";

  private RawDocument() {}

  static Node write(Raw raw) {
    return switch (raw) {
      case Raw.Bool(var value) -> Node.flag(value);
      case Raw.Int(var bits) -> Node.number(bits);
      case Raw.Real(var value) ->
          new Node.Scalar(Location.NOWHERE, Kind.DECIMAL, Double.toString(value));
      case Raw.Str(var text) -> Node.text(text);
      case Raw.Array(var items) -> Node.list(items.stream().map(RawDocument::write).toList());
      case Raw.Tuple(var fields) ->
          new MappingBuilder()
              .put(FIELDS, Node.list(fields.stream().map(RawDocument::write).toList()))
              .build();
    };
  }

  static Raw read(Node node) {
    return switch (node) {
      case Node.Scalar scalar -> scalar(scalar);
      case Node.Sequence sequence ->
          new Raw.Array(sequence.items().stream().map(RawDocument::read).toList());
      case Node.Mapping mapping ->
          new Raw.Tuple(Fields.of(mapping).list(FIELDS, RawDocument::read));
    };
  }

  private static Raw scalar(Node.Scalar scalar) {
    return switch (scalar.kind()) {
      case TEXT -> new Raw.Str(scalar.text());
      case BOOLEAN -> new Raw.Bool(Fields.flag(scalar));
      case INTEGER -> new Raw.Int(Fields.number(scalar));
      case DECIMAL -> new Raw.Real(decimal(scalar));
      case NULL -> throw Fields.wrong(scalar.at(), "a property has no value");
    };
  }

  private static double decimal(Node.Scalar scalar) {
    try {
      return Double.parseDouble(scalar.text());
    } catch (NumberFormatException _) {
      throw Fields.wrong(scalar.at(), "a decimal number was expected");
    }
  }
}
