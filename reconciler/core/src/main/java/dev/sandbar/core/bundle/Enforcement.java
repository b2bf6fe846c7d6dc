package dev.sandbar.core.bundle;

import java.util.Arrays;

/** How much of what an app's unit says was found in force. */
public enum Enforcement {
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

  /** As in a status. */
  public String text() {
    return text;
  }

  /** From a status; unknown of any other text. */
  public static Enforcement of(String text) {
    return Arrays.stream(values()).filter(e -> e.text.equals(text)).findFirst().orElse(UNKNOWN);
  }
}
