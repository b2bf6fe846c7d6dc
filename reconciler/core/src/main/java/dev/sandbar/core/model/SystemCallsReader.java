package dev.sandbar.core.model;

import dev.sandbar.core.model.AppSpec.Named;
import dev.sandbar.core.model.AppSpec.SystemCalls;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads {@code systemCalls:}. */
final class SystemCallsReader {

  private static final String CALLS = "spec.systemCalls";

  private final NodeValidator expect;

  SystemCallsReader(DocumentDiagnostics findings) {
    expect = new NodeValidator(findings);
  }

  Optional<SystemCalls> read(Node node) {
    var fields = expect.fields(node, CALLS, List.of("allow", "deny"));
    return Optional.of(new SystemCalls(names(fields, "allow"), names(fields, "deny")));
  }

  private List<Named> names(Map<String, Node> fields, String key) {
    Node node = fields.get(key);
    if (node == null) {
      return List.of();
    }
    String path = CALLS + "." + key;
    var names = new ArrayList<Named>();
    for (Node item : expect.items(node, path, SpecBounds.MOST_CALLS)) {
      expect
          .text(item, path)
          .ifPresent(
              text -> {
                if (SyscallName.isValid(text)) {
                  names.add(new Named(text, item.at()));
                } else {
                  expect.invalid(
                      item.at(),
                      path,
                      text,
                      "is not the name of a system call or of a @group",
                      "write for example ptrace or \"@mount\"");
                }
              });
    }
    return names;
  }
}
