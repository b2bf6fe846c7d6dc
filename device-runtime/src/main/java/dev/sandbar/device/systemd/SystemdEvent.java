package dev.sandbar.device.systemd;

import dev.sandbar.core.model.UnitName;

/** Something that systemd signals of its own accord. */
public sealed interface SystemdEvent {
  /** State of a unit changed: started, stopped, failed, restarted. Never a sandbox setting. */
  record UnitChanged(UnitName unit) implements SystemdEvent {}

  /** A unit file was enabled, disabled, masked, unmasked, linked or reverted. */
  record UnitFilesChanged() implements SystemdEvent {}

  /** Somebody reloaded the manager; everything must be read again. */
  record Reloaded() implements SystemdEvent {}

  /** The connection is gone; a new one must be made and everything read again. */
  record Disconnected() implements SystemdEvent {}
}
