package dev.sandbar.core.attest;

import dev.sandbar.core.model.Written;

/** How much of what an app's unit says was found in force. */
public enum Enforcement implements Written {
  /** Applied, read back from systemd and from the kernel, and as declared. */
  ENFORCED("Enforced"),
  /** Applied, but something was found otherwise. */
  DEGRADED("Degraded"),
  /** Refused: this device cannot enforce it. */
  UNSUPPORTED("Unsupported"),
  /** Not running, or not looked at. */
  UNKNOWN("Unknown");

  private final String text;

  Enforcement(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
