package dev.sandbar.core.model;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The contents of files of which a manifest has the digests. */
public final class KeptFiles {

  private KeptFiles() {}

  /** Their digests, whether the rest of the manifest is right or not. */
  public static Set<Sha256> in(Node manifest) {
    Node none = Node.mapping(List.of());
    Node spec = manifest.fields().getOrDefault("spec", manifest);
    var found = new HashSet<Sha256>();
    if (spec.fields().getOrDefault("files", none) instanceof Node.Sequence(_, var items)) {
      for (Node item : items) {
        Node kept = item.fields().getOrDefault(FilesReader.KEPT, none);
        if (kept.fields().getOrDefault("sha256", none) instanceof Node.Scalar(_, _, var hex)
            && Sha256.isValid(hex)) {
          found.add(new Sha256(hex));
        }
      }
    }
    return found;
  }
}
