package dev.sandbar.core.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeSet;

/** Reads {@code files:}. */
final class FilesReader {

  private static final String FILES = "spec.files";

  /** Nobody can write the file, so these two are all that makes a difference. */
  private static final SequencedMap<String, Boolean> MODES =
      NodeValidator.words(List.of(false, true), executable -> executable ? "0555" : "0444");

  /** How the names of their folders in the store begin. */
  private static final String RELOADED = "reload";

  private static final int SHORT = 16;

  /**
   * The content by its digest. Only what has read the source writes it, never an author: what is in
   * the store could be of another app.
   */
  static final String KEPT = "kept";

  /** Words of systemd: what {@code systemctl restart} and {@code systemctl reload} do. */
  private static final SequencedMap<String, Boolean> ON_CHANGE =
      NodeValidator.words(List.of(false, true), reloads -> reloads ? "Reload" : "Restart");

  private final DocumentDiagnostics findings;
  private final AppName app;
  private final NodeValidator expect;

  FilesReader(DocumentDiagnostics findings, AppName app) {
    this.app = app;
    this.findings = findings;
    this.expect = new NodeValidator(findings);
  }

  List<AppFile> read(Node node) {
    var files = new ArrayList<AppFile>();
    int number = 0;
    for (Node item : expect.items(node, FILES, SpecBounds.MOST_FILES)) {
      file(item, FILES + "[" + number + "]").ifPresent(files::add);
      number++;
    }
    for (AppFile file : files) {
      files.stream()
          .filter(outer -> outer != file && PathText.within(file.path(), outer.path()))
          .filter(
              outer ->
                  !outer.path().equals(file.path()) || files.indexOf(outer) < files.indexOf(file))
          .findFirst()
          .ifPresent(
              outer ->
                  findings.error(
                      Problem.CONFLICT,
                      file.at(),
                      outer.path().equals(file.path())
                          ? FILES + " has two entries for " + SafeText.shown(file.path())
                          : "%s: %s lies in the file %s"
                              .formatted(
                                  FILES, SafeText.shown(file.path()), SafeText.shown(outer.path())),
                      "give each entry a path of its own"));
    }
    files.forEach(this::rereadable);
    long kept = files.stream().mapToLong(FilesReader::keptBytes).sum();
    if (kept > SpecBounds.MOST_KEPT) {
      findings.error(
          Problem.TOO_LARGE,
          node.at(),
          "%s have %d bytes, at most %d are kept".formatted(FILES, kept, SpecBounds.MOST_KEPT),
          "put some of them into the image, or into a volume");
    }
    return files.stream()
        .map(file -> file.reloads() ? file.in(folder(file, files)) : file)
        .toList();
  }

  private static long keptBytes(AppFile file) {
    return file.content() instanceof FileContent.Kept(_, int bytes, _) ? bytes : 0;
  }

  /** Another content of those is found by its text. */
  private void rereadable(AppFile file) {
    if (file.reloads() && keptBytes(file) > 0) {
      findings.error(
          Problem.CONFLICT,
          file.at(),
          "%s: %s is too large for onChange: Reload".formatted(FILES, SafeText.shown(file.path())),
          "shorten it, so that the spec has at most %d bytes with it, or remove onChange"
              .formatted(SpecBounds.MOST_BYTES));
    }
  }

  /**
   * One for each set of files that the app sees in one folder: what is bound into a running app
   * never holds a file that was declared before.
   */
  private String folder(AppFile file, List<AppFile> files) {
    var paths = new TreeSet<String>();
    files.stream()
        .filter(other -> other.reloads() && other.folder().equals(file.folder()))
        .forEach(other -> paths.add(other.path()));
    String digest = new KeyDigest().texts(paths).digest().hex();
    return RELOADED + "-" + app.value() + "-" + digest.substring(0, SHORT);
  }

  private Optional<AppFile> file(Node node, String path) {
    Map<String, Node> fields =
        expect.fields(node, path, List.of("path", "content", KEPT, "mode", "onChange"));
    Optional<String> place =
        expect.required(fields, node, path, "path").flatMap(n -> place(n, path + ".path"));
    Node stored = fields.get(KEPT);
    Optional<? extends FileContent> content =
        stored != null && !fields.containsKey("content")
            ? kept(stored, path + "." + KEPT)
            : expect
                .required(fields, node, path, "content")
                .flatMap(n -> content(n, path + ".content"))
                .map(FileContent.Text::new);
    Node mode = fields.get("mode");
    Optional<Boolean> executable =
        mode == null ? Optional.of(false) : expect.word(mode, path + ".mode", MODES);
    Node change = fields.get("onChange");
    Optional<Boolean> reloads =
        change == null ? Optional.of(false) : expect.word(change, path + ".onChange", ON_CHANGE);
    if (place.isEmpty() || content.isEmpty() || executable.isEmpty() || reloads.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new AppFile(
            place.get(),
            content.get(),
            executable.get(),
            reloads.get() ? RELOADED : "",
            node.at()));
  }

  private Optional<FileContent.Kept> kept(Node node, String path) {
    Map<String, Node> fields = expect.fields(node, path, List.of("sha256", "bytes", "object"));
    Optional<Sha256> digest =
        expect
            .required(fields, node, path, "sha256")
            .flatMap(n -> expect.text(n, path + ".sha256"))
            .filter(Sha256::isValid)
            .map(Sha256::new);
    Optional<Integer> bytes =
        expect
            .required(fields, node, path, "bytes")
            .flatMap(n -> expect.number(n, path + ".bytes", 1, SpecBounds.MOST_KEPT));
    Node named = fields.get("object");
    Optional<String> object =
        named == null
            ? Optional.of("")
            : expect.text(named, path + ".object").filter(KeptFiles::isObject);
    if (digest.isEmpty() || object.isEmpty()) {
      expect.invalid(node.at(), path, KEPT, "is no content", "write content");
    }
    return digest.flatMap(
        it -> bytes.flatMap(size -> object.map(name -> new FileContent.Kept(it, size, name))));
  }

  private Optional<String> place(Node node, String path) {
    Optional<String> place = expect.wholeLine(node, path);
    Optional<Objection> objection = place.flatMap(ValueRules::filePlace);
    objection.ifPresent(
        o ->
            findings.error(
                o.problem(),
                node.at(),
                "%s: %s %s".formatted(path, NodeValidator.shown(place.orElse("")), o.why()),
                o.help()));
    return objection.isPresent() ? Optional.empty() : place;
  }

  /** Any text: it reaches a file of its own, and no unit file. What it is stays out of messages. */
  private Optional<String> content(Node node, String path) {
    if (!(node instanceof Node.Scalar(Location at, Node.Kind kind, String text))
        || kind != Node.Kind.TEXT) {
      findings.error(
          Problem.WRONG_TYPE,
          node.at(),
          path + " must be text",
          node instanceof Node.Scalar ? "put it in quotes" : "write it as a block after |");
      return Optional.empty();
    }
    Optional<String> problem =
        text.indexOf('\0') >= 0
            ? Optional.of("holds a NUL")
            : text.codePoints().anyMatch(c -> c >= 0xd800 && c <= 0xdfff)
                ? Optional.of("is not valid Unicode")
                : Optional.empty();
    problem.ifPresent(
        p -> findings.error(Problem.UNSAFE_TEXT, at, path + " " + p, "remove it: files are text"));
    return problem.isPresent() ? Optional.empty() : Optional.of(text);
  }
}
