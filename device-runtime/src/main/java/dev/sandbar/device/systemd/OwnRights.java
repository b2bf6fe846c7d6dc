package dev.sandbar.device.systemd;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What to do about a bus that denies a call: that depends on who asks. */
final class OwnRights {

  /** Of this process, not of the device (proc_pid_status(5)). */
  private static final Path STATUS = Path.of("/proc/self/status");

  private OwnRights() {}

  static String help() {
    return help(isRoot(STATUS));
  }

  static String help(boolean root) {
    return root
        ? "the bus refuses although Sandbar is root: look for deny rules in /etc/dbus-1/system.d and"
            + " /usr/share/dbus-1/system.d, and in the policies of SELinux or AppArmor"
        : "Sandbar must run as root";
  }

  /** Whether the effective user is root; {@code false} if that cannot be found out. */
  static boolean isRoot(Path status) {
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("Uid:"))
          .map(line -> line.split("\\s+"))
          .anyMatch(words -> words.length > 2 && words[2].equals("0"));
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }
}
