package dev.sandbar.core.model;

import dev.sandbar.core.model.AppSpec.Root;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** Reads {@code image:}. */
final class ImageReader {

  private static final String PATH = "spec.image";
  private static final String FILE_URL = "file://";

  private static final String FILE = "path";
  private static final String URL = "url";
  private static final String REGISTRY = "oci";
  private static final String TAG = "ref";
  private static final String CONTENT = "sha256";
  private static final String MANIFEST = "digest";
  private static final String ROOT_HASH = "rootHash";

  /** Where the image is: exactly one of them. */
  private static final List<String> PLACES = List.of(FILE, URL, REGISTRY);

  private static final String PLACE_HELP =
      "give path: /absolute/path/of/image.squashfs, url: https://HOST/FILE or oci: HOST/REPOSITORY";

  private final DocumentDiagnostics findings;
  private final NodeValidator expect;

  ImageReader(DocumentDiagnostics findings, NodeValidator expect) {
    this.findings = findings;
    this.expect = expect;
  }

  Optional<Root> read(Node node) {
    var fields =
        expect.fields(node, PATH, List.of(FILE, URL, REGISTRY, TAG, CONTENT, MANIFEST, ROOT_HASH));
    if (!tag(fields, node)) {
      return Optional.empty();
    }
    boolean layout = fields.containsKey(FILE) && fields.containsKey(MANIFEST);
    Optional<Sha256> digest = digest(fields, node, fields.containsKey(REGISTRY) || layout);
    Node hash = fields.get(ROOT_HASH);
    Optional<String> rootHash = hash == null ? Optional.of("") : rootHash(hash);
    List<String> given = PLACES.stream().filter(fields::containsKey).toList();
    if (given.size() != 1) {
      findings.error(
          given.isEmpty() ? Problem.MISSING_FIELD : Problem.CONFLICT,
          node.at(),
          given.isEmpty()
              ? PATH + " has no path, url or oci"
              : PATH + " has " + String.join(" and ", given),
          given.isEmpty() ? PLACE_HELP : "keep one of them");
      return Optional.empty();
    }
    Optional<ImageSource> source = place(fields, layout);
    return source.isEmpty() || digest.isEmpty() || rootHash.isEmpty()
        ? Optional.empty()
        : Optional.of(new Root.Image(source.get(), digest.get(), rootHash.get(), node.at()));
  }

  /**
   * Looks at the tag, which says to people what the digest is of. Nobody else reads it: what it
   * names may change, and what a device runs is what the spec says.
   *
   * @return false if the rest need not be looked at
   */
  private boolean tag(Map<String, Node> fields, Node parent) {
    Node tag = fields.get(TAG);
    if (tag == null) {
      return true;
    }
    Optional<String> text = expect.text(tag, PATH + ".ref");
    if (text.isPresent() && !ImageLocation.isTag(text.get())) {
      expect.invalid(
          tag.at(), PATH + ".ref", text.get(), "is not a tag", "write for example ref: 2.4.1");
    }
    if (!fields.containsKey(REGISTRY)) {
      findings.error(
          Problem.CONFLICT,
          tag.at(),
          "spec.image.ref is a tag of a registry, and there is no oci",
          "write oci: HOST/REPOSITORY, or remove ref");
      return false;
    }
    if (!fields.containsKey(MANIFEST) && !fields.containsKey(CONTENT)) {
      findings.error(
          Problem.MISSING_FIELD,
          parent.at(),
          "spec.image has a ref and no digest, and a tag may name another image tomorrow",
          "run 'sandbar image resolve FILE', which writes the digest of the tag beside it");
      return false;
    }
    return true;
  }

  private Optional<ImageSource> place(Map<String, Node> fields, boolean layout) {
    Node path = fields.get(FILE);
    if (path != null) {
      return expect
          .path(path, PATH + ".path")
          .flatMap(it -> onDevice(it, path, FILE))
          .map(it -> layout ? new ImageSource.Layout(it) : new ImageSource.File(it));
    }
    Node url = fields.get(URL);
    if (url != null) {
      return url(url);
    }
    return Optional.ofNullable(fields.get(REGISTRY)).flatMap(this::registry);
  }

  private Optional<String> onDevice(String path, Node node, String field) {
    Optional<String> problem = ImagePlace.problemIn(path);
    problem.ifPresent(
        it -> expect.invalid(node.at(), PATH + "." + field, path, it, ImagePlace.HELP));
    return problem.isPresent() ? Optional.empty() : Optional.of(path);
  }

  private Optional<ImageSource> url(Node node) {
    Optional<String> text = expect.text(node, PATH + ".url");
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (text.get().startsWith(FILE_URL + "/")) {
      String path = text.get().substring(FILE_URL.length());
      return expect
          .path(new Node.Scalar(node.at(), Node.Kind.TEXT, path), PATH + ".url")
          .flatMap(it -> onDevice(it, node, URL))
          .map(ImageSource.File::new);
    }
    Optional<ImageSource> source = ImageLocation.url(text.get());
    if (source.isEmpty()) {
      expect.invalid(
          node.at(),
          PATH + ".url",
          text.get(),
          "is neither an https URL nor a file:/// URL",
          "write https://HOST/FILE without a user and a fragment, and other characters as %20");
    }
    return source;
  }

  private Optional<ImageSource> registry(Node node) {
    Optional<String> text = expect.text(node, PATH + ".oci");
    Optional<ImageSource> source = text.flatMap(ImageLocation::repository);
    if (text.isPresent() && source.isEmpty()) {
      expect.invalid(
          node.at(),
          PATH + ".oci",
          text.get(),
          "is not a repository with its host",
          "write for example oci: registry.example.com/team/app, without tag, and the digest in"
              + " digest: sha256:...");
    }
    return source;
  }

  /** A registry and a layout know an image by its manifest, all others by the file itself. */
  private Optional<Sha256> digest(
      SequencedMap<String, Node> fields, Node parent, boolean manifest) {
    String other = manifest ? CONTENT : MANIFEST;
    Node unwanted = fields.get(other);
    if (unwanted != null) {
      findings.error(
          Problem.CONFLICT,
          unwanted.at(),
          manifest
              ? "spec.image.sha256 is the digest of a file, and spec.image.digest that of a manifest"
              : "spec.image.digest is the digest of a manifest, which only a registry or an OCI"
                  + " layout has",
          manifest
              ? "write digest: sha256:... with oci and with the path of an OCI layout, and sha256:"
                  + " with the path of a file"
              : "write sha256: as sha256sum prints it, in its place");
    }
    if (unwanted != null && !fields.containsKey(manifest ? MANIFEST : CONTENT)) {
      return Optional.empty();
    }
    return manifest
        ? expect.required(fields, parent, PATH, MANIFEST).flatMap(this::manifest)
        : expect.required(fields, parent, PATH, CONTENT).flatMap(this::content);
  }

  private Optional<Sha256> manifest(Node node) {
    Optional<String> text = expect.scalar(node, PATH + ".digest");
    Optional<Sha256> digest = text.flatMap(ImageLocation::digest);
    if (text.isPresent() && digest.isEmpty()) {
      expect.invalid(
          node.at(),
          PATH + ".digest",
          text.get(),
          "is not a SHA-256 digest",
          "write sha256: and 64 lower-case digits, as 'sandbar image resolve' prints");
    }
    return digest;
  }

  private Optional<String> rootHash(Node node) {
    Optional<String> text = expect.scalar(node, PATH + ".rootHash");
    if (text.isPresent() && !Sha256.isValid(text.get())) {
      expect.invalid(
          node.at(),
          PATH + ".rootHash",
          text.get(),
          "is not the root hash of a dm-verity tree",
          "write the 64 lower-case digits that 'sandbar image build --verity' prints");
      return Optional.empty();
    }
    return text;
  }

  private Optional<Sha256> content(Node node) {
    // A digest of digits only reads as a number; as written it is a digest all the same.
    Optional<String> text = expect.scalar(node, PATH + ".sha256");
    if (text.isPresent() && !Sha256.isValid(text.get())) {
      expect.invalid(
          node.at(),
          PATH + ".sha256",
          text.get(),
          "is not a SHA-256 digest",
          "write the 64 lower-case digits that sha256sum prints");
      return Optional.empty();
    }
    return text.map(Sha256::new);
  }
}
