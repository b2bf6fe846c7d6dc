package dev.sandbar.core.model;

import java.util.List;

/**
 * Specs that were accepted by an earlier release and are stored: in an API server, in a bundle, on
 * the device. What people write is read by {@link SpecReader} as it is.
 */
public final class StoredSpec {

  private static final String DRIFT = "drift";

  private StoredSpec() {}

  /** The spec with {@code drift: Correct}, of releases before it was a map, as that map. */
  public static Node current(Node spec) {
    if (!(spec instanceof Node.Mapping(var at, var entries))
        || !(spec.fields().get(DRIFT) instanceof Node.Scalar(_, var kind, _))
        || kind != Node.Kind.TEXT) {
      return spec;
    }
    return new Node.Mapping(at, entries.stream().map(StoredSpec::current).toList());
  }

  private static Node.Entry current(Node.Entry entry) {
    return entry.key().equals(DRIFT)
        ? new Node.Entry(
            entry.keyAt(),
            DRIFT,
            new Node.Mapping(
                entry.value().at(),
                List.of(new Node.Entry(entry.value().at(), "mode", entry.value()))))
        : entry;
  }

  /** The same of a whole object. */
  public static Node document(Node document) {
    return document instanceof Node.Mapping(var at, var entries)
        ? new Node.Mapping(
            at,
            entries.stream()
                .map(
                    entry ->
                        entry.key().equals("spec")
                            ? new Node.Entry(entry.keyAt(), "spec", current(entry.value()))
                            : entry)
                .toList())
        : document;
  }
}
