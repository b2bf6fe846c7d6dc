package dev.sandbar.core.plan;

import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.model.UnitName;

/**
 * One thing that is not as declared. It is called drift when the device, not the spec, caused it.
 *
 * @param layer where it was seen
 * @param subject the directive, file or state that differs, for example {@code IPAddressDeny},
 *     {@code /etc/systemd/system/sandbar-x.service.d/50-y.conf} or {@code ActiveState}
 * @param declared what should be, for people
 * @param observed what is, for people
 */
public record Difference(
    UnitName unit, Layer layer, String subject, String declared, String observed) {

  /**
   * Whether it is a filter on ports that is not attached: systemd 257 loses them when it is
   * reloaded, and nobody meant anything by it.
   */
  public boolean isLostPortFilter() {
    return layer == Layer.PROCESS
        && (subject.equals(ProcessLayer.PROGRAM + CgroupProgram.BIND4.name())
            || subject.equals(ProcessLayer.PROGRAM + CgroupProgram.BIND6.name()));
  }

  /** The layers at which a device can differ, each reported by itself. */
  public enum Layer {
    /** Unit files, drop-ins, shadowing files, enablement links on disk. */
    FILE,
    /** What PID 1 has loaded, the slices above included. */
    MANAGER,
    /** What the kernel holds of the running processes. */
    PROCESS,
    /** The root image. */
    IMAGE,
    /** Whether the unit runs, is enabled, is masked, has failed. */
    STATE
  }
}
