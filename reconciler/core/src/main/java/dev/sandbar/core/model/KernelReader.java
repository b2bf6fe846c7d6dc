package dev.sandbar.core.model;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Reads what an app needs of the device's kernel. */
final class KernelReader {

  private final NodeValidator expect;
  private final DocumentDiagnostics findings;

  KernelReader(DocumentDiagnostics findings) {
    this.findings = findings;
    this.expect = new NodeValidator(findings);
  }

  /** One entry of {@code kernelTuning}, in the form of a pod's {@code sysctls}. */
  Optional<KernelSetting> setting(Node node, String path) {
    var fields = expect.fields(node, path, List.of("name", "value"));
    Optional<Node> named = expect.required(fields, node, path, "name");
    Optional<Node> valued = expect.required(fields, node, path, "value");
    Optional<String> name =
        named
            .flatMap(n -> expect.text(n, path + ".name"))
            .filter(text -> isFree(text, KernelSettings::name, named.get(), path + ".name"));
    if (name.isEmpty()) {
      return Optional.empty();
    }
    return valued
        .flatMap(n -> expect.scalar(n, path + ".value"))
        .filter(
            text ->
                isFree(
                    text,
                    it -> KernelSettings.value(name.get(), it),
                    valued.get(),
                    path + ".value"))
        .map(text -> new KernelSetting(name.get(), text));
  }

  private boolean isFree(
      String text, Function<String, Optional<Objection>> rule, Node node, String path) {
    Optional<Objection> objection = rule.apply(text);
    objection.ifPresent(
        it ->
            findings.error(
                it.problem(),
                node.at(),
                "%s: %s %s".formatted(path, NodeValidator.shown(text), it.why()),
                it.help()));
    return objection.isEmpty();
  }
}
