package dev.sandbar.e2e;

import dev.sandbar.core.model.Node;

/** Texts of documents. */
final class Texts {

  private Texts() {}

  /** The text of a field; empty if there is none. */
  static String at(Node node, String key) {
    return node.fields().get(key) instanceof Node.Scalar(_, _, var text) ? text : "";
  }
}
