package dev.sandbar.core.property;

/** Turns what systemd reports into {@link Value}s. */
public final class Canonical {

  private Canonical() {}
}
