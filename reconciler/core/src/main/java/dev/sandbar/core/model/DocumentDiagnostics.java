package dev.sandbar.core.model;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with one document, so that all of it is reported at once. */
final class DocumentDiagnostics {

  private final List<Diagnostic> all = new ArrayList<>();

  void error(Problem problem, Location at, String message, String help) {
    all.add(Diagnostic.error(problem, at, message, help));
  }

  void warning(Problem problem, Location at, String message, String help) {
    all.add(Diagnostic.warning(problem, at, message, help));
  }

  void addAll(List<Diagnostic> diagnostics) {
    all.addAll(diagnostics);
  }

  boolean hasErrors() {
    return all.stream().anyMatch(d -> d.severity() == Diagnostic.Severity.ERROR);
  }

  /** Everything found, in the order of discovery. */
  List<Diagnostic> all() {
    return List.copyOf(all);
  }
}
