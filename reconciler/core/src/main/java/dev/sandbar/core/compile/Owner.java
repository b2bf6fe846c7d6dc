package dev.sandbar.core.compile;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who may open a device node or a directory of a device, beside root.
 *
 * @param group its name; {@code #} and the number of one that has no name
 * @param mode permission bits, with setgid
 */
public record Owner(String group, int mode) {

  private static final Pattern TEXT = Pattern.compile("(\\S{1,64}) ([0-7]{1,5})");
  private static final int READ = 4;
  private static final int WRITE = 2;
  private static final int ENTER = 1;
  private static final int SETGID = 02000;

  /** From {@link #toString()}; empty for other text. */
  public static Optional<Owner> parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    return matcher.matches()
        ? Optional.of(new Owner(matcher.group(1), Integer.parseInt(matcher.group(2), 8)))
        : Optional.empty();
  }

  /** Whom a user must be to open it. */
  enum Opener {
    ANYBODY,
    GROUP,
    ROOT
  }

  Opener ofNode(boolean writable) {
    return opener(writable ? READ | WRITE : READ);
  }

  Opener ofDirectory(boolean writable) {
    return opener(writable ? READ | WRITE | ENTER : READ | ENTER);
  }

  private Opener opener(int bits) {
    if ((mode & bits) == bits) {
      return Opener.ANYBODY;
    }
    return (mode >> 3 & bits) == bits ? Opener.GROUP : Opener.ROOT;
  }

  /** Whether what is made in the directory belongs to its group. */
  boolean handsDown() {
    return (mode & SETGID) != 0;
  }

  /** For people, as {@code ls} and {@code chmod} say it. */
  String shown() {
    return "belongs to group %s with mode %s".formatted(group, Integer.toOctalString(mode));
  }

  @Override
  public String toString() {
    return group + " " + Integer.toOctalString(mode);
  }
}
