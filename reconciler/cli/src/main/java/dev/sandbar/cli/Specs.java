package dev.sandbar.cli;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Diagnostic.Severity;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The apps that some files declare.
 *
 * @param texts content of every file that was read, by the name that locations carry
 * @param apps those that are right, by name
 * @param declared how many there are with those that are wrong
 * @param diagnostics what is wrong with the others, and warnings
 */
record Specs(
    SortedMap<String, String> texts,
    SortedMap<AppName, AppSpec> apps,
    int declared,
    List<Diagnostic> diagnostics) {

  Specs {
    texts = new TreeMap<>(texts);
    apps = new TreeMap<>(apps);
    diagnostics = List.copyOf(diagnostics);
  }

  /** Those of the apps that are right which are chosen. */
  Specs with(SortedMap<AppName, AppSpec> chosen) {
    return new Specs(texts, chosen, declared, diagnostics);
  }

  /** Whether something could not be used. */
  boolean hasErrors() {
    return hasErrors(diagnostics);
  }

  static boolean hasErrors(List<Diagnostic> diagnostics) {
    return diagnostics.stream().anyMatch(d -> d.severity() == Severity.ERROR);
  }
}
