package dev.sandbar.core.compile;

import dev.sandbar.core.model.UnitName;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The units that Sandbar itself needs on a device, whatever the apps: the slice they run in and
 * their target.
 */
public final class BaseUnits {

  private static final String SLICE_TEXT =
      """
      # Written by Sandbar; changes are drift.
      [Unit]
      Description=Apps run by Sandbar
      Before=slices.target
      """;

  private static final String TARGET_TEXT =
      """
      # Written by Sandbar; changes are drift.
      [Unit]
      Description=All apps run by Sandbar

      [Install]
      WantedBy=multi-user.target
      """;

  private BaseUnits() {}

  /** Exact text of each, by name. */
  public static SortedMap<UnitName, String> texts() {
    var texts = new TreeMap<UnitName, String>();
    texts.put(UnitName.SLICE, SLICE_TEXT);
    texts.put(UnitName.TARGET, TARGET_TEXT);
    return Collections.unmodifiableSortedMap(texts);
  }
}
