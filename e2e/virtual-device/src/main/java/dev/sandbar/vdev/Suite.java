package dev.sandbar.vdev;

import java.util.List;
import java.util.Locale;

/** A Debian release that virtual devices run, each with another systemd. */
public enum Suite {
  /** Debian 12. */
  BOOKWORM(252),
  /** Debian 13. */
  TRIXIE(257),
  /** Debian 14 in the making. */
  FORKY(262);

  private final int systemd;

  Suite(int systemd) {
    this.systemd = systemd;
  }

  /**
   * Returns the major version of systemd that the suite has, or for forky had when last looked at.
   */
  public int systemd() {
    return systemd;
  }

  /**
   * Returns those that tests of each systemd run on: the oldest and the newest, and all where the
   * system property {@code sandbar.suites} is {@code all}, as in the nightly run.
   */
  public static List<Suite> tested() {
    return "all".equals(System.getProperty("sandbar.suites"))
        ? List.of(values())
        : List.of(BOOKWORM, FORKY);
  }

  /** Returns the name as Debian writes it, such as {@code trixie}. */
  public String codename() {
    return name().toLowerCase(Locale.ROOT);
  }
}
