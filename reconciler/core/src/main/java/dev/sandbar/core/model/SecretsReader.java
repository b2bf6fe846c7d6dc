package dev.sandbar.core.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads {@code secrets:}. What stands where a sealed secret should stand may be the secret itself,
 * so no message shows any of it.
 */
final class SecretsReader {

  private static final String SECRETS = "spec.secrets";

  private final DocumentDiagnostics findings;
  private final NodeValidator expect;

  SecretsReader(DocumentDiagnostics findings) {
    this.findings = findings;
    this.expect = new NodeValidator(findings);
  }

  List<AppSecret> read(Node node) {
    var secrets = new ArrayList<AppSecret>();
    var names = new HashSet<String>();
    int number = 0;
    for (Node item : expect.items(node, SECRETS, SpecBounds.MOST_SECRETS)) {
      secret(item, SECRETS + "[" + number + "]").ifPresent(secrets::add);
      number++;
    }
    for (AppSecret secret : secrets) {
      if (!names.add(secret.name())) {
        findings.error(
            Problem.CONFLICT,
            secret.at(),
            "%s has two entries with the name %s".formatted(SECRETS, SafeText.shown(secret.name())),
            "give each entry a name of its own");
      }
    }
    return List.copyOf(secrets);
  }

  private Optional<AppSecret> secret(Node node, String path) {
    Map<String, Node> fields = expect.fields(node, path, List.of("name", "sealed"));
    Optional<String> name =
        expect.required(fields, node, path, "name").flatMap(n -> name(n, path + ".name"));
    Optional<String> sealed =
        expect.required(fields, node, path, "sealed").flatMap(n -> sealed(n, path + ".sealed"));
    return name.flatMap(n -> sealed.map(s -> new AppSecret(n, s, node.at())));
  }

  private Optional<String> name(Node node, String path) {
    Optional<String> name = expect.text(node, path);
    if (name.isPresent() && !AppSecret.isName(name.get())) {
      expect.invalid(
          node.at(), path, name.get(), "cannot be the name of a secret", AppSecret.NAME_HELP);
      return Optional.empty();
    }
    return name;
  }

  private Optional<String> sealed(Node node, String path) {
    if (!(node instanceof Node.Scalar(Location at, Node.Kind kind, String text))
        || kind != Node.Kind.TEXT) {
      findings.error(Problem.WRONG_TYPE, node.at(), path + " must be text", AppSecret.SEALED_HELP);
      return Optional.empty();
    }
    if (text.length() > SpecBounds.MOST_SEALED) {
      findings.error(
          Problem.TOO_LARGE,
          at,
          "%s has %d characters, at most %d are read"
              .formatted(path, text.length(), SpecBounds.MOST_SEALED),
          "seal a shorter secret, at most %d bytes, or for fewer devices"
              .formatted(SpecBounds.MOST_SECRET_BYTES));
      return Optional.empty();
    }
    if (!AppSecret.isSealed(text)) {
      findings.error(
          Problem.INVALID_VALUE,
          at,
          path + " is not an armored file of age",
          AppSecret.SEALED_HELP);
      return Optional.empty();
    }
    return Optional.of(AppSecret.canonical(text));
  }
}
