package dev.sandbar.core.compile;

import java.util.ArrayList;
import java.util.List;

/** That kernel settings below /sys are read-only where {@code ProtectKernelTunables=yes} stands. */
final class SysfsLines {
  private static final String READ_ONLY = "ProtectKernelTunables";

  /** The first systemd that mounts a /sys of its own for units in a network of their own. */
  private static final int PRIVATE_SYSFS = 257;

  private SysfsLines() {}

  /**
   * The lines, with what they lack to hold on this device.
   *
   * <p>systemd 257 to 262 have two mounts for /sys where a unit is in the network of the device:
   * the device's own, and that it is read-only. It takes the second for a duplicate of the first,
   * and /sys stays writable (seen on Linux 6.12; where /sys is read-only for all, as in containers,
   * it does not show). In a network of its own a unit gets a new /sys.
   *
   * @param lines of a whole unit: what an author opens by {@code raw} too
   */
  static List<Directive> held(List<Directive> lines, DeviceFacts facts) {
    int last = last(lines, READ_ONLY);
    boolean own =
        last(lines, "NetworkNamespacePath") >= 0 || isYes(lines, last(lines, "PrivateNetwork"));
    if (facts.systemdVersion() < PRIVATE_SYSFS || own || !isYes(lines, last)) {
      return lines;
    }
    var held = new ArrayList<>(lines);
    held.add(
        last + 1,
        new Directive(
            Draft.SERVICE,
            "BindReadOnlyPaths",
            EscapedText.paths(List.of("/sys")).text(),
            lines.get(last).because()));
    return held;
  }

  private static boolean isYes(List<Directive> lines, int at) {
    return at >= 0 && lines.get(at).value().equals("yes");
  }

  /** Of the line with this name that counts, or -1. */
  private static int last(List<Directive> lines, String name) {
    for (int i = lines.size() - 1; i >= 0; i--) {
      if (lines.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }
}
