package dev.sandbar.core.compile;

import java.util.Arrays;
import java.util.TreeMap;
import java.util.TreeSet;

/** A device that can do everything, for compiling and explaining where no device is at hand. */
public final class ReferenceDevice {

  /** The systemd of Debian 13. */
  public static final int SYSTEMD = 257;

  private ReferenceDevice() {}

  /** Its facts. Names of system calls are not checked against it, and it has no volumes. */
  public static DeviceFacts facts() {
    return new DeviceFacts(
        SYSTEMD,
        "6.12.0",
        "x86-64",
        new TreeSet<>(Arrays.asList(Feature.values())),
        new TreeMap<>(),
        new TreeSet<>(),
        new TreeMap<>(),
        new TreeMap<>());
  }
}
