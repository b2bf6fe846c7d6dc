package dev.sandbar.core.model;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is different on each device, in the texts of a spec: {@code ${device.name}} and {@code
 * ${device.labels.KEY}} in the arguments and the environment of the program, and in files. Two
 * dollars stand for one: {@code $${device.name}} is no variable. No shell has variables with a dot
 * in their name.
 */
public final class DeviceVariables {

  private static final Pattern REFERENCE =
      Pattern.compile(
          "(\\$?)\\$\\{device\\.([^}\\n]{0,%d})(}?)".formatted(SpecBounds.LONGEST_LABEL + 8));

  /** Names of variables, those that somebody misspelt among them. */
  private static final Pattern NAMES =
      Pattern.compile("[-A-Za-z0-9_./]{0,%d}".formatted(SpecBounds.LONGEST_LABEL));

  private static final String NAME = "name";
  private static final String LABEL = "labels.";
  private static final String KNOWN =
      "write ${device.name} or ${device.labels.KEY}, or $${ for the text itself";

  /** Fields of {@code run} with texts that may hold variables. */
  private static final List<String> IN_RUN =
      Stream.concat(
              Stream.of("command", "environment"),
              Stream.of(Lifecycle.Moment.values()).map(Lifecycle.Moment::text))
          .toList();

  private final String name;
  private final Map<String, String> labels;

  /**
   * @param name of the device; empty if there is none, and what it is not known of stays as it is
   */
  public DeviceVariables(String name, Map<String, String> labels) {
    this.name = name;
    this.labels = Map.copyOf(labels);
  }

  /** A text of a spec. */
  private record Part(String field, Location at, String text) {}

  private static Stream<Part> parts(AppSpec app) {
    AppSpec.Run run = app.run();
    return Stream.of(
            run.command().stream().map(text -> new Part("run.command", run.at(), text)),
            run.lifecycle().commands().entrySet().stream()
                .flatMap(
                    e ->
                        e.getValue().stream()
                            .flatMap(List::stream)
                            .map(text -> new Part("run." + e.getKey().text(), run.at(), text))),
            run.environment().entrySet().stream()
                .map(e -> new Part("run.environment." + e.getKey(), run.at(), e.getValue())),
            app.files().stream().map(f -> new Part("files: " + f.path(), f.at(), f.content())))
        .flatMap(it -> it);
  }

  /** Whether a text of the spec is another one on each device. */
  public static boolean isUsed(AppSpec app) {
    return parts(app).anyMatch(part -> references(part.text()).findAny().isPresent());
  }

  private static Stream<MatchResult> references(String text) {
    return text.contains("${device.")
        ? REFERENCE.matcher(text).results().filter(it -> it.group(1).isEmpty())
        : Stream.of();
  }

  /** What is no variable of any device. */
  static List<Diagnostic> unknown(AppSpec app) {
    var found = new ArrayList<Diagnostic>();
    // Where the program is was judged as it is written.
    if (app.run().programs().stream().anyMatch(it -> references(it).findAny().isPresent())) {
      found.add(
          Diagnostic.error(
              Problem.UNSAFE_PATH,
              app.run().at(),
              "run: the path of a program holds a variable",
              "write the path itself; arguments can hold variables"));
    }
    parts(app)
        .forEach(
            part ->
                references(part.text())
                    .filter(it -> !isKnown(it))
                    .forEach(
                        it ->
                            found.add(
                                Diagnostic.error(
                                    Problem.INVALID_VALUE,
                                    part.at(),
                                    "%s: %s is not a variable".formatted(part.field(), shown(it)),
                                    KNOWN))));
    return found;
  }

  /** What is no name of a variable either may be any part of a file, which stays out of logs. */
  private static String shown(MatchResult reference) {
    boolean isName = !reference.group(3).isEmpty() && NAMES.matcher(reference.group(2)).matches();
    return isName ? SafeText.shown(reference.group()) : "text that begins with ${device.";
  }

  private static boolean isKnown(MatchResult reference) {
    String variable = reference.group(2);
    return !reference.group(3).isEmpty()
        && (variable.equals(NAME)
            || (variable.startsWith(LABEL) && variable.length() > LABEL.length()));
  }

  /** What the spec asks for and the device does not have. */
  public List<Diagnostic> missing(AppSpec app) {
    var found = new ArrayList<Diagnostic>();
    if (name.isEmpty()) {
      return found;
    }
    parts(app)
        .forEach(
            part ->
                references(part.text())
                    .filter(it -> value(it.group(2)).isEmpty())
                    .map(it -> missing(part, it.group(2)))
                    .forEach(found::add));
    return found;
  }

  private static Diagnostic missing(Part part, String variable) {
    String text = variable.substring(Math.min(variable.length(), LABEL.length()));
    String key = NAMES.matcher(text).matches() ? text : "KEY";
    return Diagnostic.error(
        Problem.CANNOT_ENFORCE,
        part.at(),
        "%s: this device has no label %s with a value".formatted(part.field(), SafeText.shown(key)),
        "label the device, or select devices that have it: devices: {matchExpressions: [{key: "
            + key
            + ", operator: Exists}]}");
  }

  private Optional<String> value(String variable) {
    return variable.equals(NAME)
        ? Optional.of(name).filter(it -> !it.isEmpty())
        : variable.startsWith(LABEL)
            ? Optional.ofNullable(labels.get(variable.substring(LABEL.length())))
                // Kubernetes has labels without a value; an empty argument is nobody's intention.
                .filter(it -> !it.isEmpty())
            : Optional.empty();
  }

  private String resolved(String text) {
    return replaced(text, true);
  }

  /**
   * The text with values; what has none stays.
   *
   * @param whole whether two dollars become one: done where the text is used, and not before
   */
  private String replaced(String text, boolean whole) {
    if (!text.contains("${device.")) {
      return text;
    }
    return REFERENCE
        .matcher(text)
        .replaceAll(
            it ->
                Matcher.quoteReplacement(
                    it.group(1).isEmpty()
                        ? value(it.group(2)).orElse(it.group())
                        : whole ? it.group().substring(1) : it.group()));
  }

  /** The app as it is on the device. */
  public AppSpec resolved(AppSpec app) {
    AppSpec.Run run = app.run();
    SortedMap<String, String> environment = new TreeMap<>(run.environment());
    environment.replaceAll((_, text) -> resolved(text));
    return app.with(
        new AppSpec.Run(
            run.unit(),
            run.command().stream().map(this::resolved).toList(),
            environment,
            run.workingDirectory(),
            run.user(),
            resolved(run.lifecycle()),
            run.at()),
        app.files().stream().map(f -> f.with(resolved(f.content()))).toList());
  }

  private Lifecycle resolved(Lifecycle lifecycle) {
    var commands = new EnumMap<Lifecycle.Moment, List<List<String>>>(Lifecycle.Moment.class);
    lifecycle
        .commands()
        .forEach(
            (moment, list) ->
                commands.put(
                    moment,
                    list.stream()
                        .map(command -> command.stream().map(this::resolved).toList())
                        .toList()));
    return lifecycle.with(commands);
  }

  /** The spec of an app with values, as a document that is read and resolved once more. */
  public Node replaced(Node spec) {
    return in(
        spec,
        Map.of(
            "run",
            run -> in(run, IN_RUN.stream().collect(Collectors.toMap(it -> it, _ -> this::texts))),
            "files",
            files ->
                files instanceof Node.Sequence(var at, var items)
                    ? new Node.Sequence(
                        at,
                        items.stream()
                            .map(file -> in(file, Map.of("content", this::texts)))
                            .toList())
                    : files));
  }

  private static Node in(Node node, Map<String, UnaryOperator<Node>> changes) {
    return node instanceof Node.Mapping(var at, var entries)
        ? new Node.Mapping(
            at,
            entries.stream()
                .map(
                    e ->
                        new Node.Entry(
                            e.keyAt(),
                            e.key(),
                            changes.getOrDefault(e.key(), it -> it).apply(e.value())))
                .toList())
        : node;
  }

  private Node texts(Node node) {
    return switch (node) {
      case Node.Scalar(var at, var kind, var text) ->
          new Node.Scalar(at, kind, replaced(text, false));
      case Node.Sequence(var at, var items) ->
          new Node.Sequence(at, items.stream().map(this::texts).toList());
      case Node.Mapping(var at, var entries) ->
          new Node.Mapping(
              at,
              entries.stream()
                  .map(e -> new Node.Entry(e.keyAt(), e.key(), texts(e.value())))
                  .toList());
    };
  }
}
