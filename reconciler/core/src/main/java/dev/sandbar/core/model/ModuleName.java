package dev.sandbar.core.model;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of a module of the kernel, as lsmod(8) shows it: with underscores where its file may
 * have hyphens. Parameters of modules are the owner's, in modprobe.d(5).
 */
public record ModuleName(String value) implements Comparable<ModuleName> {

  /** Regular expression of names, as long as the kernel has them. */
  public static final String NAMES = "[a-z0-9][a-z0-9_]{0,54}";

  private static final Pattern NAME = Pattern.compile(NAMES);

  public ModuleName {
    if (!isValid(value)) {
      throw new IllegalArgumentException("not a name of a module: " + value);
    }
  }

  /** Whether text is the name of a module. */
  public static boolean isValid(String text) {
    return NAME.matcher(text).matches();
  }

  static Optional<Objection> objection(String text) {
    return isValid(text)
        ? Optional.empty()
        : Optional.of(
            new Objection(
                Problem.INVALID_VALUE,
                "is not the name of a kernel module",
                "write it as lsmod shows it, such as br_netfilter: a-z, 0-9 and '_'"));
  }

  @Override
  public int compareTo(ModuleName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
