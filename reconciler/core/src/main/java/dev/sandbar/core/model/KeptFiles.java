package dev.sandbar.core.model;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The contents of files of which a manifest has the digests. */
public final class KeptFiles {

  /** It becomes part of a path of the API server. */
  private static final Pattern OBJECT = Pattern.compile("[a-z0-9][a-z0-9-]{0,99}");

  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,6}");

  private KeptFiles() {}

  /** Whether an AppContent can have this name. */
  static boolean isObject(String name) {
    return OBJECT.matcher(name).matches();
  }

  /** Their digests, whether the rest of the manifest is right or not. */
  public static Set<Sha256> in(Node manifest) {
    return named(manifest).stream().map(FileContent.Kept::digest).collect(Collectors.toSet());
  }

  /**
   * The same with how many bytes they are and the objects that have them; 0 and empty where that is
   * not said rightly.
   *
   * @param manifest an object, or its spec alone
   */
  public static Set<FileContent.Kept> named(Node manifest) {
    Node none = Node.mapping(List.of());
    Node spec = manifest.fields().getOrDefault("spec", manifest);
    var found = new HashSet<FileContent.Kept>();
    if (spec.fields().getOrDefault("files", none) instanceof Node.Sequence(_, var items)) {
      for (Node item : items) {
        Node kept = item.fields().getOrDefault(FilesReader.KEPT, none);
        String hex = text(kept, "sha256", DIGEST);
        if (!hex.isEmpty()) {
          String bytes = text(kept, "bytes", NUMBER);
          found.add(
              new FileContent.Kept(
                  new Sha256(hex),
                  bytes.isEmpty() ? 0 : Integer.parseInt(bytes),
                  text(kept, "object", OBJECT)));
        }
      }
    }
    return found;
  }

  private static String text(Node node, String key, Pattern form) {
    return node.fields().get(key) instanceof Node.Scalar(_, _, var text)
            && form.matcher(text).matches()
        ? text
        : "";
  }
}
