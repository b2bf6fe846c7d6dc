package dev.sandbar.schema;

import dev.sandbar.core.model.Lifecycle;
import dev.sandbar.core.model.Permission;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the rules of the admission policy look at, as variables. */
final class PolicyFacts {

  private PolicyFacts() {}

  static SequencedMap<String, String> variables() {
    var variables = new LinkedHashMap<String, String>();
    variables.put("adopts", "has(object.spec.run.unit)");
    // Absent means withheld.
    variables.put("withheld", "!has(object.spec.mode) || object.spec.mode == 'Closed'");
    // A service of the device keeps what is not withheld, in either mode.
    variables.put("closed", "variables.withheld && !variables.adopts");
    for (String part : new String[] {"permissions", "directives"}) {
      variables.put(part, orEmpty("object.spec." + part, "{}"));
    }
    variables.put("driftMap", "has(object.spec.drift) && type(dyn(object.spec.drift)) == map");
    variables.put(
        "ignore",
        "variables.driftMap && has(object.spec.drift.ignore) ? object.spec.drift.ignore : []");
    variables.put("files", orEmpty("object.spec.files", "[]"));
    variables.put("secrets", orEmpty("object.spec.secrets", "[]"));
    RawRules.variables(variables);
    String moments =
        Stream.of(Lifecycle.Moment.values())
            .map(m -> " + (" + orEmpty("object.spec.run." + m.text(), "[]") + ")")
            .collect(Collectors.joining());
    variables.put(
        "programs",
        "([("
            + orEmpty("object.spec.run.command", "[]")
            + ")]"
            + moments
            + ").filter(c, c.size() > 0).map(c, c[0]).filter(p, !variables.files.exists(f, f.path =="
            + " p && has(f.mode) && f.mode == '0555'))");
    for (Permission permission : Permission.values()) {
      String key = permission.key();
      boolean isList =
          switch (permission.shape()) {
            case DESTINATIONS, PORTS, VOLUMES, DEVICES, APPS, SETTINGS, MODULES, UNITS -> true;
            case TOGGLE, DIRECTORY, NAMESPACE, BUS_NAMES -> false;
          };
      if (isList) {
        variables.put(
            key,
            "%s in variables.permissions && type(variables.permissions.%s) == list ? variables.permissions.%s : []"
                .formatted(Cel.text(key), key, key));
      }
    }
    VolumeRules.variables(variables);
    DirectoryRules.variables(variables);
    BusRules.variables(variables);
    BrokerRules.variables(variables);
    for (Permission permission :
        new Permission[] {Permission.INTERNET, Permission.LOCAL_NETWORK, Permission.JIT}) {
      String key = permission.key();
      variables.put(
          "has" + Character.toUpperCase(key.charAt(0)) + key.substring(1),
          "%s in variables.permissions ? variables.permissions.%s == true : !variables.withheld"
              .formatted(Cel.text(key), key));
    }
    // Directives with one value or more of a plain kind; the others are a mistake of their own.
    variables.put(
        "values",
        "variables.directives.filter(k, type(variables.directives[k]) != map"
            + " && variables.directives[k] != null && (type(variables.directives[k]) != list ||"
            + " (variables.directives[k].size() > 0 && variables.directives[k].all(v, v != null &&"
            + " type(v) != map && type(v) != list))))");
    variables.put(
        "single",
        "variables.values.filter(k, type(variables.directives[k]) != list"
            + " || variables.directives[k].size() == 1)");
    return variables;
  }

  /** The part of the object, or the other value if it is left out. */
  static String orEmpty(String part, String otherwise) {
    return "has(%s) ? %s : %s".formatted(part, part, otherwise);
  }
}
