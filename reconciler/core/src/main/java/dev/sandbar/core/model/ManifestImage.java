package dev.sandbar.core.model;

import dev.sandbar.core.model.AppSpec.Root;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The image of a manifest that is not read as a spec any more: what the owner of the device wants
 * of images holds for it all the same.
 */
public sealed interface ManifestImage {

  /** It has none. */
  record None() implements ManifestImage {}

  /** It has this one. */
  record Named(Root.Image image) implements ManifestImage {}

  /** It has a file of the device, by its path alone. */
  record ByPath(Location at, String path) implements ManifestImage {}

  /** It has one that cannot be read either. */
  record Unreadable(Location at) implements ManifestImage {}

  /** Looks. Never throws for bad input. */
  static ManifestImage of(Node manifest) {
    Node spec = manifest.fields().getOrDefault("spec", Node.mapping(List.of()));
    Node image = spec.fields().get("image");
    if (image == null) {
      return directive(
          spec.fields()
              .getOrDefault("directives", Node.mapping(List.of()))
              .fields()
              .get("RootImage"));
    }
    var findings = new DocumentDiagnostics();
    Optional<Root> root = new ImageReader(findings, new NodeValidator(findings)).read(image);
    return root.isPresent() && root.get() instanceof Root.Image named
        ? new Named(named)
        : new Unreadable(image.at());
  }

  private static ManifestImage directive(@Nullable Node value) {
    return switch (value) {
      case null -> new None();
      case Node.Scalar(var at, _, var path) when PathText.problemIn(path).isEmpty() ->
          new ByPath(at, path);
      case Node.Scalar _, Node.Sequence _, Node.Mapping _ -> new Unreadable(value.at());
    };
  }
}
