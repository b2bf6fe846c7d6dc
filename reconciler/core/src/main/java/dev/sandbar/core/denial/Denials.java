package dev.sandbar.core.denial;

import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.report.SetupExit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

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

  private Denials() {}

  /**
   * What was refused, what was said most often first.
   *
   * @param lines that the app wrote, oldest first
   * @param sandbox what the app may do
   * @param policy of the device
   */
  public static List<Denial> read(List<String> lines, Sandbox sandbox, DevicePolicy policy) {
    var found = new LinkedHashMap<Key, Denial>();
    for (String whole : lines) {
      String line = whole.length() > LONGEST ? whole.substring(0, LONGEST) : whole;
      refused(line, sandbox)
          .ifPresent(
              refusal -> {
                var remedies =
                    refusal.wishes().stream()
                        .flatMap(wish -> wish.remedy(policy).stream())
                        .toList();
                var key = new Key(refusal.clue(), remedies);
                int before = found.containsKey(key) ? found.get(key).times() : 0;
                if (before > 0 || found.size() < MOST) {
                  found.put(
                      key,
                      new Denial(
                          refusal.clue().refused(),
                          refusal.clue().directive(),
                          Denial.Evidence.WROTE,
                          line,
                          before + 1,
                          remedies));
                }
              });
    }
    var denials = new ArrayList<>(found.values());
    denials.sort((one, other) -> other.times() - one.times());
    return denials;
  }

  private record Key(Clue clue, List<Remedy> remedies) {}

  private record Refusal(Clue clue, List<Wish> wishes) {}

  /** The first clue that the line fits. */
  private static Optional<Refusal> refused(String line, Sandbox sandbox) {
    for (Clue clue : Clue.values()) {
      Optional<List<Wish>> wishes = clue.read(line, sandbox);
      if (wishes.isPresent()) {
        return Optional.of(new Refusal(clue, wishes.get()));
      }
    }
    return Optional.empty();
  }

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
