package dev.sandbar.core.model;

import java.util.List;
import java.util.SequencedMap;

/**
 * The tables behind the rules that {@link SpecReader} holds values to, for those that state the
 * same rules elsewhere: schemas, admission policies, documents.
 */
public final class ValueTables {

  private ValueTables() {}

  /** Paths at which nothing can be mounted; below them it can. */
  public static List<String> reservedPaths() {
    return ValueRules.RESERVED;
  }

  /** Paths at which and below which nothing can be mounted. */
  public static List<String> reservedTrees() {
    return ValueRules.RESERVED_WHOLE;
  }

  /** Paths at which and below which no file of an app can be, beside the reserved ones. */
  public static List<String> hiddenTrees() {
    return ValueRules.HIDDEN_FROM_APPS;
  }

  /** Folders below {@code /run} at which and below which no file is that is read again. */
  public static List<String> takenFolders() {
    return ReloadRules.TAKEN;
  }

  /** What no path begins with at which something is mounted. */
  public static List<String> reservedPrefixes() {
    return AppDirectory.prefixes();
  }

  /**
   * Device nodes that no app gets: a regular expression over the whole name below {@code /dev/},
   * and what such a node is.
   */
  public static SequencedMap<String, String> refusedDevices() {
    return DeviceRules.refused();
  }
}
