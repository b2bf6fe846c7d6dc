package dev.sandbar.core.model;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;

/**
 * One finding about the input: what is wrong, where, and what to write instead.
 *
 * @param problem stable identifier for machines and documentation
 * @param at its location; {@link Location#NOWHERE} if it has no place in a file
 * @param message what is wrong, one sentence without a full stop
 * @param help what to do, one imperative sentence without a full stop; empty only if nothing can be
 *     done
 */
public record Diagnostic(
    Severity severity, Problem problem, Location at, String message, String help) {

  public Diagnostic {
    // Values of the input stand in both; they must not steer a terminal or forge a line of a log.
    message = SafeText.message(message);
    help = SafeText.message(help);
  }

  /** How bad it is. An {@code ERROR} means that the object it belongs to is not used. */
  public enum Severity {
    WARNING,
    ERROR
  }

  /** An error. */
  public static Diagnostic error(Problem problem, Location at, String message, String help) {
    return new Diagnostic(Severity.ERROR, problem, at, message, help);
  }

  /** A warning. */
  public static Diagnostic warning(Problem problem, Location at, String message, String help) {
    return new Diagnostic(Severity.WARNING, problem, at, message, help);
  }

  /** {@code file:line:column: error: message (help)}. */
  @Override
  public String toString() {
    String head = at.equals(Location.NOWHERE) ? "" : SafeText.visible(at.toString()) + ": ";
    String tail = help.isEmpty() ? "" : " (" + help + ")";
    return head + (severity == Severity.ERROR ? "error: " : "warning: ") + message + tail;
  }

  /**
   * These, with each warning of what the device cannot enforce once: it says something of the
   * device, and every app meets it.
   */
  public static List<Diagnostic> oncePerDevice(Collection<Diagnostic> diagnostics) {
    var told = new HashSet<String>();
    return diagnostics.stream().filter(d -> !d.isOfDevice() || told.add(d.message())).toList();
  }

  /** Whether it is a warning of what the device lacks, whatever app met it. */
  public boolean isOfDevice() {
    return severity == Severity.WARNING && problem == Problem.CANNOT_ENFORCE;
  }
}
