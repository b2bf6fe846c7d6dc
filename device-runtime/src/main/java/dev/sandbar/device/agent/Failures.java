package dev.sandbar.device.agent;

import dev.sandbar.device.systemd.SystemdException;
import dev.sandbar.report.OneLine;

/** Says what to do about a systemd that refuses, or about a fault of Sandbar itself. */
final class Failures {

  private Failures() {}

  /** A fault of the program, on one line. */
  static String defect(Throwable e) {
    return "this is a fault of Sandbar: " + OneLine.defect(e) + " (report it)";
  }

  static String explain(SystemdException e) {
    return switch (e.kind()) {
      case UNAVAILABLE -> e.getMessage() + " (is this a device that systemd has booted?)";
      case ACCESS_DENIED, NO_SUCH_UNIT, REFUSED -> String.valueOf(e.getMessage());
    };
  }
}
