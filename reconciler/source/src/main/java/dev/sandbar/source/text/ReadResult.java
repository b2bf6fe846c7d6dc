package dev.sandbar.source.text;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import java.util.List;

/**
 * What a file held.
 *
 * @param documents the documents that are whole and unambiguous, in the order of the file
 * @param diagnostics what is wrong with the others; a document that has an error is not among the
 *     documents
 */
public record ReadResult(List<Node> documents, List<Diagnostic> diagnostics) {
  public ReadResult {
    documents = List.copyOf(documents);
    diagnostics = List.copyOf(diagnostics);
  }

  /** True if some part of the file could not be used. */
  public boolean hasErrors() {
    return diagnostics.stream().anyMatch(it -> it.severity() == Diagnostic.Severity.ERROR);
  }
}
