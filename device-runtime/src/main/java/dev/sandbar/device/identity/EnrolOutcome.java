package dev.sandbar.device.identity;

import java.time.Instant;

/** What became of enrolling. */
public sealed interface EnrolOutcome {

  /** The device is a member. */
  record Enrolled(Instant expires) implements EnrolOutcome {}

  /** It was one before, by the same name, and the server accepts it. */
  record AlreadyEnrolled(Instant expires) implements EnrolOutcome {}

  /**
   * Nobody has consented in time. The same command goes on where this one stopped.
   *
   * @param consent the command by which an owner consents
   */
  record StillWaiting(String consent) implements EnrolOutcome {}

  /** It cannot be, and what to do. */
  record Refused(String message, String help) implements EnrolOutcome {}
}
