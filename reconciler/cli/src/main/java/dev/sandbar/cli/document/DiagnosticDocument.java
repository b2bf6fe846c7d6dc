package dev.sandbar.cli.document;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import java.util.List;
import java.util.Locale;

/** What is wrong with an input, as a document. */
public final class DiagnosticDocument {
  private DiagnosticDocument() {}

  /** A list of all. */
  public static Node write(List<Diagnostic> diagnostics) {
    return Node.list(diagnostics.stream().map(DiagnosticDocument::write).toList());
  }

  private static Node write(Diagnostic diagnostic) {
    return new MappingBuilder()
        .put("severity", diagnostic.severity().name().toLowerCase(Locale.ROOT))
        .put("problem", diagnostic.problem().name())
        .put("file", diagnostic.at().file())
        .put("line", diagnostic.at().line())
        .put("column", diagnostic.at().column())
        .put("message", diagnostic.message())
        .put("help", diagnostic.help())
        .build();
  }
}
