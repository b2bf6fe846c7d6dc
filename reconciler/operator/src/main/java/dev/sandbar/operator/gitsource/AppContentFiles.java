package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.KeptFiles;
import dev.sandbar.core.model.Node;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/** Files of an app whose content is not in the spec, as an AppSandbox names them. */
final class AppContentFiles {
  private static final String FILES = "files";
  private static final String KEPT = "kept";
  private static final String FROM = "from";
  private static final String APP_CONTENT = "appContent";

  private AppContentFiles() {}

  /** A spec in which AppContents are named in place of digests. */
  static Node named(Node spec) {
    return KeptFiles.named(spec).isEmpty()
        ? spec
        : changed(
            spec,
            entry ->
                entry.key().equals(FILES) && entry.value() instanceof Node.Sequence(var at, var all)
                    ? new Node.Entry(
                        entry.keyAt(),
                        FILES,
                        new Node.Sequence(at, all.stream().map(AppContentFiles::file).toList()))
                    : entry);
  }

  private static Node file(Node file) {
    return changed(
        file,
        entry ->
            entry.key().equals(KEPT)
                ? new Node.Entry(
                    entry.keyAt(),
                    FROM,
                    Node.mapping(
                        List.of(Node.entry(APP_CONTENT, KeptFiles.asReference(entry.value())))))
                : entry);
  }

  private static Node changed(Node node, UnaryOperator<Node.Entry> change) {
    return node instanceof Node.Mapping(var at, var entries)
        ? new Node.Mapping(at, entries.stream().map(change).toList())
        : node;
  }

  /** Names of the AppContents that the spec of an AppSandbox names, as far as it is right. */
  static Set<String> in(GenericKubernetesResource app) {
    var names = new TreeSet<String>();
    if (app.getAdditionalProperties().get("spec") instanceof Map<?, ?> spec
        && spec.get(FILES) instanceof List<?> files) {
      for (Object item : files) {
        if (item instanceof Map<?, ?> file
            && file.get(FROM) instanceof Map<?, ?> from
            && from.get(APP_CONTENT) instanceof Map<?, ?> content) {
          names.add(String.valueOf(content.get("name")));
        }
      }
    }
    return Set.copyOf(names);
  }
}
