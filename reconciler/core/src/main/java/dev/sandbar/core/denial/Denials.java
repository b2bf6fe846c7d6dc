package dev.sandbar.core.denial;

import dev.sandbar.core.report.SetupExit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Reads what an app said. A kernel that refuses a call returns an error to the caller alone: system
 * call filters that answer with an error leave no trace elsewhere (seccomp(2)), nor do address
 * filters or hidden files. So the app's own words are the evidence, held against what its sandbox
 * withholds: a line counts only if it is about something that this sandbox refuses. An app can say
 * what it likes, so a denial is a hint for people and nothing acts on it.
 */
public final class Denials {
  /** More of one line says nothing more. */
  private static final int LONGEST = 1000;

  /** So many different things are a list; more are noise. */
  private static final int MOST = 16;

  /** An error of strerror(3) and nothing else. */
  private static final Pattern ERROR =
      Pattern.compile(
          "\\W*(?:no such file or directory|permission denied|operation not permitted"
              + "|read-only file system|address family not supported by protocol)\\W*",
          Pattern.CASE_INSENSITIVE);

  private Denials() {}

  /**
   * What was refused, what was said most often first.
   *
   * @param lines that the app wrote, oldest first
   * @param confines what the app may do
   */
  public static List<Denial> read(List<String> lines, Confines confines) {
    var openings = new Openings(confines);
    var found = new LinkedHashMap<Key, Denial>();
    String before = "";
    for (String whole : lines) {
      String own = whole.length() > LONGEST ? whole.substring(0, LONGEST) : whole;
      // Some write what they tried, and then the error in a line of its own.
      String line = ERROR.matcher(own).matches() ? before + ": " + own.strip() : own;
      before = own;
      for (Clue clue : Clue.values()) {
        Advice advice = clue.read(line, openings);
        if (advice.isRefusal()) {
          var key = new Key(clue, advice);
          Denial known = found.get(key);
          if (known != null) {
            found.put(key, known.again(line));
          } else if (found.size() < MOST) {
            found.put(
                key,
                confines.denial(
                    clue.refused(), clue.directive(), Denial.Evidence.WROTE, line, 1, advice));
          }
          // The first clue that the line fits.
          break;
        }
      }
    }
    var denials = new ArrayList<>(found.values());
    denials.sort((one, other) -> other.times() - one.times());
    return denials;
  }

  private record Key(Clue clue, Advice advice) {}

  /** SIGSYS on most architectures (signal(7)). */
  private static final int SIGSYS = 31;

  /**
   * What the end of its main process says of the sandbox; empty if nothing.
   *
   * @param result of the service, as systemd's property Result
   * @param status exit status, or the number of the signal
   */
  public static String end(String result, int status) {
    return switch (result) {
      case "signal", "core-dump" ->
          status == SIGSYS
              ? "the kernel ended it for a system call of another architecture:"
                  + " SystemCallArchitectures"
              : "";
      case "exit-code" ->
          SetupExit.meaning(status).map(what -> "it was not started: " + what).orElse("");
      case "oom-kill" -> "it took more memory than MemoryMax allows";
      default -> "";
    };
  }
}
