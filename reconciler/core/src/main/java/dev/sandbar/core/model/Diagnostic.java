package dev.sandbar.core.model;

/**
 * One thing to tell a person about the input: what is wrong, where, and what to write instead.
 *
 * @param problem stable identifier for machines and documentation
 * @param at where it stands; {@link Location#NOWHERE} if it has no place in a file
 * @param message what is wrong, one sentence without a full stop
 * @param mend what to do, one imperative sentence without a full stop; empty only if nothing can be
 *     done
 */
public record Diagnostic(
    Severity severity, Problem problem, Location at, String message, String mend) {

  /** How bad it is. An {@code ERROR} means that the object it belongs to is not used. */
  public enum Severity {
    WARNING,
    ERROR
  }

  /** An error. */
  public static Diagnostic error(Problem problem, Location at, String message, String mend) {
    return new Diagnostic(Severity.ERROR, problem, at, message, mend);
  }

  /** A warning. */
  public static Diagnostic warning(Problem problem, Location at, String message, String mend) {
    return new Diagnostic(Severity.WARNING, problem, at, message, mend);
  }

  /** {@code file:line:column: error: message (mend)}. */
  @Override
  public String toString() {
    String head = at.equals(Location.NOWHERE) ? "" : at + ": ";
    String tail = mend.isEmpty() ? "" : " (" + mend + ")";
    return head + (severity == Severity.ERROR ? "error: " : "warning: ") + message + tail;
  }
}
