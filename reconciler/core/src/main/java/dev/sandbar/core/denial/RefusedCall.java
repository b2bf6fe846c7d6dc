package dev.sandbar.core.denial;

import dev.sandbar.core.learn.CallRecord;
import dev.sandbar.core.property.Capabilities;
import java.util.List;
import java.util.Map;

/**
 * A system call of an app that the kernel refused.
 *
 * @param call of a file that is opened the flags, of a socket that is bound its type (SOCK_STREAM),
 *     0 where nobody knows it, of memory its protection
 * @param errno what the kernel returned
 * @param capability that the kernel checked meanwhile and it did not have; negative if none
 * @param at when it did so last; larger is later
 */
public record RefusedCall(CallRecord call, int errno, int capability, long at) {

  /** ENOENT. */
  public static final int NO_SUCH_FILE = 2;

  static final int NOT_PERMITTED = 1;
  static final int IN_USE = 98;

  /** Those that are of use to somebody who asks why an app does not work (errno(3)). */
  private static final Map<Integer, String> ERRORS =
      Map.of(
          1,
          "EPERM",
          NO_SUCH_FILE,
          "ENOENT",
          13,
          "EACCES",
          30,
          "EROFS",
          97,
          "EAFNOSUPPORT",
          IN_USE,
          "EADDRINUSE");

  /** By number. */
  private static final List<String> CAPABILITIES = List.copyOf(Capabilities.names());

  /** The numbers of those errors, in ascending order. */
  public static List<Integer> errors() {
    return ERRORS.keySet().stream().sorted().toList();
  }

  /** The error and the capability, for people. */
  String result() {
    String error = ERRORS.getOrDefault(errno, Integer.toString(errno));
    return capability >= 0 && capability < CAPABILITIES.size()
        ? error + " without " + CAPABILITIES.get(capability)
        : error;
  }
}
