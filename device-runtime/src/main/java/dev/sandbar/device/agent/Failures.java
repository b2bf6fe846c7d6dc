package dev.sandbar.device.agent;

import dev.sandbar.device.systemd.SystemdException;

/** Says what to do about a systemd that refuses. */
final class Failures {

  private Failures() {}

  static String explain(SystemdException e) {
    return switch (e.kind()) {
      case ACCESS_DENIED -> e.getMessage() + " (run the agent as root)";
      case UNAVAILABLE -> e.getMessage() + " (is this a device that systemd has booted?)";
      case NO_SUCH_UNIT, REFUSED -> String.valueOf(e.getMessage());
    };
  }
}
