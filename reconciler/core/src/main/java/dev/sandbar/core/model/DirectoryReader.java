package dev.sandbar.core.model;

import dev.sandbar.core.model.Permissions.Value;
import java.util.List;
import java.util.Optional;

/** Reads {@code state}, {@code cache} and {@code logs} that are neither true nor false. */
final class DirectoryReader {

  private static final String QUOTA = "quota";

  private final DocumentDiagnostics findings;
  private final NodeValidator expect;

  DirectoryReader(DocumentDiagnostics findings) {
    this.findings = findings;
    this.expect = new NodeValidator(findings);
  }

  Optional<Value> limited(Node node, String path) {
    if (!(node instanceof Node.Mapping)) {
      findings.error(
          Problem.WRONG_TYPE,
          node.at(),
          path + " is not true, false or a map with quota",
          "write true, or for example {quota: 100M}");
      return Optional.empty();
    }
    var fields = expect.fields(node, path, List.of(QUOTA));
    String place = path + "." + QUOTA;
    return expect
        .required(fields, node, path, QUOTA)
        .flatMap(value -> expect.text(value, place).flatMap(text -> quota(text, value.at(), place)))
        .map(Value.Limited::new);
  }

  private Optional<DirectoryQuota> quota(String text, Location at, String place) {
    Optional<DirectoryQuota> quota = DirectoryQuota.parse(text);
    if (quota.isEmpty()) {
      expect.invalid(at, place, text, "is not a size", DirectoryQuota.HELP);
    }
    return quota;
  }
}
