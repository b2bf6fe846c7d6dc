package dev.sandbar.core.model;

import dev.sandbar.core.model.AppSpec.DriftMode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Reads GitSources: those that people write strictly, those of an API server field by field. */
public final class GitSourceReader {

  /** The kind that this reads. */
  public static final String KIND = "GitSource";

  private static final String SPEC = "spec";
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration LEAST = Duration.ofSeconds(1);
  private static final int LONGEST_URL = 2048;
  private static final int LONGEST_PATH = 4096;
  private static final int LONGEST_PERIOD = 16;
  private static final int LONGEST_SECRET = 253;
  private static final int MAX_REMOVALS = 10_000;
  private static final Pattern URL =
      Pattern.compile(
          "(https|ssh)://[^/@:?# ]*([@:][^/?# ]*)?/[^ ]+"
              + "|http://(127[.]0[.]0[.]1|localhost)(:[0-9]+)?/[^ ]+");
  private static final Pattern URL_WITH_USER = Pattern.compile("https?://[^/]*@.*");
  private static final SequencedMap<String, DriftMode> DRIFT =
      NodeValidator.words(List.of(DriftMode.values()), DriftMode::text);
  private static final List<String> FIELDS =
      List.of(
          "url",
          "ref",
          "path",
          "interval",
          "timeout",
          "prune",
          "maxRemovals",
          "suspend",
          "drift",
          "secretRef",
          "webhookSecretRef");

  private final DocumentDiagnostics findings = new DocumentDiagnostics();
  private final NodeValidator expect = new NodeValidator(findings);

  /** Whether the text of releases before stands for ref and drift, which are maps since. */
  private final boolean takesText;

  private GitSourceReader(boolean takesText) {
    this.takesText = takesText;
  }

  /** What became of it. */
  public sealed interface Outcome {
    /** It can be used. */
    record Read(GitSourceSettings settings) implements Outcome {}

    /** It cannot, for these reasons. */
    record Refused(List<Diagnostic> problems) implements Outcome {
      public Refused {
        problems = List.copyOf(problems);
      }
    }
  }

  /** Reads a whole manifest. */
  public static Outcome read(Node document) {
    return new GitSourceReader(false).document(document);
  }

  /**
   * Reads the spec of an object that an API server has let in, perhaps by the schema of another
   * release: fields that are not known are left alone, and text that was a ref or a mode of drift
   * still is.
   */
  public static Outcome stored(Node spec) {
    var reader = new GitSourceReader(true);
    return reader
        .spec(
            spec instanceof Node.Mapping(var at, var entries)
                ? new Node.Mapping(
                    at, entries.stream().filter(it -> FIELDS.contains(it.key())).toList())
                : spec)
        .map(reader::outcome)
        .orElseGet(reader::refused);
  }

  private Outcome document(Node node) {
    var fields =
        expect.fields(
            node, "the document", List.of("apiVersion", "kind", "metadata", SPEC, "status"));
    expect
        .required(fields, node, "the document", "apiVersion")
        .ifPresent(
            version ->
                expect
                    .text(version, "apiVersion")
                    .filter(text -> !text.equals(SpecReader.API_VERSION))
                    .ifPresent(
                        text ->
                            findings.error(
                                Problem.UNKNOWN_KIND,
                                version.at(),
                                "apiVersion is " + NodeValidator.shown(text),
                                "write apiVersion: " + SpecReader.API_VERSION)));
    expect
        .required(fields, node, "the document", "metadata")
        .ifPresent(
            metadata ->
                expect
                    .required(metadata.fields(), metadata, "metadata", "name")
                    .ifPresent(this::name));
    return expect
        .required(fields, node, "the document", SPEC)
        .flatMap(this::spec)
        .map(this::outcome)
        .orElseGet(this::refused);
  }

  private void name(Node name) {
    expect
        .text(name, "metadata.name")
        .filter(text -> !AppName.isValid(text))
        .ifPresent(
            text ->
                expect.invalid(
                    name.at(),
                    "metadata.name",
                    text,
                    "cannot be the name of an object",
                    "use lower-case letters, digits and dashes"));
  }

  private Outcome outcome(GitSourceSettings read) {
    return findings.hasErrors() ? refused() : new Outcome.Read(read);
  }

  private Outcome refused() {
    return new Outcome.Refused(findings.all());
  }

  private Optional<GitSourceSettings> spec(Node spec) {
    SequencedMap<String, Node> fields = expect.fields(spec, SPEC, FIELDS);
    Optional<String> url =
        expect
            .required(fields, spec, SPEC, "url")
            .flatMap(node -> checked(node, "url", LONGEST_URL));
    url.ifPresent(text -> url(fields, text));
    var settings =
        new GitSourceSettings(
            url.orElse(""),
            get(fields, "ref", node -> new RefReader(findings, takesText).read(node, SPEC + ".ref"))
                .filter(text -> !text.isEmpty())
                .orElse("HEAD"),
            text(fields, "path", LONGEST_PATH).map(text -> path(fields, text)).orElse(""),
            period(fields, "interval"),
            period(fields, "timeout"),
            get(fields, "prune", node -> expect.flag(node, SPEC + ".prune")).orElse(true),
            get(
                    fields,
                    "maxRemovals",
                    node -> expect.number(node, SPEC + ".maxRemovals", 0, MAX_REMOVALS))
                .orElse(-1),
            get(fields, "suspend", node -> expect.flag(node, SPEC + ".suspend")).orElse(false),
            get(fields, "drift", this::drift).orElse(DriftMode.CORRECT).equals(DriftMode.CORRECT),
            secret(fields, "secretRef"),
            secret(fields, "webhookSecretRef"));
    return url.map(_ -> settings);
  }

  private static <T> Optional<T> get(
      Map<String, Node> fields, String key, Function<Node, Optional<T>> read) {
    return Optional.ofNullable(fields.get(key)).flatMap(read);
  }

  private Optional<String> text(Map<String, Node> fields, String key, int longest) {
    return get(fields, key, node -> checked(node, key, longest)).filter(text -> !text.isEmpty());
  }

  private Optional<String> checked(Node node, String key, int longest) {
    Optional<String> text = expect.text(node, SPEC + "." + key);
    text.filter(it -> it.length() > longest)
        .ifPresent(
            it ->
                findings.error(
                    Problem.TOO_LARGE,
                    node.at(),
                    "spec.%s has %d characters, at most %d are read"
                        .formatted(key, it.length(), longest),
                    "write a shorter one"));
    return text;
  }

  /** The shape that drift has in an AppSandbox; there is nothing that a source could ignore. */
  private Optional<DriftMode> drift(Node node) {
    String path = SPEC + ".drift";
    if (node instanceof Node.Scalar(var at, _, var text)) {
      if (takesText) {
        return expect.word(node, path, DRIFT);
      }
      findings.error(
          Problem.WRONG_TYPE,
          at,
          "%s must be a map, found %s".formatted(path, NodeValidator.shown(text)),
          DRIFT.containsKey(text)
              ? "write drift: {mode: %s}".formatted(text)
              : "write drift: {mode: Detect} or drift: {mode: Correct}");
      return Optional.empty();
    }
    return get(
        expect.fields(node, path, List.of("mode")),
        "mode",
        mode -> expect.word(mode, path + ".mode", DRIFT));
  }

  private void url(Map<String, Node> fields, String text) {
    Location at = fields.getOrDefault("url", Node.text("")).at();
    if (!URL.matcher(text).matches()) {
      expect.invalid(
          at,
          SPEC + ".url",
          text,
          "is not a repository that can be followed",
          "write https://HOST/PATH or ssh://USER@HOST/PATH; http:// is for this machine only");
    } else if (URL_WITH_USER.matcher(text).matches()) {
      findings.error(
          Problem.INVALID_VALUE,
          at,
          "spec.url holds a user or a token",
          "put them in the Secret of secretRef");
    }
  }

  /** In its plain form: Flux writes {@code ./path}. */
  private String path(Map<String, Node> fields, String text) {
    if (List.of(text.split("/", -1)).contains("..")) {
      expect.invalid(
          fields.getOrDefault("path", Node.text("")).at(),
          SPEC + ".path",
          text,
          "leaves the repository",
          "write a folder of it without '..'");
    }
    String plain = text.equals(".") ? "" : text.startsWith("./") ? text.substring(2) : text;
    return plain.endsWith("/") ? plain.substring(0, plain.length() - 1) : plain;
  }

  private Duration period(Map<String, Node> fields, String key) {
    return get(
            fields,
            key,
            node -> {
              Optional<String> text = checked(node, key, LONGEST_PERIOD);
              Optional<Duration> period =
                  text.flatMap(Period::read).filter(it -> it.compareTo(LEAST) >= 0);
              text.filter(_ -> period.isEmpty())
                  .ifPresent(
                      it ->
                          expect.invalid(
                              node.at(),
                              SPEC + "." + key,
                              it,
                              "is not a length of time of at least 1s",
                              Period.HELP));
              return period;
            })
        .orElse(MINUTE);
  }

  private String secret(Map<String, Node> fields, String key) {
    String path = SPEC + "." + key;
    return get(
            fields,
            key,
            node ->
                expect
                    .required(expect.fields(node, path, List.of("name")), node, path, "name")
                    .flatMap(name -> checked(name, key + ".name", LONGEST_SECRET)))
        .orElse("");
  }
}
