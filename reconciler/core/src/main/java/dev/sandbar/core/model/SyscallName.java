package dev.sandbar.core.model;

/** Names of system calls and of systemd's groups of them, as text. */
public final class SyscallName {

  private SyscallName() {}

  /** Whether the text could name a system call ({@code ptrace}) or a group ({@code @mount}). */
  public static boolean isValid(String text) {
    String name = text.startsWith("@") ? text.substring(1) : text;
    return !name.isEmpty()
        && name.length() <= SpecBounds.LONGEST_CALL
        && name.chars()
            .allMatch(
                c ->
                    (c >= 'a' && c <= 'z')
                        || (c >= '0' && c <= '9')
                        || c == '_'
                        || (c == '-' && text.startsWith("@")));
  }
}
