package dev.sandbar.operator.reconcile;

import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.KeptFiles;
import dev.sandbar.core.model.Node;
import dev.sandbar.operator.publish.AppContents;
import dev.sandbar.operator.publish.PublishedBundle;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/** Has the contents that a bundle is to name there before it does. */
final class BundledContents {
  private final AppContents contents;
  private final NamedValues values;

  BundledContents(AppContents contents, NamedValues values) {
    this.contents = contents;
    this.values = values;
  }

  /** Why a spec cannot be in a bundle yet; empty if it can. */
  Optional<String> missing(Key app, Node spec) {
    for (FileContent.Kept kept : KeptFiles.named(spec)) {
      Optional<String> problem =
          kept.object().isEmpty()
              ? Optional.empty()
              : contents.ensure(app.namespace(), kept, () -> values.large(app, kept.digest()));
      if (problem.isPresent()) {
        return problem;
      }
    }
    return Optional.empty();
  }

  /** What a device has in its bundle, and what it is about to have. */
  void bundled(Key device, PublishedBundle now, SortedMap<AppName, BundleEntry> wanted) {
    var names = new HashSet<String>();
    add(now.entries(), names);
    add(wanted, names);
    contents.bundled(device.namespace(), device.name(), names);
  }

  private static void add(SortedMap<AppName, BundleEntry> entries, Set<String> names) {
    for (BundleEntry entry : entries.values()) {
      KeptFiles.named(entry.spec()).stream()
          .map(FileContent.Kept::object)
          .filter(it -> !it.isEmpty())
          .forEach(names::add);
    }
  }

  /** The Device is gone. */
  void gone(Key device) {
    contents.bundled(device.namespace(), device.name(), Set.of());
  }
}
