package dev.sandbar.core.model;

import java.util.Collection;
import java.util.Comparator;
import java.util.SequencedMap;

/**
 * Makes the key of a cache out of values that strangers choose. Every part says what it is and how
 * long it is, so that equal keys mean equal values: with separators alone, one name that holds a
 * separator stands for two names, and whoever chooses it gets into the entry of somebody else.
 */
public final class KeyDigest {
  private final StringBuilder out = new StringBuilder();

  /** Adds a text. */
  public KeyDigest text(String text) {
    out.append('t').append(text.length()).append(':').append(text);
    return this;
  }

  /** Adds a whole number. */
  public KeyDigest number(long number) {
    out.append('n').append(number).append(';');
    return this;
  }

  /** Adds texts in their order. */
  public KeyDigest texts(Collection<String> texts) {
    out.append('l').append(texts.size()).append(':');
    texts.forEach(this::text);
    return this;
  }

  /** Adds pairs of texts in their order. */
  public KeyDigest pairs(SequencedMap<String, String> pairs) {
    out.append('m').append(pairs.size()).append(':');
    pairs.forEach((key, value) -> text(key).text(value));
    return this;
  }

  /** Adds a document exactly as it is: the places aside, nothing is taken for something else. */
  public KeyDigest node(Node node) {
    switch (node) {
      case Node.Scalar(_, var kind, var text) -> {
        out.append('s');
        text(kind.name()).text(text);
      }
      case Node.Sequence(_, var items) -> {
        out.append('q').append(items.size()).append(':');
        items.forEach(this::node);
      }
      case Node.Mapping(_, var entries) -> {
        out.append('p').append(entries.size()).append(':');
        entries.stream()
            .sorted(Comparator.comparing(Node.Entry::key))
            .forEach(entry -> text(entry.key()).node(entry.value()));
      }
    }
    return this;
  }

  /** The digest of all that was added. */
  public Sha256 digest() {
    return Sha256.of(out.toString());
  }
}
