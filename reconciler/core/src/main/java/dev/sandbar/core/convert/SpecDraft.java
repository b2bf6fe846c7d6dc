package dev.sandbar.core.convert;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.Lifecycle.Moment;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/** A manifest while it is made; every value knows the line of the unit file that it is from. */
final class SpecDraft {

  private static final String COMMAND = "command";
  private static final String SCHEDULE = "schedule";

  private final String file;
  private final SequencedMap<String, Node> run = new LinkedHashMap<>();
  private final SequencedMap<String, List<Node>> lists = new LinkedHashMap<>();
  private final List<Node> earlier = new ArrayList<>();
  private final SequencedMap<String, Node> environment = new LinkedHashMap<>();
  private final SequencedMap<String, Node> permissions = new LinkedHashMap<>();
  private final SequencedMap<String, Node> quotas = new LinkedHashMap<>();
  private final List<Node> systemCalls = new ArrayList<>();
  private final SequencedMap<String, List<Node>> directives = new LinkedHashMap<>();

  SpecDraft(String file) {
    this.file = file;
  }

  Location at(int line) {
    return new Location(file, line, 1);
  }

  Node text(int line, String value) {
    return new Node.Scalar(at(line), Node.Kind.TEXT, value);
  }

  private Node flag(int line, boolean value) {
    return new Node.Scalar(at(line), Node.Kind.BOOLEAN, Boolean.toString(value));
  }

  private Node words(int line, List<String> words) {
    return new Node.Sequence(at(line), words.stream().map(it -> text(line, it)).toList());
  }

  void run(int line, String key, String value) {
    run.put(key, text(line, value));
  }

  /** What runs; with a schedule several run one after the other, and the last one is the app. */
  void command(int line, List<String> words) {
    Optional.ofNullable(run.put(COMMAND, words(line, words))).ifPresent(earlier::add);
  }

  boolean hasCommand() {
    return run.containsKey(COMMAND);
  }

  /** Whether it runs at times, and ends. */
  boolean isScheduled() {
    return run.containsKey(SCHEDULE);
  }

  void schedule(String times) {
    run(0, SCHEDULE, times);
  }

  /** One more command of a moment. */
  void command(int line, String moment, List<String> words) {
    lists.computeIfAbsent(moment, _ -> new ArrayList<>()).add(words(line, words));
  }

  /** One more thing that the app starts after. */
  void after(int line, String unit) {
    lists.computeIfAbsent("after", _ -> new ArrayList<>()).add(text(line, unit));
  }

  /** One more directory below {@code /run}; nothing if it is there already. */
  void runtimeDirectory(int line, String name) {
    List<Node> all = lists.computeIfAbsent("runtimeDirectories", _ -> new ArrayList<>());
    boolean known =
        all.stream().anyMatch(it -> it instanceof Node.Scalar one && one.text().equals(name));
    if (!known) {
      all.add(text(line, name));
    }
  }

  void environment(int line, String name, String value) {
    environment.put(name, text(line, value));
  }

  void permission(int line, String key, boolean granted) {
    permissions.put(key, flag(line, granted));
  }

  /** How much a directory may hold, if there is one. */
  void quota(int line, String key, String value) {
    quotas.put(key, mapping(Map.of("quota", text(line, value))));
  }

  void permission(String key, Node value) {
    permissions.put(key, value);
  }

  void systemCall(String name) {
    systemCalls.add(text(0, name));
  }

  void directive(int line, String name, String value) {
    directives.computeIfAbsent(name, _ -> new ArrayList<>()).add(text(line, value));
  }

  /** One value of all that the lines of a directive add. */
  void joined(int line, String name, String value) {
    List<Node> before = directives.getOrDefault(name, List.of());
    String text =
        before.stream()
            .filter(it -> it instanceof Node.Scalar)
            .map(it -> ((Node.Scalar) it).text() + " ")
            .collect(Collectors.joining());
    directives.put(name, new ArrayList<>(List.of(text(line, text + value))));
  }

  /** The first line that a directive is from. */
  Optional<Integer> lineOf(String directive) {
    return Optional.ofNullable(directives.get(directive)).map(it -> it.getFirst().at().line());
  }

  boolean hasDirective(String name) {
    return directives.containsKey(name);
  }

  /** What it comes to by now. */
  Node manifest(AppName name, Mode mode) {
    var fields = new LinkedHashMap<>(run);
    if (!earlier.isEmpty()) {
      // systemd runs them behind what runs before.
      lists.computeIfAbsent(Moment.PRE_START.text(), _ -> new ArrayList<>()).addAll(earlier);
      earlier.clear();
    }
    lists.forEach((key, items) -> fields.put(key, new Node.Sequence(items.getFirst().at(), items)));
    if (!environment.isEmpty()) {
      fields.put("environment", mapping(environment));
    }
    var spec = new LinkedHashMap<String, Node>();
    spec.put("run", mapping(fields));
    if (mode == Mode.OPEN) {
      spec.put("mode", Node.text("Open"));
    }
    quotas.forEach((key, quota) -> permissions.computeIfPresent(key, (_, _) -> quota));
    if (!permissions.isEmpty()) {
      spec.put("permissions", mapping(permissions));
    }
    if (!systemCalls.isEmpty()) {
      spec.put("systemCalls", mapping(Map.of("allow", new Node.Sequence(at(0), systemCalls))));
    }
    if (!directives.isEmpty()) {
      var values = new LinkedHashMap<String, Node>();
      directives.forEach(
          (key, items) ->
              values.put(
                  key,
                  items.size() == 1
                      ? items.getFirst()
                      : new Node.Sequence(items.getFirst().at(), items)));
      spec.put("directives", mapping(values));
    }
    return Node.mapping(
        List.of(
            Node.entry("apiVersion", Node.text("sandbar.dev/v1alpha1")),
            Node.entry("kind", Node.text("AppSandbox")),
            Node.entry("metadata", mapping(Map.of("name", Node.text(name.value())))),
            Node.entry("spec", mapping(spec))));
  }

  private static Node mapping(Map<String, Node> fields) {
    return Node.mapping(
        fields.entrySet().stream()
            .map(it -> new Node.Entry(it.getValue().at(), it.getKey(), it.getValue()))
            .toList());
  }
}
