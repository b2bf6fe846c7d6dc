package dev.sandbar.core.plan;

import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.model.UnitName;

/**
 * One thing that is not as declared. It is called drift when the device, not the spec, caused it.
 *
 * @param subject the directive, file or state that differs
 * @param declared what should be, for people
 * @param observed what is, for people
 */
public record Difference(UnitName unit, Subject subject, String declared, String observed) {

  /** Where it was seen. */
  public Layer layer() {
    return subject.layer();
  }

  /**
   * Whether it is a filter on ports that is not attached: systemd 257 loses them when it is
   * reloaded, and nobody meant anything by it.
   */
  public boolean isLostPortFilter() {
    return subject instanceof Subject.Program(CgroupProgram program)
        && (program == CgroupProgram.BIND4 || program == CgroupProgram.BIND6);
  }

  /**
   * Whether no version of the app and no restart would end it: it is no fault of a version that was
   * just applied.
   */
  public boolean isBeyondTheUnit() {
    return subject instanceof Subject.ManagerVariable || subject == Subject.Processes.JOINED;
  }

  /** The layers at which a device can differ, each reported by itself. */
  public enum Layer {
    /** Unit files, drop-ins, shadowing files, enablement links on disk. */
    FILE,
    /** What PID 1 has loaded, including the slices above. */
    MANAGER,
    /** What the kernel shows for the running processes. */
    PROCESS,
    /** The root image. */
    IMAGE,
    /** Whether the unit runs, is enabled, is masked, has failed. */
    STATE
  }
}
