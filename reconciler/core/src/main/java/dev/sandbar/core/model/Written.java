package dev.sandbar.core.model;

import java.util.Optional;

/** A constant whose form in documents is its own, not its name in the code. */
public interface Written {

  /** As in a document. */
  String text();

  /** The constant of that form; empty if there is none. */
  static <E extends Enum<E> & Written> Optional<E> find(Class<E> type, String text) {
    for (E constant : type.getEnumConstants()) {
      if (constant.text().equals(text)) {
        return Optional.of(constant);
      }
    }
    return Optional.empty();
  }
}
