package dev.sandbar.core.model;

import dev.sandbar.core.model.AppSpec.Named;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.AppSpec.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Reads {@code image:}, {@code run:} and {@code health:}. */
final class ProgramReader {

  private static final String UNIT = "unit";
  private static final String USER = "user";
  private static final String DIRECTORIES = "runtimeDirectories";

  private static final List<String> RUN_KEYS =
      Stream.concat(
              Stream.of("command", "environment", "workingDirectory", UNIT, USER, DIRECTORIES),
              LifecycleReader.keys().stream())
          .toList();

  private final DocumentDiagnostics findings;
  private final NodeValidator expect;

  ProgramReader(DocumentDiagnostics findings) {
    this.findings = findings;
    this.expect = new NodeValidator(findings);
  }

  Optional<Root> image(Node node) {
    return new ImageReader(findings, expect).read(node);
  }

  Optional<HealthSpec> health(Node node) {
    return Optional.of(
        new HealthReader(findings)
            .read(node, (it, path) -> command(it, path, SpecBounds.MOST_COMMAND_ARGUMENTS)));
  }

  Optional<Run> run(Node node) {
    var fields = expect.fields(node, "spec.run", RUN_KEYS);
    Node unit = fields.get(UNIT);
    if (unit != null) {
      return unit(unit, fields);
    }
    Optional<List<String>> command =
        expect
            .required(fields, node, "spec.run", "command")
            .flatMap(it -> command(it, "spec.run.command", SpecBounds.MOST_ARGUMENTS));
    Lifecycle lifecycle =
        new LifecycleReader(findings)
            .read(fields, (it, path) -> command(it, path, SpecBounds.MOST_COMMAND_ARGUMENTS));
    SortedMap<String, String> environment = environment(fields);
    Node directoryNode = fields.get("workingDirectory");
    String directory =
        directoryNode == null
            ? ""
            : expect.wholeLine(directoryNode, "spec.run.workingDirectory").orElse("");
    Node userNode = fields.get(USER);
    AppUser user = userNode == null ? AppUser.NONE : user(userNode, environment);
    List<Named> directories =
        fields.containsKey(DIRECTORIES)
            ? RuntimeDirectories.read(fields.get(DIRECTORIES), expect)
            : List.of();
    return command.map(
        c -> new Run("", c, environment, directory, user, lifecycle, directories, node.at()));
  }

  /** Of a user that cannot be one nothing is left. */
  private AppUser user(Node node, SortedMap<String, String> environment) {
    String path = "spec.run." + USER;
    if (expect.entries(node, path).isEmpty() && !(node instanceof Node.Mapping)) {
      return AppUser.NONE;
    }
    Map<String, Node> fields = expect.fields(node, path, List.of("name", "home"));
    Optional<String> name =
        expect
            .required(fields, node, path, "name")
            .flatMap(n -> expect.text(n, path + ".name").filter(text -> isName(text, n, path)));
    Node home = fields.get("home");
    Optional<String> place =
        home == null
            ? Optional.of("")
            : expect.path(home, path + ".home").filter(text -> isHome(text, home, path));
    for (String variable : AppUser.VARIABLES) {
      if (environment.containsKey(variable)) {
        findings.error(
            Problem.CONFLICT,
            node.at(),
            "run.environment.%s and run.user both set the variable".formatted(variable),
            "remove it from run.environment");
      }
    }
    return name.isPresent() && place.isPresent()
        ? new AppUser(name.get(), place.get())
        : AppUser.NONE;
  }

  private boolean isName(String text, Node node, String path) {
    Optional<String> problem = AppUser.problemIn(text);
    problem.ifPresent(
        why -> expect.invalid(node.at(), path + ".name", text, why, AppUser.helpFor(text)));
    return problem.isEmpty();
  }

  private boolean isHome(String text, Node node, String path) {
    boolean plain = text.matches(AppUser.HOMES);
    if (!plain) {
      expect.invalid(
          node.at(), path + ".home", text, "cannot stand in passwd(5)", AppUser.HOME_HELP);
    }
    return plain;
  }

  /** How a service of the device starts and stops is the matter of its package. */
  private Optional<Run> unit(Node node, Map<String, Node> fields) {
    String path = "spec.run." + UNIT;
    fields.forEach(
        (key, value) -> {
          if (!key.equals(UNIT)) {
            findings.error(
                Problem.CONFLICT,
                value.at(),
                "run.%s is of a program of the app's own, and run.unit names a service of the device"
                    .formatted(key),
                "remove one of them");
          }
        });
    Optional<String> name = expect.text(node, path);
    if (name.isPresent() && !AdoptionRules.isAdoptable(name.get())) {
      expect.invalid(
          node.at(),
          path,
          name.get(),
          "is not a service that an app can confine",
          "write the full name of a service of the device, such as mosquitto.service");
      return Optional.empty();
    }
    return name.map(text -> Run.adopted(new UnitName(text), node.at()));
  }

  private Optional<List<String>> command(Node node, String path, int limit) {
    List<Node> items = expect.items(node, path, limit);
    if (items.isEmpty()) {
      if (node instanceof Node.Sequence(Location at, List<Node> all) && all.isEmpty()) {
        expect.invalid(at, path, "[]", "names no program", "write [/absolute/path, argument]");
      }
      return Optional.empty();
    }
    var arguments = new ArrayList<String>();
    Optional<String> program =
        expect.path(items.getFirst(), path).filter(p -> isProgram(p, items.getFirst(), path));
    program.ifPresent(arguments::add);
    for (Node item : items.subList(1, items.size())) {
      expect.text(item, path).ifPresent(arguments::add);
    }
    return program.isPresent() && arguments.size() == items.size()
        ? Optional.of(arguments)
        : Optional.empty();
  }

  private boolean isProgram(String path, Node node, String field) {
    Optional<String> problem = PathText.problemInProgram(path);
    problem.ifPresent(
        p ->
            findings.error(
                Problem.UNSAFE_PATH,
                node.at(),
                "%s: %s %s".formatted(field, NodeValidator.shown(path), p),
                "write the absolute path of a program, or rename it"));
    return problem.isEmpty();
  }

  private SortedMap<String, String> environment(Map<String, Node> fields) {
    var environment = new TreeMap<String, String>();
    Node node = fields.get("environment");
    if (node == null) {
      return environment;
    }
    for (Node.Entry entry :
        expect.entries(
            node, "spec.run.environment", SpecBounds.MOST_VARIABLES, "put settings in a file")) {
      String path = NodeValidator.child("spec.run.environment", entry.key());
      if (!isVariable(entry.key())) {
        expect.invalid(
            entry.keyAt(),
            "spec.run.environment",
            entry.key(),
            "is not the name of a variable",
            "use letters, digits and _, not beginning with a digit");
      } else if (entry.key().startsWith("SANDBAR_")) {
        expect.invalid(
            entry.keyAt(),
            "spec.run.environment",
            entry.key(),
            "is reserved: Sandbar sets variables that begin with SANDBAR_ itself",
            "choose another name");
      } else {
        expect.text(entry.value(), path).ifPresent(text -> environment.put(entry.key(), text));
      }
    }
    return environment;
  }

  private static boolean isVariable(String name) {
    return !name.isEmpty()
        && name.length() <= SpecBounds.LONGEST_VARIABLE
        && !(name.charAt(0) >= '0' && name.charAt(0) <= '9')
        && name.chars()
            .allMatch(
                c ->
                    (c >= 'a' && c <= 'z')
                        || (c >= 'A' && c <= 'Z')
                        || (c >= '0' && c <= '9')
                        || c == '_');
  }
}
