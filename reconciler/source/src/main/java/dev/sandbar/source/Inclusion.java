package dev.sandbar.source;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sandbar.core.model.AppSecret;
import dev.sandbar.core.model.ConfigMapKey;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.EncodedSize;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.SecretRef;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.source.text.ReadResult;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
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

  /** The largest file: no spec with more would be accepted. */
  public static final int MOST_BYTES = SpecBounds.MOST_BYTES;

  private static final String FROM = "from";
  private static final String CONTENT = "content";
  private static final String SEALED = "sealed";
  private static final int LONGEST_PATH = 512;
  private static final byte[] FROM_BYTES = FROM.getBytes(US_ASCII);
  private static final String GROUP =
      SpecReader.API_VERSION.substring(0, SpecReader.API_VERSION.indexOf('/') + 1);

  private final String manifest;
  private final ContentLookup contents;
  private final List<Diagnostic> errors = new ArrayList<>();
  private final List<Put> put = new ArrayList<>();
  private boolean leaves;

  private Inclusion(String manifest, ContentLookup contents) {
    this.manifest = manifest;
    this.contents = contents;
  }

  /**
   * Text that was put in.
   *
   * @param what and where it comes from, for messages
   */
  private record Put(Location at, String what, int length) {}

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
    var inclusion = new Inclusion(manifest, contents);
    Node expanded = inclusion.document(document);
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

  private boolean isTooLarge(Node document) {
    Node spec = document.fields().getOrDefault("spec", document);
    if (put.isEmpty() || EncodedSize.upTo(spec, MOST_BYTES) <= MOST_BYTES) {
      return false;
    }
    Put largest = put.stream().max(Comparator.comparingInt(Put::length)).orElseThrow();
    errors.add(
        Diagnostic.error(
            Problem.TOO_LARGE,
            largest.at(),
            "%s makes the spec larger than the %d bytes that are read"
                .formatted(largest.what(), MOST_BYTES),
            "shorten it, or put it into the image or into a volume"));
    return true;
  }

  /**
   * What a file with this content is to a manifest that names it.
   *
   * @param isManifest whether the source reads it as a manifest if nobody names it: one that
   *     declares something of Sandbar's cannot be named, else its apps would vanish
   */
  public static Included of(String path, byte[] content, boolean isManifest) {
    if (content.length > MOST_BYTES) {
      return tooLarge();
    }
    if (SnapshotBuilder.isLfsPointer(content)) {
      return new Included.Unusable(
          "is only a pointer into Git LFS, which is not read", "commit the file itself");
    }
    if (isManifest && declaresObject(path, content)) {
      return new Included.Unusable(
          "is read as a manifest itself", "give it a name that does not end as those of manifests");
    }
    try {
      return text(UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString());
    } catch (CharacterCodingException e) {
      return notText();
    }
  }

  /** What a text is as the content of a file. */
  public static Included text(String text) {
    if (text.length() > MOST_BYTES) {
      return tooLarge();
    }
    boolean isText = text.codePoints().noneMatch(c -> c == 0 || (c >= 0xd800 && c <= 0xdfff));
    return isText ? new Included.Text(text) : notText();
  }

  /** A file that has more than {@link #MOST_BYTES}. */
  public static Included tooLarge() {
    return new Included.Unusable(
        "has more than %d bytes".formatted(MOST_BYTES), "put it into the image, or into a volume");
  }

  /** A file that an object of an API server names. */
  public static Included noFiles() {
    return new Included.Unusable(
        "is a file beside a manifest, which the API server does not have",
        "write content or name a ConfigMap; in the repository of a GitSource files can be named");
  }

  /** A Secret, for which there is no operator that could seal it. */
  public static Included noSecrets() {
    return new Included.Unusable(
        "is in Kubernetes, where only the operator of a fleet reads it",
        "seal it with 'sandbar secret seal --recipient age1...' and write from: {file:"
            + " secrets/NAME.age}");
  }

  /** A path at which there is no file. */
  public static Included missing() {
    return new Included.Unusable(
        "is not there", "paths begin at the folder of the manifest; commit the file there");
  }

  /** A path that is, or leads through, a symbolic link. */
  public static Included link() {
    return new Included.Unusable(
        "is a symbolic link, which is not followed", "put the file itself there");
  }

  private static Included notText() {
    return new Included.Unusable(
        "is not UTF-8 text without NUL",
        "put it into the image, or into a volume; of a secret take the armored form: age --armor");
  }

  /** Of one that cannot be read whole nobody knows what it declares, so the name alone decides. */
  private static boolean declaresObject(String path, byte[] content) {
    ReadResult read = Manifests.documents(path, content);
    return (read.hasErrors() && contains(content, GROUP.getBytes(US_ASCII)))
        || read.documents().stream()
            .anyMatch(
                it ->
                    it.fields().get("apiVersion") instanceof Node.Scalar(_, _, String version)
                        && version.startsWith(GROUP));
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
    Optional<Node> from = Optional.ofNullable(item.fields().get(FROM));
    if (from.isEmpty() || !(item instanceof Node.Mapping(Location at, List<Node.Entry> entries))) {
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
    Included found = found(from.get(), field + "." + FROM, key);
    boolean isRead = !(contents instanceof Names);
    // What could not be read is an error already, and no second one.
    String nothing = key.equals(SEALED) ? AppSecret.UNREAD : "";
    String text = isRead && found instanceof Included.Text(String there) ? there : nothing;
    boolean stays = found instanceof Included.InCluster;
    return new Node.Mapping(
        at,
        entries.stream()
            .filter(it -> !both || !it.key().equals(FROM))
            .map(it -> it.key().equals(FROM) && !stays ? put(it, key, text) : it)
            .toList());
  }

  private static Node.Entry put(Node.Entry from, String key, String text) {
    return new Node.Entry(
        from.keyAt(), key, new Node.Scalar(from.value().at(), Node.Kind.TEXT, text));
  }

  private Included found(Node from, String field, String key) {
    return switch (key.equals(SEALED)
        ? ContentOrigin.readSealed(from, field)
        : ContentOrigin.read(from, field)) {
      case ContentOrigin.File(Location at, String name) ->
          taken(
              file(name),
              at,
              "%s.%s: %s".formatted(field, ContentOrigin.FILE, SafeText.shown(name)));
      case ContentOrigin.Value(Location at, ConfigMapKey value) ->
          taken(
              contents.configMap(value),
              at,
              "%s.%s: %s".formatted(field, ContentOrigin.CONFIG_MAP, value));
      case ContentOrigin.Sealable(Location at, SecretRef ref) ->
          taken(contents.secret(ref), at, "%s.%s: %s".formatted(field, ContentOrigin.SECRET, ref));
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

  private Included taken(Included found, Location at, String what) {
    switch (found) {
      case Included.Text(String text) -> put.add(new Put(at, what, text.length()));
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

  private static boolean contains(byte[] content, byte[] wanted) {
    for (int i = 0; i <= content.length - wanted.length; i++) {
      if (Arrays.equals(content, i, i + wanted.length, wanted, 0, wanted.length)) {
        return true;
      }
    }
    return false;
  }
}
