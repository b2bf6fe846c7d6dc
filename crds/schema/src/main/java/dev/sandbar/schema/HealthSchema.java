package dev.sandbar.schema;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.core.model.DeviceVariables;
import dev.sandbar.core.model.HealthSpec;
import dev.sandbar.core.model.Lifecycle;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.crds.v1alpha1.AppSandboxHealth;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The schema of what an app says of its health. */
final class HealthSchema {

  private static final int MOST_PORTS = 65535;

  private HealthSchema() {}

  static void add(ObjectNode health) {
    SchemaParts.rule(
        health,
        "has(self.ready) || !has(self.within) && !has(self.timeout) && !has(self.every)",
        "within, timeout and every are about a check: add ready, for example ready: {tcp: {port:"
            + " 8080}}");
    for (String time : List.of("within", "timeout", "every", "settle")) {
      ObjectNode text = property(health, time);
      text.put("maxLength", SpecBounds.LONGEST_NAME);
      SchemaParts.rule(
          text,
          Cel.matches("self", "^(%s)$".formatted(Lifecycle.TIMES)),
          "not a time: write seconds or minutes such as 30s");
    }
    SchemaParts.rule(
        property(health, "timeout"),
        Cel.matches("self", "^([1-9]s|[1-5][0-9]s|60s|1min)$"),
        "longer than %d s: write a shorter time; within says how long the app may take until it is ready"
            .formatted(HealthSpec.LONGEST_TIMEOUT.toSeconds()));
    SchemaParts.rule(
        property(health, "every"),
        "!" + Cel.matches("self", "^[1-4]s$"),
        "shorter than %1$d s: write %1$ds or more"
            .formatted(HealthSpec.SHORTEST_EVERY.toSeconds()));
    property(health, "maxRestarts").put("minimum", 0).put("maximum", HealthSpec.MOST_RESTARTS);
    ready(property(health, "ready"));
  }

  /** Fields that nobody knows. */
  static void unknown(Map<String, String> rules) {
    String health = "(" + PolicyFacts.orEmpty("object.spec.health", "{}") + ")";
    PolicyRules.unknownAt(rules, "health", "spec.health", health, AppSandboxHealth.class);
    PolicyRules.unknownAt(
        rules, "ready", "spec.health.ready", part(""), AppSandboxHealth.Ready.class);
    PolicyRules.unknownAt(
        rules, "readyTcp", "spec.health.ready.tcp", part("tcp"), AppSandboxHealth.Tcp.class);
    PolicyRules.unknownAt(
        rules, "readyHttp", "spec.health.ready.http", part("http"), AppSandboxHealth.Http.class);
    PolicyRules.unknownAt(
        rules, "readyExec", "spec.health.ready.exec", part("exec"), AppSandboxHealth.Exec.class);
  }

  /** A part of what shows that the app is ready; all of it without a name. */
  private static String part(String name) {
    String ready = "has(object.spec.health) && has(object.spec.health.ready)";
    return name.isEmpty()
        ? "(" + ready + " ? object.spec.health.ready : {})"
        : "(%s && has(object.spec.health.ready.%s) ? object.spec.health.ready.%s : {})"
            .formatted(ready, name, name);
  }

  private static void ready(ObjectNode ready) {
    SchemaParts.rule(
        ready,
        "[has(self.tcp), has(self.http), has(self.exec)].filter(it, it).size() == 1",
        "give exactly one of tcp, http and exec: ready: {tcp: {port: 8080}}");
    for (String check : List.of("tcp", "http")) {
      property(property(ready, check), "port").put("minimum", 1).put("maximum", MOST_PORTS);
    }
    ObjectNode path = property(property(ready, "http"), "path");
    path.put("maxLength", HealthSpec.LONGEST_PATH);
    SchemaParts.rule(
        path,
        Cel.matches("self", "^(%s)$".formatted(HealthSpec.PATHS)),
        "not the path of a request: write a path such as /healthz, and others as %20");
    ObjectNode command = property(property(ready, "exec"), "command");
    SchemaParts.command(command, SpecBounds.MOST_COMMAND_ARGUMENTS);
    ObjectNode words = SchemaParts.object(command.path("items"));
    SchemaParts.rule(
        words,
        DeviceVariables.BEGINNINGS.stream()
            .map(it -> "!self.contains(" + Cel.text(it) + ")")
            .collect(Collectors.joining(" && ")),
        "variables are not known to a check: put it in run.environment, which the"
            + " command has too");
  }

  private static ObjectNode property(ObjectNode object, String name) {
    return SchemaParts.object(object.at("/properties/" + name));
  }
}
