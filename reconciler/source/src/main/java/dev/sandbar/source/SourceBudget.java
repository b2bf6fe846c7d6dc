package dev.sandbar.source;

import dev.sandbar.core.model.Node;

/**
 * What one source may take of the memory, all of its files together. A limit for each file bounds
 * no source: sixty files of a repository can share one blob, and are sixty files in memory.
 *
 * <p>Counts what is kept. One file is parsed at a time, under limits of its own, and counted before
 * the next. For one source and one thread.
 */
public final class SourceBudget {
  private static final long MIB = 1024 * 1024;

  private final long maxValues;
  private final long maxBytes;
  private final int maxNames;
  private long values;
  private long bytes;
  private int names;

  /**
   * @param maxValues keys and values of all documents; one takes some 100 bytes of the heap
   * @param maxBytes bytes of all files, of what they have put in, and of their names
   * @param maxNames of files, with those that are named by others
   */
  public SourceBudget(long maxValues, long maxBytes, int maxNames) {
    if (maxValues < 1 || maxBytes < 1 || maxNames < 1) {
      throw new IllegalArgumentException("limits must be positive");
    }
    this.maxValues = maxValues;
    this.maxBytes = maxBytes;
    this.maxNames = maxNames;
  }

  /** For one device: 100 000 values, 8 MiB, 4 000 names. */
  public static SourceBudget ofDevice() {
    return new SourceBudget(100_000, 8 * MIB, 4_000);
  }

  /** For a fleet: 400 000 values, 32 MiB, 10 000 names. */
  public static SourceBudget ofFleet() {
    return new SourceBudget(400_000, 32 * MIB, 10_000);
  }

  /** Keys and values so far. */
  public long values() {
    return values;
  }

  /** Counts a name. */
  public void name(String name) throws SourceTooLargeException {
    names++;
    if (names > maxNames) {
      throw new SourceTooLargeException("the manifests name more than " + maxNames + " files");
    }
    bytes(name.length());
  }

  /** Counts bytes of a file, or of a text that stands in a document once more. */
  public void bytes(long more) throws SourceTooLargeException {
    bytes += Math.max(more, 0);
    if (bytes > maxBytes) {
      throw new SourceTooLargeException(
          "the manifests, with the files that each of them names, have more than "
              + maxBytes
              + " bytes together");
    }
  }

  /** Counts keys and values, {@link #valuesOf} documents. */
  void values(long more) throws SourceTooLargeException {
    values += more;
    if (values > maxValues) {
      throw new SourceTooLargeException(
          "the manifests have more than " + maxValues + " values together");
    }
  }

  /** Keys and values of a document, which is no deeper than a reader lets it be. */
  static long valuesOf(Node node) {
    return switch (node) {
      case Node.Scalar _ -> 1;
      case Node.Sequence(_, var items) ->
          1 + items.stream().mapToLong(SourceBudget::valuesOf).sum();
      case Node.Mapping(_, var entries) ->
          1 + entries.stream().mapToLong(it -> 1 + valuesOf(it.value())).sum();
    };
  }

  /** Bytes of the texts of a document, each as often as it stands there. */
  static long textOf(Node node) {
    return switch (node) {
      case Node.Scalar(_, _, var text) -> text.length();
      case Node.Sequence(_, var items) -> items.stream().mapToLong(SourceBudget::textOf).sum();
      case Node.Mapping(_, var entries) ->
          entries.stream().mapToLong(it -> it.key().length() + textOf(it.value())).sum();
    };
  }
}
