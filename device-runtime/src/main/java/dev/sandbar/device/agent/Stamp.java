package dev.sandbar.device.agent;

import dev.sandbar.device.kernel.BootTime;
import java.time.Instant;

/**
 * When a status was written, by the clock for people, and by one that is not set, by which commands
 * see how old it is.
 */
record Stamp(Instant at, BootTime boot) {

  static Stamp of(Instant at) {
    return new Stamp(at, BootTime.now());
  }

  /** Its part of the document that is new each time, from the value of the first field on. */
  String text() {
    return "%s\",\"uptimeSeconds\":%d".formatted(at, boot.seconds());
  }
}
