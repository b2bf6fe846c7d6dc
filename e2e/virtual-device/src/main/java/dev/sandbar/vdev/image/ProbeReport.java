package dev.sandbar.vdev.image;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the attack probe printed.
 *
 * @param attempts in the order in which they were made
 * @param complete whether the summary followed, so that none is missing
 */
public record ProbeReport(List<Attempt> attempts, boolean complete) {
  private static final Pattern ATTEMPT =
      Pattern.compile(
          "\\{\"id\":\"([^\"]+)\",\"group\":\"([^\"]+)\",\"title\":\"((?:[^\"\\\\]|\\\\.)*)\","
              + "\"result\":\"(open|denied|killed|timeout|absent)\",\"errno\":\"([^\"]*)\","
              + "\"harmless\":(true|false)\\}");
  private static final Pattern SUMMARY =
      Pattern.compile("\\{\"summary\":true,\"attempts\":([0-9]{1,6}),.*\\}");

  /** The group of attempts that must be open everywhere. */
  private static final String CONTROL = "control";

  public ProbeReport {
    attempts = List.copyOf(attempts);
  }

  /** How an attempt ended. */
  public enum Outcome {
    /** It worked, or passed the check that guards it. */
    OPEN,
    DENIED,
    /** The kernel killed the process. */
    KILLED,
    /** No answer: a dropped packet. */
    TIMEOUT,
    /** Hidden from the app, or not on this machine. */
    ABSENT
  }

  /**
   * One attempt.
   *
   * @param id for example {@code tcp4-out}
   * @param group for example {@code network}
   * @param title what was tried, in words
   * @param errno name of the error or signal, empty if there was none
   * @param harmless whether it may be open in a closed sandbox
   */
  public record Attempt(
      String id, String group, String title, Outcome outcome, String errno, boolean harmless) {
    /** Whether the sandbox let something through that it should hold. */
    public boolean breach() {
      return outcome == Outcome.OPEN && !harmless;
    }
  }

  /** Reads a report out of text that may hold other lines too, a journal for example. */
  public static ProbeReport parse(String text) {
    List<Attempt> attempts = ATTEMPT.matcher(text).results().map(ProbeReport::read).toList();
    Matcher summary = SUMMARY.matcher(text);
    boolean complete = summary.find() && Integer.parseInt(summary.group(1)) == attempts.size();
    return new ProbeReport(attempts, complete);
  }

  private static Attempt read(MatchResult found) {
    return new Attempt(
        found.group(1),
        found.group(2),
        found.group(3).replace("\\\"", "\"").replace("\\\\", "\\"),
        Outcome.valueOf(found.group(4).toUpperCase(Locale.ROOT)),
        found.group(5),
        found.group(6).equals("true"));
  }

  /** What was open and is not harmless. */
  public List<Attempt> breaches() {
    return attempts.stream().filter(Attempt::breach).toList();
  }

  /** What an ordinary program needs and did not get. */
  public List<Attempt> failedControls() {
    return attempts.stream()
        .filter(a -> a.group().equals(CONTROL) && a.outcome() != Outcome.OPEN)
        .toList();
  }

  /** The attempt with this id; empty if it was not made. */
  public Optional<Attempt> attempt(String id) {
    return attempts.stream().filter(a -> a.id().equals(id)).findFirst();
  }
}
