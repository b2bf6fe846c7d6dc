package dev.sandbar.cli.fleet;

import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.bundle.Granted;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.crds.v1alpha1.DeviceBundleSpec;
import dev.sandbar.source.text.JsonReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the specs in bundles grant. Most devices of a fleet carry the same specs, so each is read
 * once.
 */
final class Declarations {
  private final Map<String, List<String>> granted = new HashMap<>();

  /**
   * The permissions that an entry of a bundle grants, as {@code key} or {@code key=detail}; none if
   * its spec cannot be read.
   */
  List<String> granted(String app, DeviceBundleSpec.App entry) {
    String json = String.valueOf(entry.spec());
    return granted.computeIfAbsent(json, text -> read(app, text));
  }

  private static List<String> read(String app, String json) {
    return node(json)
        .map(spec -> SpecReader.read(BundleEntry.document(app, spec)))
        .map(
            outcome ->
                switch (outcome) {
                  case SpecReader.Read(var sandbox, _) -> Granted.of(sandbox);
                  case SpecReader.Refused _ -> List.<String>of();
                })
        .orElse(List.of());
  }

  /** A JSON text as a document. */
  static Optional<Node> node(String json) {
    return JsonReader.read("object", json.getBytes(StandardCharsets.UTF_8)).documents().stream()
        .findFirst();
  }
}
