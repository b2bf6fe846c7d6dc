package dev.sandbar.core.compile;

import java.util.Arrays;
import java.util.TreeMap;
import java.util.TreeSet;

/** A device that can do everything, for compiling and explaining where no device is at hand. */
public final class ReferenceDevice {

  /** The systemd of Debian 13. */
  public static final int SYSTEMD = 257;

  /** What it is, for people. */
  public static final String TITLE = "Debian 13, systemd 257, x86-64";

  private ReferenceDevice() {}

  /** Its facts. It has no volumes and no labels. */
  public static DeviceFacts facts() {
    var groups = ReferenceSyscalls.groups();
    var calls = new TreeSet<String>();
    groups.values().forEach(calls::addAll);
    return new DeviceFacts(
        SYSTEMD,
        "6.12.0",
        "x86-64",
        new TreeSet<>(Arrays.asList(Feature.values())),
        groups,
        calls,
        new TreeMap<>(),
        new TreeMap<>());
  }
}
