package dev.sandbar.source;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sandbar.core.model.AppSecret;
import dev.sandbar.core.model.ConfigMapKey;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.EncodedSize;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.SecretRef;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.core.model.SpecReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * Puts text into manifests that stands elsewhere: {@code from: {file: PATH}} and {@code from:
 * {configMap: {name: NAME, key: KEY}}} of an entry of {@code spec.files} become {@code content:
 * ...}, and the first of them in {@code spec.secrets} becomes {@code sealed: ...}. Compilers and
 * devices see only the latter. A value of a Secret is never put in here: who seals it to a device
 * replaces what names it. A path leads from the folder of the manifest downwards, so that a
 * manifest reaches only what lies beside it.
 */
public final class Inclusion {

  /** The largest text that is put into a spec: none with more would be accepted. */
  public static final int MOST_BYTES = SpecBounds.MOST_BYTES;

  private static final String FROM = "from";
  private static final String CONTENT = "content";
  private static final String SEALED = "sealed";
  private static final String KEPT = "kept";
  private static final String ON_CHANGE = "onChange";
  private static final int LONGEST_PATH = 512;
  private static final byte[] FROM_BYTES = FROM.getBytes(US_ASCII);

  private final String manifest;
  private final ContentLookup contents;

  /** Fields of which the document has digests. */
  private final Set<String> byDigest;

  private final List<Diagnostic> errors = new ArrayList<>();
  private final List<Put> put = new ArrayList<>();
  private boolean leaves;
  private long kept;

  private Inclusion(String manifest, ContentLookup contents, Set<String> byDigest) {
    this.manifest = manifest;
    this.contents = contents;
    this.byDigest = byDigest;
  }

  private Inclusion(String manifest, ContentLookup contents) {
    this(manifest, contents, Set.of());
  }

  /**
   * Text that was put in.
   *
   * @param what and where it comes from, for messages
   * @param bytes in the document, or kept by a digest
   * @param field that has it, if a digest could stand there instead; else empty
   */
  private record Put(Location at, String what, int bytes, String field) {}

  /** Whether a manifest is worth reading for the files that it names. */
  public static boolean mayName(byte[] manifest) {
    return contains(manifest, FROM_BYTES);
  }

  /**
   * The paths that the document of a manifest names, from the root of the source; without those
   * that no manifest may name.
   *
   * @param manifest path of the manifest, with {@code /} between folders
   */
  public static TreeSet<String> paths(String manifest, Node document) {
    var paths = new TreeSet<String>();
    Node _ =
        new Inclusion(manifest, new Names(paths, new TreeSet<>(), new TreeSet<>()))
            .document(document);
    return paths;
  }

  /** The values of ConfigMaps that the document of a manifest names. */
  public static TreeSet<ConfigMapKey> configMaps(Node document) {
    var names = Names.none();
    Node _ = new Inclusion("", names).document(document);
    return names.keys();
  }

  /** The values of Secrets that the document of a manifest names. */
  public static TreeSet<SecretRef> secrets(Node document) {
    var names = Names.none();
    Node _ = new Inclusion("", names).document(document);
    return names.secrets();
  }

  /** Collects what is named, of which each is an empty file. */
  private record Names(
      TreeSet<String> paths, TreeSet<ConfigMapKey> keys, TreeSet<SecretRef> secrets)
      implements ContentLookup {
    static Names none() {
      return new Names(new TreeSet<>(), new TreeSet<>(), new TreeSet<>());
    }

    @Override
    public Included file(String path) {
      paths.add(path);
      return new Included.Text("");
    }

    @Override
    public Included configMap(ConfigMapKey key) {
      keys.add(key);
      return new Included.Text("");
    }

    @Override
    public Included secret(SecretRef ref) {
      secrets.add(ref);
      return new Included.Text("");
    }
  }

  /**
   * A document with its contents put in.
   *
   * @param document with an empty file for each that could not be used; what only a cluster knows
   *     is named in it as before
   * @param outcome what the document is to {@link SpecReader}, where what only a cluster knows
   *     counts as an empty file; refused if a content cannot be used
   */
  public record Expanded(Node document, SpecReader.Outcome outcome) {}

  /** Puts in what the document of a manifest names. */
  public static Expanded expand(String manifest, Node document, ContentLookup contents) {
    var byDigest = new TreeSet<String>();
    var inclusion = new Inclusion(manifest, contents, byDigest);
    Node expanded = inclusion.document(document);
    // The largest first, so that as few as possible are without variables and a reload.
    for (Optional<Put> next = inclusion.spare(expanded);
        next.isPresent();
        next = inclusion.spare(expanded)) {
      byDigest.add(next.get().field());
      inclusion = new Inclusion(manifest, contents, byDigest);
      expanded = inclusion.document(document);
    }
    if (inclusion.isTooLarge(expanded)) {
      // Of the text that was put in nobody can see the size in the manifest, so that is named.
      return new Expanded(expanded, emptied(document).with(inclusion.errors));
    }
    return new Expanded(
        expanded,
        (inclusion.leaves ? emptied(expanded) : SpecReader.read(expanded)).with(inclusion.errors));
  }

  private static SpecReader.Outcome emptied(Node document) {
    return SpecReader.read(new Inclusion("", Names.none()).document(document));
  }

  /** The text that leaves the most room if its digest stands there; none if there is room. */
  private Optional<Put> spare(Node document) {
    return fits(document)
        ? Optional.empty()
        : put.stream()
            .filter(it -> !it.field().isEmpty() && !byDigest.contains(it.field()))
            .max(Comparator.comparingInt(Put::bytes));
  }

  private static boolean fits(Node document) {
    Node spec = document.fields().getOrDefault("spec", document);
    return EncodedSize.upTo(spec, MOST_BYTES) <= MOST_BYTES;
  }

  private boolean isTooLarge(Node document) {
    if (put.isEmpty()) {
      return false;
    }
    Put largest = put.stream().max(Comparator.comparingInt(Put::bytes)).orElseThrow();
    if (kept > SpecBounds.MOST_KEPT) {
      errors.add(
          Diagnostic.error(
              Problem.TOO_LARGE,
              largest.at(),
              "%s makes the files of the app larger than the %d bytes that a device keeps of them"
                  .formatted(largest.what(), SpecBounds.MOST_KEPT),
              "shorten it, or put it into the image or into a volume"));
      return true;
    }
    if (fits(document)) {
      return false;
    }
    errors.add(
        Diagnostic.error(
            Problem.TOO_LARGE,
            largest.at(),
            "%s makes the spec larger than the %d bytes that are read"
                .formatted(largest.what(), MOST_BYTES),
            "shorten it, or put it into the image or into a volume"));
    return true;
  }

  private Node document(Node document) {
    return with(
        document,
        "spec",
        spec ->
            with(
                with(spec, "files", node -> entries(node, "spec.files", CONTENT)),
                "secrets",
                node -> entries(node, "spec.secrets", SEALED)));
  }

  private Node entries(Node node, String list, String key) {
    if (!(node instanceof Node.Sequence(Location at, List<Node> items))) {
      return node;
    }
    var entries = new ArrayList<Node>();
    for (Node item : items) {
      entries.add(entry(item, "%s[%d]".formatted(list, entries.size()), key));
    }
    return new Node.Sequence(at, entries);
  }

  private Node entry(Node item, String field, String key) {
    if (item.fields().get(KEPT) instanceof Node kept) {
      errors.add(
          Diagnostic.error(
              Problem.UNKNOWN_FIELD,
              kept.at(),
              "unknown field '%s' in %s".formatted(KEPT, field),
              "write content, or from: {file: PATH}"));
    }
    Optional<Node> from = Optional.ofNullable(item.fields().get(FROM));
    if (from.isEmpty() || !(item instanceof Node.Mapping(Location at, List<Node.Entry> entries))) {
      return item;
    }
    if (item.fields().containsKey(KEPT)) {
      return item;
    }
    boolean both = item.fields().containsKey(key);
    if (both) {
      errors.add(
          Diagnostic.error(
              Problem.CONFLICT,
              from.get().at(),
              "%s has %s and from".formatted(field, key),
              "keep one of them"));
    }
    boolean reloads = item.fields().containsKey(ON_CHANGE);
    Included found = found(from.get(), field + "." + FROM, key, reloads);
    List<FileContent.Kept> digest =
        switch (found) {
          case Included.Large(var it) -> List.of(it);
          case Included.Text(_, var it) when byDigest.contains(field + "." + FROM) -> it;
          case Included.Text _, Included.InCluster _, Included.Unusable _ -> List.of();
        };
    if (!digest.isEmpty()) {
      kept += digest.getFirst().bytes();
      return new Node.Mapping(
          at,
          entries.stream()
              .filter(it -> !both || !it.key().equals(key))
              .map(it -> it.key().equals(FROM) ? put(it, digest.getFirst()) : it)
              .toList());
    }
    boolean isRead = !(contents instanceof Names);
    // What could not be read is an error already, and no second one.
    String nothing = key.equals(SEALED) ? AppSecret.UNREAD : "";
    String text = isRead && found instanceof Included.Text(String there, _) ? there : nothing;
    boolean stays = found instanceof Included.InCluster;
    return new Node.Mapping(
        at,
        entries.stream()
            .filter(it -> !both || !it.key().equals(FROM))
            .map(it -> it.key().equals(FROM) && !stays ? put(it, key, text) : it)
            .toList());
  }

  private static Node.Entry put(Node.Entry from, FileContent.Kept kept) {
    Location at = from.value().at();
    var fields = new ArrayList<Node.Entry>();
    fields.add(
        new Node.Entry(at, "sha256", new Node.Scalar(at, Node.Kind.TEXT, kept.digest().hex())));
    fields.add(
        new Node.Entry(
            at, "bytes", new Node.Scalar(at, Node.Kind.INTEGER, Integer.toString(kept.bytes()))));
    if (!kept.object().isEmpty()) {
      fields.add(new Node.Entry(at, "object", new Node.Scalar(at, Node.Kind.TEXT, kept.object())));
    }
    return new Node.Entry(from.keyAt(), KEPT, new Node.Mapping(at, fields));
  }

  private static Node.Entry put(Node.Entry from, String key, String text) {
    return new Node.Entry(
        from.keyAt(), key, new Node.Scalar(from.value().at(), Node.Kind.TEXT, text));
  }

  private Included found(Node from, String field, String key, boolean reloads) {
    String replaceable = key.equals(CONTENT) && !reloads ? field : "";
    return switch (key.equals(SEALED)
        ? ContentOrigin.readSealed(from, field)
        : ContentOrigin.read(from, field)) {
      case ContentOrigin.File(Location at, String name) ->
          taken(
              file(name),
              at,
              replaceable,
              "%s.%s: %s".formatted(field, ContentOrigin.FILE, SafeText.shown(name)));
      case ContentOrigin.Value(Location at, ConfigMapKey value) ->
          taken(
              contents.configMap(value),
              at,
              replaceable,
              "%s.%s: %s".formatted(field, ContentOrigin.CONFIG_MAP, value));
      case ContentOrigin.Content(Location at, FileContent.Kept it) ->
          taken(contents.appContent(it), at, "", field + "." + ContentOrigin.APP_CONTENT);
      case ContentOrigin.Sealable(Location at, SecretRef ref) ->
          taken(
              contents.secret(ref),
              at,
              "",
              "%s.%s: %s".formatted(field, ContentOrigin.SECRET, ref));
      case ContentOrigin.Wrong(Diagnostic error) -> {
        errors.add(error);
        yield new Included.Unusable(error.message(), error.help());
      }
    };
  }

  private Included file(String name) {
    Optional<String> fault = fault(name);
    return fault.isPresent()
        ? new Included.Unusable(
            fault.get(), "name a file in the folder of the manifest, or below it")
        : contents.file(manifest.substring(0, manifest.lastIndexOf('/') + 1) + name);
  }

  private Included taken(Included found, Location at, String field, String what) {
    switch (found) {
      case Included.Text(String text, var kept) ->
          put.add(new Put(at, what, text.length(), kept.isEmpty() ? "" : field));
      case Included.Large(var kept) -> put.add(new Put(at, what, kept.bytes(), ""));
      case Included.InCluster() -> leaves = true;
      case Included.Unusable(String why, String help) ->
          errors.add(Diagnostic.error(Problem.SOURCE, at, what + " " + why, help));
    }
    return found;
  }

  private static Optional<String> fault(String name) {
    if (name.length() > LONGEST_PATH) {
      return Optional.of("is longer than " + LONGEST_PATH + " characters");
    }
    return Arrays.stream(name.split("/", -1))
        .flatMap(
            segment ->
                SnapshotBuilder.isHidden(segment) && !segment.equals(".") && !segment.equals("..")
                    ? Optional.of("is hidden, and hidden files are not read").stream()
                    : SnapshotBuilder.nameFault(segment).stream()
                        .map(fault -> "cannot be used: " + fault))
        .findFirst();
  }

  private static Node with(Node node, String key, UnaryOperator<Node> change) {
    return node instanceof Node.Mapping(Location at, List<Node.Entry> entries)
        ? new Node.Mapping(
            at,
            entries.stream()
                .map(
                    it ->
                        it.key().equals(key)
                            ? new Node.Entry(it.keyAt(), key, change.apply(it.value()))
                            : it)
                .toList())
        : node;
  }

  static boolean contains(byte[] content, byte[] wanted) {
    byte first = wanted[0];
    for (int i = 0; i <= content.length - wanted.length; i++) {
      // Every file is looked through at every change: a comparison at each byte is a quarter of it.
      if (content[i] == first
          && Arrays.equals(content, i, i + wanted.length, wanted, 0, wanted.length)) {
        return true;
      }
    }
    return false;
  }
}
