package dev.sandbar.core.model;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The contents of files of which a manifest has the digests. */
public final class KeptFiles {

  /** Names of AppContents: one becomes part of a path of the API server. */
  public static final String OBJECTS = "[a-z0-9][a-z0-9-]{0,99}";

  /** Characters of the longest of these names. */
  public static final int LONGEST_OBJECT = 100;

  private static final Pattern OBJECT = Pattern.compile(OBJECTS);

  private static final String NAME = "name";
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,6}");

  private KeptFiles() {}

  /** Whether an AppContent can have this name. */
  public static boolean isObject(String name) {
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

  /**
   * What an AppSandbox says of an AppContent: {@code {name, sha256, bytes}}.
   *
   * @return empty if that is not said rightly, or something else is
   */
  public static Optional<FileContent.Kept> reference(Node node) {
    String name = text(node, NAME, OBJECT);
    String hex = text(node, "sha256", DIGEST);
    String bytes = text(node, "bytes", NUMBER);
    boolean whole =
        node.fields().keySet().equals(Set.of(NAME, "sha256", "bytes"))
            && !name.isEmpty()
            && !hex.isEmpty()
            && !bytes.isEmpty()
            && Integer.parseInt(bytes) <= SpecBounds.MOST_KEPT;
    return whole
        ? Optional.of(new FileContent.Kept(new Sha256(hex), Integer.parseInt(bytes), name))
        : Optional.empty();
  }

  /**
   * The same of what stands in a spec in the place of a content: {@code {sha256, bytes, object}}.
   */
  public static Node asReference(Node kept) {
    return Node.mapping(
        kept.fields().entrySet().stream()
            .map(it -> Node.entry(it.getKey().equals("object") ? NAME : it.getKey(), it.getValue()))
            .toList());
  }

  private static String text(Node node, String key, Pattern form) {
    return node.fields().get(key) instanceof Node.Scalar(_, _, var text)
            && form.matcher(text).matches()
        ? text
        : "";
  }
}
