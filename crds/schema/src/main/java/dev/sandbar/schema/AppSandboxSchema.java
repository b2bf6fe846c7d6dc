package dev.sandbar.schema;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.core.model.AdoptionRules;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.ConfigMapKey;
import dev.sandbar.core.model.KeptFiles;
import dev.sandbar.core.model.Lifecycle;
import dev.sandbar.core.model.Lifecycle.Moment;
import dev.sandbar.core.model.RuntimeDirectories;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.core.model.SpecReader;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the schema of an AppSandbox takes from the compiler: permissions, directives, and the rules
 * that hold for values with a type. Every rule refuses only what the reader of specs refuses too.
 */
final class AppSandboxSchema {

  private final ObjectNode root;
  private final ObjectNode spec;

  private AppSandboxSchema(ObjectNode definition) {
    this.root = SchemaParts.object(definition.at("/spec/versions/0/schema/openAPIV3Schema"));
    this.spec = SchemaParts.object(root.at("/properties/spec"));
  }

  static void write(ObjectNode definition) {
    new AppSandboxSchema(definition).write();
  }

  private void write() {
    PermissionSchema.write(at("/permissions"));
    DirectiveSchema.write(at("/directives"));
    RawRules.shape(at("/raw"));
    name();
    ImageRules.add(at("/image"));
    HealthSchema.add(at("/health"));
    run();
    files();
    SecretRules.shape(at("/secrets"));
    VariableRules.shape(at("/variables"));
    selector();
    drift();
    MaintenanceRules.add(at("/maintenance"));
    MaintenanceRules.addHold(at("/hold"));
    MaintenanceRules.addReadyWhen(at("/readyWhen"));
    for (String list : new String[] {"allow", "deny"}) {
      ObjectNode item = at("/systemCalls/properties/" + list + "/items");
      item.put("maxLength", SpecBounds.LONGEST_CALL + 1);
      at("/systemCalls/properties/" + list).put("maxItems", SpecBounds.MOST_CALLS);
      SchemaParts.rule(
          item,
          Cel.matches("self", "^(@[a-z0-9_-]{1,64}|[a-z0-9_]{1,64})$"),
          "not the name of a system call or of a @group: write for example ptrace or \"@mount\"");
    }
  }

  private void name() {
    SchemaParts.rule(
        root,
        "self.metadata.name.size() <= %d && %s"
            .formatted(
                AppName.MAX_LENGTH,
                Cel.matches("self.metadata.name", "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")),
        "this cannot be the name of an app: use at most %d of a-z, 0-9 and inner '-'"
            .formatted(AppName.MAX_LENGTH));
  }

  private void run() {
    SchemaParts.command(at("/run/properties/command"), SpecBounds.MOST_ARGUMENTS);
    ObjectNode environment = at("/run/properties/environment");
    keys(
        environment,
        SpecBounds.MOST_VARIABLES,
        SpecBounds.LONGEST_VARIABLE,
        "the name of a variable has at most %d characters");
    SchemaParts.safe(at("/run/properties/environment/additionalProperties"));
    SchemaParts.path(at("/run/properties/workingDirectory"));
    lifecycle();
    UserRules.shape(at("/run/properties/user"));
    runtimeDirectories();
    unit();
    String moments =
        Stream.of(Moment.values())
            .map(
                moment ->
                    " + (has(self.%1$s) ? self.%1$s.map(c, c.map(a, a.size()).sum()).sum() : 0)"
                        .formatted(moment.text()))
            .collect(Collectors.joining());
    SchemaParts.rule(
        at("/run"),
        ("(has(self.command) ? self.command.map(a, a.size()).sum() : 0) + (has(self.environment) ?"
                + " self.environment.map(k, k.size() + self.environment[k].size()).sum() : 0)"
                + moments
                + " <= %d")
            .formatted(SpecBounds.MOST_BYTES),
        "the spec is larger than the %d bytes that are read: %s"
            .formatted(SpecBounds.MOST_BYTES, SpecReader.TOO_LARGE_MEND));
  }

  private void runtimeDirectories() {
    ObjectNode list = at("/run/properties/runtimeDirectories");
    list.put("maxItems", RuntimeDirectories.MOST);
    SchemaParts.rule(
        list,
        "self.all(a, self.exists_one(b, b == a))",
        "a name is listed twice: remove one of them");
    ObjectNode name = at("/run/properties/runtimeDirectories/items");
    name.put("maxLength", SpecBounds.LONGEST_NAME);
    SchemaParts.rule(
        name,
        "%s && !self.startsWith('%s') && !(self in %s)"
            .formatted(
                Cel.matches("self", "^(%s)$".formatted(RuntimeDirectories.NAMES)),
                RuntimeDirectories.OWN,
                Cel.list(RuntimeDirectories.reserved())),
        "not the name of a directory below /run, or kept for systemd or for Sandbar itself: "
            + RuntimeDirectories.HELP);
  }

  private void unit() {
    SchemaParts.rule(
        at("/run"),
        "has(self.command) != has(self.unit)",
        "give exactly one of command and unit: command: [/absolute/path, argument]");
    ObjectNode unit = at("/run/properties/unit");
    unit.put("maxLength", SpecBounds.LONGEST_UNIT);
    SchemaParts.rule(
        unit,
        "%s && !%s && self != '%s'"
            .formatted(
                Cel.matches("self", "^(%s)$".formatted(AdoptionRules.UNITS)),
                Cel.matches("self", "^(%s)$".formatted(Lifecycle.OWN_UNITS)),
                AdoptionRules.AGENT),
        "not a service that an app can confine: write the full name of a service of the device,"
            + " such as mosquitto.service");
  }

  private void lifecycle() {
    for (Moment moment : Moment.values()) {
      String field = "/run/properties/" + moment.text();
      at(field).put("maxItems", SpecBounds.MOST_COMMANDS);
      SchemaParts.commandBeside(at(field + "/items"), SpecBounds.MOST_COMMAND_ARGUMENTS);
    }
    ObjectNode signal = at("/run/properties/stopSignal");
    signal.put("maxLength", SpecBounds.LONGEST_NAME);
    SchemaParts.rule(
        signal,
        Cel.matches("self", "^(%s)$".formatted(Lifecycle.STOP_SIGNALS)),
        "not a signal that asks a program to stop: write one of SIGTERM, SIGINT, SIGQUIT, SIGHUP,"
            + " SIGUSR1, SIGUSR2, SIGWINCH");
    ObjectNode watchdog = at("/run/properties/watchdog");
    watchdog.put("maxLength", SpecBounds.LONGEST_NAME);
    SchemaParts.rule(
        watchdog,
        Cel.matches("self", "^(%s)$".formatted(Lifecycle.TIMES)),
        "not a time: write seconds or minutes such as 30s");
    MaintenanceRules.times(at("/run/properties/schedule"), "times to run at");
    MaintenanceRules.zone(at("/run/properties/timeZone"));
    at("/run/properties/after").put("maxItems", SpecBounds.MOST_ITEMS);
    ObjectNode earlier = at("/run/properties/after/items");
    earlier.put("maxLength", SpecBounds.LONGEST_UNIT);
    SchemaParts.rule(
        earlier,
        Cel.matches("self", "^(%s)$".formatted(Lifecycle.EARLIER))
            + " && !"
            + Cel.matches("self", "^(%s)$".formatted(Lifecycle.OWN_UNITS)),
        "neither an app nor a unit that an app can start after: write the NAME of an app, or a"
            + " service, socket, mount or device such as dbus.service");
  }

  private void files() {
    at("/files").put("maxItems", SpecBounds.MOST_FILES);
    SchemaParts.path(at("/files/items/properties/path"));
    at("/files/items/properties/content").put("maxLength", SpecBounds.MOST_BYTES);
    SchemaParts.rule(
        at("/files/items"),
        "has(self.content) != has(self.from)",
        "give exactly one of content and from: content: TEXT, or from: {configMap: {name: NAME,"
            + " key: KEY}}");
    SchemaParts.rule(
        at("/files/items/properties/from"),
        "has(self.configMap) != has(self.appContent)",
        "write from: {configMap: {name: NAME, key: KEY}}, or content: files beside a manifest can"
            + " be named only in a repository, which a GitSource follows");
    String configMap = "/files/items/properties/from/properties/configMap/properties/";
    named(
        at(configMap + "name"),
        "^(%s)$".formatted(ConfigMapKey.NAMES),
        "this cannot be the name of a ConfigMap: " + ConfigMapKey.NAME_HELP);
    named(
        at(configMap + "key"),
        "^(%s)$".formatted(ConfigMapKey.KEYS),
        "this cannot be a key of a ConfigMap: " + ConfigMapKey.KEY_HELP);
    appContent("/files/items/properties/from/properties/appContent/properties/");
    ObjectNode mode = at("/files/items/properties/mode");
    mode.put("maxLength", SpecBounds.LONGEST_NAME);
    SchemaParts.rule(mode, "self in ['0444', '0555']", "write \"0444\", or \"0555\" for a program");
    ObjectNode change = at("/files/items/properties/onChange");
    change.put("maxLength", SpecBounds.LONGEST_NAME);
    SchemaParts.rule(change, "self in ['Restart', 'Reload']", "write Restart or Reload");
  }

  private void appContent(String fields) {
    ObjectNode name = at(fields + "name");
    name.put("maxLength", KeptFiles.LONGEST_OBJECT);
    SchemaParts.rule(
        name,
        Cel.matches("self", "^(%s)$".formatted(KeptFiles.OBJECTS)),
        "this cannot be the name of an AppContent: only a GitSource writes it");
    ObjectNode digest = at(fields + "sha256");
    digest.put("maxLength", Sha256.HEX_LENGTH);
    SchemaParts.rule(
        digest, Cel.matches("self", "^[0-9a-f]{64}$"), "write 64 digits of hexadecimal");
    at(fields + "bytes").put("minimum", 1).put("maximum", SpecBounds.MOST_KEPT);
  }

  private static void named(ObjectNode text, String pattern, String message) {
    text.put("maxLength", ConfigMapKey.LONGEST);
    SchemaParts.rule(text, Cel.matches("self", pattern), message);
  }

  /**
   * Releases before it was a map filled in the text Detect. With a type the API server could no
   * longer merge changes into such an object; the admission policy refuses text in new ones.
   */
  private void drift() {
    ObjectNode drift = at("/drift");
    drift.remove("type");
    drift.put("x-kubernetes-preserve-unknown-fields", true);
    // Of a value without a type each bound holds for values of its own kind.
    drift.put("maxLength", SpecBounds.LONGEST_NAME);
    at("/drift/properties/ignore").put("maxItems", SpecBounds.MOST_IGNORED);
    at("/drift/properties/ignore/items/properties/property")
        .put("maxLength", SpecBounds.LONGEST_NAME);
    at("/drift/properties/ignore/items/properties/reason")
        .put("maxLength", SpecBounds.LONGEST_REASON);
  }

  private void selector() {
    ObjectNode labels = at("/devices/properties/matchLabels");
    keys(
        labels,
        SpecBounds.MOST_ITEMS,
        SpecBounds.LONGEST_LABEL,
        "the key of a label has at most %d characters");
    SchemaParts.object(labels.path("additionalProperties"))
        .put("maxLength", SpecBounds.LONGEST_TEXT);
    at("/devices/properties/matchExpressions").put("maxItems", SpecBounds.MOST_ITEMS);
    ObjectNode expression = at("/devices/properties/matchExpressions/items");
    at("/devices/properties/matchExpressions/items/properties/key")
        .put("maxLength", SpecBounds.LONGEST_LABEL);
    at("/devices/properties/matchExpressions/items/properties/values")
        .put("maxItems", SpecBounds.MOST_ITEMS);
    ObjectNode value = at("/devices/properties/matchExpressions/items/properties/values/items");
    value.put("maxLength", SpecBounds.LONGEST_TEXT);
    SchemaParts.rule(
        expression,
        "!(self.operator in ['In', 'NotIn']) || (has(self.values) && self.values.size() > 0)",
        "In and NotIn need values: add values: [a, b]");
    SchemaParts.rule(
        expression,
        "self.operator in ['In', 'NotIn'] || !has(self.values) || self.values.size() == 0",
        "Exists and DoesNotExist take no values: remove values");
  }

  private static void keys(ObjectNode map, int most, int longest, String message) {
    map.put("maxProperties", most);
    SchemaParts.rule(
        map, "self.all(k, k.size() <= %d)".formatted(longest), message.formatted(longest));
  }

  /** A place below the properties of the spec. */
  private ObjectNode at(String pointer) {
    return SchemaParts.object(spec.at("/properties" + pointer));
  }
}
