package dev.sandbar.source;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.source.text.ReadResult;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Puts the text of other files of a source into its manifests: {@code from: {file: PATH}} of an
 * entry of {@code spec.files} becomes {@code content: ...}. Everything behind the source sees only
 * the latter. A path leads from the folder of the manifest downwards, so that a manifest reaches
 * only what lies beside it.
 */
public final class Inclusion {

  /** The largest file: no spec with more would be accepted. */
  public static final int MOST_BYTES = SpecBounds.MOST_BYTES;

  private static final String FROM = "from";
  private static final String FILE = "file";
  private static final String CONTENT = "content";
  private static final int LONGEST_PATH = 512;
  private static final byte[] FROM_BYTES = FROM.getBytes(US_ASCII);
  private static final String GROUP =
      SpecReader.API_VERSION.substring(0, SpecReader.API_VERSION.indexOf('/') + 1);

  private final String manifest;
  private final Function<String, Included> files;
  private final List<Diagnostic> errors = new ArrayList<>();

  private Inclusion(String manifest, Function<String, Included> files) {
    this.manifest = manifest;
    this.files = files;
  }

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
    var inclusion =
        new Inclusion(
            manifest,
            path -> {
              paths.add(path);
              return new Included.Text("");
            });
    inclusion.document(document);
    return paths;
  }

  /**
   * A document with its files put in.
   *
   * @param document with an empty file for each that could not be used
   * @param outcome what the document is to {@link SpecReader}; refused if a file cannot be used
   */
  record Expanded(Node document, SpecReader.Outcome outcome) {}

  /** Puts in the files that the document of a manifest names. */
  static Expanded expand(String manifest, Node document, Function<String, Included> files) {
    var inclusion = new Inclusion(manifest, files);
    Node expanded = inclusion.document(document);
    return new Expanded(expanded, SpecReader.read(expanded).with(inclusion.errors));
  }

  /** Reads the document of a manifest together with the files that it names. */
  public static SpecReader.Outcome read(
      String manifest, Node document, Function<String, Included> files) {
    return expand(manifest, document, files).outcome();
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
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
      return text.indexOf('\0') >= 0 ? notText() : new Included.Text(text);
    } catch (CharacterCodingException e) {
      return notText();
    }
  }

  /** A file that has more than {@link #MOST_BYTES}. */
  public static Included tooLarge() {
    return new Included.Unusable(
        "has more than %d bytes".formatted(MOST_BYTES), "put it into the image, or into a volume");
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
        "is not UTF-8 text without NUL", "put it into the image, or into a volume");
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
    return with(document, "spec", spec -> with(spec, "files", this::entries));
  }

  private Node entries(Node node) {
    if (!(node instanceof Node.Sequence(Location at, List<Node> items))) {
      return node;
    }
    var entries = new ArrayList<Node>();
    for (Node item : items) {
      entries.add(entry(item, "spec.files[" + entries.size() + "]"));
    }
    return new Node.Sequence(at, entries);
  }

  private Node entry(Node item, String field) {
    Optional<Node> from = Optional.ofNullable(item.fields().get(FROM));
    if (from.isEmpty() || !(item instanceof Node.Mapping(Location at, List<Node.Entry> entries))) {
      return item;
    }
    String text = text(from.get(), field + "." + FROM);
    boolean both = item.fields().containsKey(CONTENT);
    if (both) {
      errors.add(
          Diagnostic.error(
              Problem.CONFLICT,
              from.get().at(),
              field + " has content and from",
              "keep one of them"));
    }
    return new Node.Mapping(
        at,
        entries.stream()
            .filter(it -> !both || !it.key().equals(FROM))
            .map(it -> it.key().equals(FROM) ? content(it, text) : it)
            .toList());
  }

  private static Node.Entry content(Node.Entry from, String text) {
    return new Node.Entry(
        from.keyAt(), CONTENT, new Node.Scalar(from.value().at(), Node.Kind.TEXT, text));
  }

  private String text(Node from, String field) {
    Node file = from.fields().getOrDefault(FILE, from);
    if (from.fields().size() != 1
        || !(file instanceof Node.Scalar(Location at, Node.Kind kind, String name))
        || kind != Node.Kind.TEXT) {
      errors.add(
          Diagnostic.error(
              Problem.WRONG_TYPE,
              from.at(),
              field + " must name a file",
              "write " + FROM + ": {" + FILE + ": mosquitto.conf}"));
      return "";
    }
    Optional<String> fault = fault(name);
    Included found =
        fault.isPresent()
            ? new Included.Unusable(
                fault.get(), "name a file in the folder of the manifest, or below it")
            : files.apply(manifest.substring(0, manifest.lastIndexOf('/') + 1) + name);
    return switch (found) {
      case Included.Text(String text) -> text;
      case Included.Unusable(String why, String help) -> {
        errors.add(
            Diagnostic.error(
                Problem.SOURCE,
                at,
                "%s.%s: %s %s".formatted(field, FILE, SafeText.shown(name), why),
                help));
        yield "";
      }
    };
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
