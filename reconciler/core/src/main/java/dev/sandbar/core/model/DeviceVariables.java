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
 * What is different on each device, in the texts of a spec: {@code ${device.name}}, {@code
 * ${device.labels.KEY}} and {@code ${variables.NAME}} in the arguments and the environment of the
 * program, and in files. Two dollars stand for one: {@code $${device.name}} is no variable. No
 * shell has variables with a dot in their name.
 */
public final class DeviceVariables {

  /** The field of a spec that declares variables. */
  public static final String FIELD = "variables";

  /** What a variable begins with. */
  public static final List<String> BEGINNINGS = List.of("${device.", "${" + FIELD + ".");

  private static final Pattern REFERENCE =
      Pattern.compile(
          "(\\$?)\\$\\{(device|%s)\\.([^}\\n]{0,%d})(}?)"
              .formatted(FIELD, SpecBounds.LONGEST_LABEL + 8));

  /** Names of variables, those that somebody misspelt among them. */
  private static final Pattern NAMES =
      Pattern.compile("[-A-Za-z0-9_./]{0,%d}".formatted(SpecBounds.LONGEST_LABEL));

  private static final String NAME = "name";
  private static final String LABEL = "labels.";
  private static final String KNOWN =
      "write ${device.name}, ${device.labels.KEY}, or ${variables.NAME} of a variable that the spec"
          + " declares; $${ for the text itself";

  /** Fields of {@code run} with texts that may hold variables. */
  private static final List<String> IN_RUN =
      Stream.concat(
              Stream.of("command", "environment"),
              Stream.of(Lifecycle.Moment.values()).map(Lifecycle.Moment::text))
          .toList();

  private final String name;
  private final Map<String, String> labels;
  private final Map<String, String> given;

  /**
   * @param name of the device; empty if there is none, and what it is not known of stays as it is
   * @param given values of variables that specs may declare, by their names
   */
  public DeviceVariables(String name, Map<String, String> labels, Map<String, String> given) {
    this.name = name;
    this.labels = Map.copyOf(labels);
    this.given = Map.copyOf(given);
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
                            .flatMap(it -> it.words().stream())
                            .map(text -> new Part("run." + e.getKey().text(), run.at(), text))),
            run.environment().entrySet().stream()
                .map(e -> new Part("run.environment." + e.getKey(), run.at(), e.getValue())),
            app.files().stream().map(f -> new Part("files: " + f.path(), f.at(), f.text())))
        .flatMap(it -> it);
  }

  /** Whether the spec is another one on each device. */
  public static boolean isUsed(AppSpec app) {
    return !app.variables().isEmpty()
        || parts(app).anyMatch(part -> references(part.text()).findAny().isPresent());
  }

  /** Whether the text holds what a variable begins with. */
  public static boolean mayHold(String text) {
    return BEGINNINGS.stream().anyMatch(text::contains);
  }

  private static Stream<MatchResult> references(String text) {
    return mayHold(text)
        ? REFERENCE.matcher(text).results().filter(it -> it.group(1).isEmpty())
        : Stream.of();
  }

  private static boolean isDeclared(MatchResult reference) {
    return reference.group(2).equals(FIELD);
  }

  private static Optional<DeclaredVariable> declared(AppSpec app, MatchResult reference) {
    return app.variables().stream()
        .filter(it -> isDeclared(reference) && it.name().equals(reference.group(3)))
        .findFirst();
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
                    .filter(it -> !isKnown(app, it))
                    .forEach(
                        it ->
                            found.add(
                                Diagnostic.error(
                                    Problem.INVALID_VALUE,
                                    part.at(),
                                    "%s: %s is not a variable".formatted(part.field(), shown(it)),
                                    help(app, it)))));
    return found;
  }

  private static boolean isWhole(MatchResult reference) {
    return !reference.group(4).isEmpty();
  }

  /** What is no name of a variable either may be any part of a file, which stays out of logs. */
  private static String shown(MatchResult reference) {
    return isWhole(reference) && NAMES.matcher(reference.group(3)).matches()
        ? SafeText.shown(reference.group())
        : "text that begins with ${" + reference.group(2) + ".";
  }

  private static String help(AppSpec app, MatchResult reference) {
    return isDeclared(reference) && isWhole(reference) && !app.variables().isEmpty()
        ? Nearest.help(
            reference.group(3),
            app.variables().stream().map(DeclaredVariable::name).toList(),
            "the variables of the spec")
        : KNOWN;
  }

  private static boolean isKnown(AppSpec app, MatchResult reference) {
    String key = reference.group(3);
    return isWhole(reference)
        && (isDeclared(reference)
            ? declared(app, reference).isPresent()
            : key.equals(NAME) || (key.startsWith(LABEL) && key.length() > LABEL.length()));
  }

  /** What the spec asks for and the device does not have, or has in another form. */
  public List<Diagnostic> problems(AppSpec app) {
    var found = new ArrayList<Diagnostic>();
    if (name.isEmpty()) {
      return found;
    }
    parts(app)
        .forEach(
            part ->
                references(part.text())
                    .filter(it -> value(app, it).isEmpty())
                    .map(
                        it ->
                            declared(app, it)
                                .map(variable -> unusable(part, variable))
                                .orElseGet(() -> missing(part, it.group(3))))
                    .forEach(found::add));
    if (found.isEmpty() && isUsed(app)) {
      tooLong(app).ifPresent(found::add);
    }
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

  private Diagnostic unusable(Part part, DeclaredVariable variable) {
    Optional<String> value = Optional.ofNullable(given.get(variable.name()));
    String where =
        "under variables in spec of the Device, or in agent.yaml of a device that is in no fleet";
    return value.isPresent()
        ? Diagnostic.error(
            Problem.CANNOT_ENFORCE,
            part.at(),
            "%s: this device gives the variable %s the value %s, which is not %s"
                .formatted(
                    part.field(),
                    variable.name(),
                    SafeText.shown(value.get()),
                    variable.wanted(value.get()).orElse("one that it can have")),
            "change it " + where)
        : Diagnostic.error(
            Problem.CANNOT_ENFORCE,
            part.at(),
            "%s: this device gives the variable %s no value"
                .formatted(part.field(), variable.name()),
            "give it one " + where + "; or declare a default");
  }

  /** What a reader of the spec with its values would refuse. */
  private Optional<Diagnostic> tooLong(AppSpec app) {
    long all = 0;
    for (Part part : parts(app).toList()) {
      int length = resolved(app, part.text()).length();
      all += length;
      if (part.field().startsWith("run.") && length > SpecBounds.LONGEST_TEXT) {
        return Optional.of(
            Diagnostic.error(
                Problem.TOO_LARGE,
                part.at(),
                "%s has %d characters with its variables, at most %d are used"
                    .formatted(part.field(), length, SpecBounds.LONGEST_TEXT),
                "put long text in a file"));
      }
    }
    return all <= SpecBounds.MOST_BYTES
        ? Optional.empty()
        : Optional.of(
            Diagnostic.error(
                Problem.TOO_LARGE,
                app.at(),
                "the texts of the spec have %d characters with their variables, at most %d are used"
                    .formatted(all, SpecBounds.MOST_BYTES),
                SpecReader.TOO_LARGE_MEND));
  }

  private Optional<String> value(AppSpec app, MatchResult reference) {
    String key = reference.group(3);
    if (isDeclared(reference)) {
      return declared(app, reference).flatMap(this::value);
    }
    return key.equals(NAME)
        ? Optional.of(name).filter(it -> !it.isEmpty())
        : key.startsWith(LABEL)
            ? Optional.ofNullable(labels.get(key.substring(LABEL.length())))
                // Kubernetes has labels without a value; an empty argument is nobody's intention.
                .filter(it -> !it.isEmpty())
            : Optional.empty();
  }

  /** What the device gives, if it is of the type; a default stands for nothing that is wrong. */
  private Optional<String> value(DeclaredVariable variable) {
    String value = given.getOrDefault(variable.name(), variable.otherwise());
    return Optional.of(value)
        .filter(it -> !it.isEmpty())
        .filter(DeclaredVariable::isValue)
        .filter(it -> variable.wanted(it).isEmpty());
  }

  private String resolved(AppSpec app, String text) {
    return replaced(app, text, true);
  }

  /**
   * The text with values; what has none stays.
   *
   * @param whole whether two dollars become one: done where the text is used, and not before
   */
  private String replaced(AppSpec app, String text, boolean whole) {
    if (!mayHold(text)) {
      return text;
    }
    return REFERENCE
        .matcher(text)
        .replaceAll(
            it ->
                Matcher.quoteReplacement(
                    it.group(1).isEmpty()
                        ? value(app, it).orElse(it.group())
                        : whole ? it.group().substring(1) : it.group()));
  }

  /** The app as it is on the device. */
  public AppSpec resolved(AppSpec app) {
    AppSpec.Run run = app.run();
    SortedMap<String, String> environment = new TreeMap<>(run.environment());
    environment.replaceAll((_, text) -> resolved(app, text));
    return app.with(
        new AppSpec.Run(
            run.unit(),
            run.command().stream().map(text -> resolved(app, text)).toList(),
            environment,
            run.workingDirectory(),
            run.user(),
            resolved(app, run.lifecycle()),
            run.runtimeDirectories(),
            run.at()),
        app.files().stream().map(f -> f.with(resolved(app, f.text()))).toList());
  }

  private Lifecycle resolved(AppSpec app, Lifecycle lifecycle) {
    var commands = new EnumMap<Lifecycle.Moment, List<Lifecycle.Command>>(Lifecycle.Moment.class);
    lifecycle
        .commands()
        .forEach(
            (moment, list) ->
                commands.put(
                    moment,
                    list.stream().map(it -> it.with(text -> resolved(app, text))).toList()));
    return lifecycle.with(commands);
  }

  /**
   * The spec of an app with values, as a document that is read and resolved once more. It declares
   * no variables any more.
   *
   * @param app that was read from the spec
   */
  public Node replaced(AppSpec app, Node spec) {
    UnaryOperator<Node> texts = node -> texts(app, node);
    return in(
        without(spec),
        Map.of(
            "run",
            run -> in(run, IN_RUN.stream().collect(Collectors.toMap(it -> it, _ -> texts))),
            "files",
            files ->
                files instanceof Node.Sequence(var at, var items)
                    ? new Node.Sequence(
                        at, items.stream().map(file -> in(file, Map.of("content", texts))).toList())
                    : files));
  }

  private static Node without(Node spec) {
    return spec instanceof Node.Mapping(var at, var entries)
        ? new Node.Mapping(at, entries.stream().filter(e -> !e.key().equals(FIELD)).toList())
        : spec;
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

  private Node texts(AppSpec app, Node node) {
    return switch (node) {
      case Node.Scalar(var at, var kind, var text) ->
          new Node.Scalar(at, kind, replaced(app, text, false));
      case Node.Sequence(var at, var items) ->
          new Node.Sequence(at, items.stream().map(item -> texts(app, item)).toList());
      case Node.Mapping(var at, var entries) ->
          new Node.Mapping(
              at,
              entries.stream()
                  .map(e -> new Node.Entry(e.keyAt(), e.key(), texts(app, e.value())))
                  .toList());
    };
  }
}
