package dev.sandbar.schema;

import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.model.LogUnits;
import dev.sandbar.core.model.Permission;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/** Rules of the admission policy for what the agent does when an app asks for it. */
final class BrokerRules {

  private BrokerRules() {}

  static void variables(Map<String, String> variables) {
    variables.put(
        "asksAgent",
        Arrays.stream(BrokeredVerb.values())
            .map(BrokerRules::granted)
            .collect(Collectors.joining(" || ")));
  }

  /** A value that is neither a boolean nor a list is refused elsewhere. */
  private static String granted(BrokeredVerb verb) {
    String key = verb.permission().key();
    if (verb.permission().shape() == Permission.Shape.UNITS) {
      return "(variables.%s.size() > 0)".formatted(key);
    }
    return "('%1$s' in variables.permissions && variables.permissions.%1$s == true)".formatted(key);
  }

  static void add(Map<String, String> rules) {
    logs(rules, "variables." + Permission.READ_LOGS.key());
    for (BrokeredVerb verb : BrokeredVerb.values()) {
      String key = verb.permission().key();
      rules.put(key + "InOpenMode", ClosedOnlyRules.rule(key, granted(verb), "does it itself"));
      rules.put(
          key + "InNetworkOfDevice",
          "%s && %s && !(%s) ? [%s] : []"
              .formatted(
                  SocketRules.inNetworkOfDevice(),
                  granted(verb),
                  SocketRules.granted(Permission.UNIX_SOCKETS),
                  Cel.text(
                      "permissions.%s in the network of the device opens the sockets too that its programs have there without a file: write network: Own, or grant unixSockets: true as well if the app may reach those"
                          .formatted(key))));
    }
  }

  private static void logs(Map<String, String> rules, String list) {
    rules.put(
        "readLogsNames",
        "%s.filter(i, !%s).map(i, \"permissions.readLogs: '\" + i + %s)"
            .formatted(
                list,
                Cel.matches("i", "^(%s)$".formatted(LogUnits.UNITS)),
                Cel.text(
                    "' is not the name of a service: write the whole name, such as"
                        + " mosquitto.service; that of app pump is sandbar-pump.service")));
    rules.put(
        "readLogsTwice",
        "%1$s.exists(a, %1$s.filter(b, b == a).size() > 1) ? [%2$s] : []"
            .formatted(
                list, Cel.text("permissions: readLogs lists a service twice: remove one of them")));
  }
}
