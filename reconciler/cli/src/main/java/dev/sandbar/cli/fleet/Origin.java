package dev.sandbar.cli.fleet;

import dev.sandbar.crds.v1alpha1.AppSandbox;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where an app was declared.
 *
 * @param app as it is declared now
 * @param writers who wrote its spec, the last first
 * @param source the repository that owns it; empty if none does
 */
record Origin(AppState app, List<Writer> writers, List<FleetSource> source) {
  private static final int MOST_FIELDS = 8;

  Origin {
    writers = List.copyOf(writers);
    source = List.copyOf(source);
  }

  /**
   * A program that wrote fields of the spec.
   *
   * @param manager as the API server remembers it, for example {@code kubectl-client-side-apply}
   * @param fields the first of them, for example {@code spec.permissions}
   */
  record Writer(String manager, String operation, String time, List<String> fields) {
    Writer {
      fields = List.copyOf(fields);
    }
  }

  /** From an object with its managed fields. */
  static Origin of(AppSandbox app, Optional<FleetSource> source) {
    var writers = new ArrayList<Writer>();
    for (ManagedFieldsEntry entry : app.getMetadata().getManagedFields()) {
      List<String> fields = fields(entry);
      if (!fields.isEmpty()) {
        writers.add(
            new Writer(
                Standing.text(entry.getManager()),
                Standing.text(entry.getOperation()),
                Standing.text(entry.getTime()),
                fields));
      }
    }
    writers.sort(Comparator.comparing(Writer::time).reversed());
    return new Origin(Fetch.state(app), writers, source.stream().toList());
  }

  /** The second level of names below {@code f:spec}. */
  private static List<String> fields(ManagedFieldsEntry entry) {
    if (!Standing.text(entry.getSubresource()).isEmpty() || entry.getFieldsV1() == null) {
      return List.of();
    }
    Object spec = entry.getFieldsV1().getAdditionalProperties().get("f:spec");
    if (!(spec instanceof Map<?, ?> fields)) {
      return List.of();
    }
    return fields.keySet().stream()
        .map(String::valueOf)
        .filter(key -> key.startsWith("f:"))
        .map(key -> "spec." + key.substring(2))
        .sorted()
        .limit(MOST_FIELDS)
        .toList();
  }
}
