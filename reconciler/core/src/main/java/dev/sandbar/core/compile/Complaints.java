package dev.sandbar.core.compile;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import java.util.ArrayList;
import java.util.List;

/** The reasons against compiling an app for a device. */
final class Complaints {

  private final List<Diagnostic> errors = new ArrayList<>();
  private final List<Diagnostic> warnings = new ArrayList<>();

  void error(Problem problem, Location at, String message, String help) {
    errors.add(Diagnostic.error(problem, at, message, help));
  }

  void warning(Problem problem, Location at, String message, String help) {
    warnings.add(Diagnostic.warning(problem, at, message, help));
  }

  void add(List<Diagnostic> diagnostics) {
    for (Diagnostic diagnostic : diagnostics) {
      (diagnostic.severity() == Diagnostic.Severity.ERROR ? errors : warnings).add(diagnostic);
    }
  }

  List<Diagnostic> errors() {
    return List.copyOf(errors);
  }

  List<Diagnostic> warnings() {
    return List.copyOf(warnings);
  }
}
