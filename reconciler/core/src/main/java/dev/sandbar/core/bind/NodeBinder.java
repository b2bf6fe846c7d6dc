package dev.sandbar.core.bind;

import dev.sandbar.core.model.Node;
import java.util.List;

/**
 * Makes a document of a record, and a record of a document. A component is a field of its name:
 *
 * <ul>
 *   <li>text, booleans, whole numbers, decimals and {@link java.time.Instant} (RFC 3339) are
 *       scalars; so are constants, by their {@link dev.sandbar.core.model.Written} form or their
 *       name, and records of a single text, like {@code AppName}
 *   <li>records are maps, lists and sorted sets are lists, and sorted maps are maps; a {@link Node}
 *       is kept as it is
 *   <li>one of the records of a sealed interface is a map with one field: its name, and what it has
 *   <li>a component that may be null is left out while it is
 * </ul>
 *
 * <p>Components keep their order, so equal records give equal bytes. Fields that a record does not
 * have are passed over, for a newer version wrote them, except by {@link #readExact}.
 */
public final class NodeBinder {
  private NodeBinder() {}

  /**
   * The document of a record.
   *
   * @throws IllegalStateException if the record has components of other types than these
   */
  public static Node write(Record value) {
    return Form.of(value.getClass()).write(value);
  }

  /**
   * A record from a document that Sandbar wrote: every field must be there, and of its type.
   *
   * @throws BindingException with the place and the path of the first field that is wrong
   */
  public static <T extends Record> T read(Class<T> type, Node node) {
    return type.cast(Form.of(type).read(node, Form.Strictness.COMPLETE));
  }

  /**
   * A record from a document that somebody handed over: every field must be there and of its type,
   * and there must be no others, since what they mean would be lost.
   *
   * @throws BindingException with the place and the path of the first field that is wrong
   */
  public static <T extends Record> T readExact(Class<T> type, Node node) {
    return type.cast(Form.of(type).read(node, Form.Strictness.EXACT));
  }

  /**
   * A record from a document that anybody, or another version, may have written. What is missing or
   * of another kind reads as empty: no text, 0, false, nothing, {@code UNKNOWN}. An item of a list
   * or an entry of a map that cannot be read even so is left out.
   *
   * @throws BindingException if a component has no empty value, which a record that is read like
   *     this should not have outside of lists and maps
   */
  public static <T extends Record> T readLenient(Class<T> type, Node node) {
    Node whole = node instanceof Node.Mapping ? node : Node.mapping(List.of());
    return type.cast(Form.of(type).read(whole, Form.Strictness.LENIENT));
  }
}
