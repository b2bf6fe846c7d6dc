package dev.sandbar.core.model;

import dev.sandbar.core.model.HealthSpec.Readiness;
import dev.sandbar.core.model.HealthSpec.RollbackMode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.BiFunction;

/** Reads {@code health:}. */
final class HealthReader {

  private static final String PATH = "spec.health";
  private static final String READY = "ready";
  private static final String WITHIN = "within";
  private static final String TIMEOUT = "timeout";
  private static final String EVERY = "every";
  private static final String PORT = "port";
  private static final List<String> CHECKS = List.of("tcp", "http", "exec");
  private static final String ONE =
      "write ready: {tcp: {port: 8080}}, {http: {port: 8080, path:"
          + " /healthz}} or {exec: {command: [/absolute/path, argument]}}";
  private static final int MOST_PORTS = 65535;
  private static final SequencedMap<String, RollbackMode> ROLLBACKS =
      NodeValidator.words(List.of(RollbackMode.values()), RollbackMode::text);

  private final DocumentDiagnostics findings;
  private final NodeValidator expect;

  HealthReader(DocumentDiagnostics findings) {
    this.findings = findings;
    this.expect = new NodeValidator(findings);
  }

  /**
   * @param command reads an absolute path and arguments at a place of the spec
   */
  HealthSpec read(Node node, BiFunction<Node, String, Optional<List<String>>> command) {
    Map<String, Node> fields =
        expect.fields(
            node,
            PATH,
            List.of(READY, WITHIN, TIMEOUT, EVERY, "settle", "maxRestarts", "rollback"));
    Readiness ready =
        Optional.ofNullable(fields.get(READY))
            .flatMap(it -> ready(it, command))
            .orElse(new Readiness.Started());
    if (!fields.containsKey(READY)) {
      withoutCheck(fields);
    }
    var health =
        new HealthSpec(
            ready,
            time(fields, WITHIN, HealthSpec.WITHIN),
            time(fields, TIMEOUT, HealthSpec.TIMEOUT),
            time(fields, EVERY, Duration.ZERO),
            time(fields, "settle", Duration.ZERO),
            Optional.ofNullable(fields.get("maxRestarts"))
                .flatMap(
                    it -> expect.number(it, PATH + ".maxRestarts", 0, HealthSpec.MOST_RESTARTS))
                .orElse(0),
            Optional.ofNullable(fields.get("rollback"))
                .flatMap(it -> expect.word(it, PATH + ".rollback", ROLLBACKS))
                .orElse(RollbackMode.ON_UPDATE),
            node.at());
    bounds(fields, health);
    return health;
  }

  private void withoutCheck(Map<String, Node> fields) {
    for (String key : List.of(WITHIN, TIMEOUT, EVERY)) {
      if (fields.get(key) instanceof Node value) {
        findings.error(
            Problem.CONFLICT,
            value.at(),
            "health.%s is about a check, and health has no ready".formatted(key),
            "add ready, for example ready: {tcp: {port: 8080}}, or remove health." + key);
      }
    }
  }

  private void bounds(Map<String, Node> fields, HealthSpec health) {
    if (health.timeout().compareTo(HealthSpec.LONGEST_TIMEOUT) > 0
        && fields.get(TIMEOUT) instanceof Node value) {
      findings.error(
          Problem.INVALID_VALUE,
          value.at(),
          "health.timeout is longer than %s s".formatted(HealthSpec.LONGEST_TIMEOUT.toSeconds()),
          "write a shorter time; health.within says how long the app may take until it is ready");
    }
    if (!health.every().isZero()
        && health.every().compareTo(HealthSpec.SHORTEST_EVERY) < 0
        && fields.get(EVERY) instanceof Node value) {
      findings.error(
          Problem.INVALID_VALUE,
          value.at(),
          "health.every is shorter than %s s".formatted(HealthSpec.SHORTEST_EVERY.toSeconds()),
          "write %ss or more".formatted(HealthSpec.SHORTEST_EVERY.toSeconds()));
    }
  }

  private Optional<Readiness> ready(
      Node node, BiFunction<Node, String, Optional<List<String>>> command) {
    String path = PATH + "." + READY;
    Map<String, Node> fields = expect.fields(node, path, CHECKS);
    if (fields.size() != 1) {
      if (node instanceof Node.Mapping(_, var entries)
          && entries.stream().allMatch(it -> CHECKS.contains(it.key()))) {
        findings.error(Problem.CONFLICT, node.at(), path + " must have exactly one check", ONE);
      }
      return Optional.empty();
    }
    Map.Entry<String, Node> check = fields.entrySet().iterator().next();
    String of = path + "." + check.getKey();
    return switch (check.getKey()) {
      case "tcp" ->
          port(check.getValue(), of, expect.fields(check.getValue(), of, List.of(PORT)))
              .map(Readiness.Tcp::new);
      case "http" -> http(check.getValue(), of);
      default ->
          expect
              .required(
                  expect.fields(check.getValue(), of, List.of("command")),
                  check.getValue(),
                  of,
                  "command")
              .flatMap(it -> command.apply(it, of + ".command"))
              .filter(words -> isWithoutVariables(words, check.getValue(), of))
              .map(Readiness.Exec::new);
    };
  }

  private boolean isWithoutVariables(List<String> words, Node node, String path) {
    boolean plain = words.stream().noneMatch(DeviceVariables::mayHold);
    if (!plain) {
      findings.error(
          Problem.INVALID_VALUE,
          node.at(),
          path + ".command: variables are not known to a check",
          "put it in run.environment, which the command has too");
    }
    return plain;
  }

  private Optional<Readiness> http(Node node, String path) {
    Map<String, Node> fields = expect.fields(node, path, List.of(PORT, "path"));
    Optional<Integer> port = port(node, path, fields);
    Optional<String> place =
        Optional.ofNullable(fields.get("path"))
            .map(it -> expect.text(it, path + ".path").filter(text -> isPath(text, it, path)))
            .orElse(Optional.of("/"));
    return port.flatMap(number -> place.map(text -> new Readiness.Http(number, text)));
  }

  private boolean isPath(String text, Node node, String path) {
    boolean good = text.length() <= HealthSpec.LONGEST_PATH && text.matches(HealthSpec.PATHS);
    if (!good) {
      expect.invalid(
          node.at(),
          path + ".path",
          text,
          "is not the path of a request",
          "write a path such as /healthz, of at most %d characters, and others as %%20"
              .formatted(HealthSpec.LONGEST_PATH));
    }
    return good;
  }

  private Optional<Integer> port(Node node, String path, Map<String, Node> fields) {
    return expect
        .required(fields, node, path, PORT)
        .flatMap(it -> expect.number(it, path + "." + PORT, 1, MOST_PORTS));
  }

  private Duration time(Map<String, Node> fields, String key, Duration otherwise) {
    Node node = fields.get(key);
    if (node == null) {
      return otherwise;
    }
    String path = PATH + "." + key;
    Optional<String> text = expect.text(node, path);
    if (text.isPresent() && !text.get().matches(Lifecycle.TIMES)) {
      expect.invalid(
          node.at(), path, text.get(), "is not a time", "write seconds or minutes such as 30s");
      return otherwise;
    }
    return text.map(HealthReader::duration).orElse(otherwise);
  }

  private static Duration duration(String text) {
    return text.endsWith("min")
        ? Duration.ofMinutes(Long.parseLong(text.substring(0, text.length() - 3)))
        : Duration.ofSeconds(Long.parseLong(text.substring(0, text.length() - 1)));
  }
}
