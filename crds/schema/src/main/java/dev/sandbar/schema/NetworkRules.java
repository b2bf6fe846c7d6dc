package dev.sandbar.schema;

import dev.sandbar.core.catalog.DeviceNetwork;
import dev.sandbar.core.compile.IsolationRules;
import dev.sandbar.core.model.Lifecycle;
import dev.sandbar.core.model.Permission;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What an object may say beside {@code network: Own}. */
final class NetworkRules {

  private static final String OWN = "has(object.spec.network) && object.spec.network == 'Own'";

  private NetworkRules() {}

  static void add(Map<String, String> rules) {
    rules.put(
        "ownNetworkOfUnit",
        refused(
            "variables.adopts",
            "network: Own is for a program of the app itself, and run.unit keeps the network of the"
                + " service: remove network"));
    rules.put(
        "ownNetworkInOpenMode",
        refused(
            "!variables.adopts && !variables.closed",
            "network: Own leads nowhere but where permissions say, which mode: Open leaves open:"
                + " remove mode: Open, or remove network"));
    rules.put(
        "twoNetworks",
        refused(
            granted(Permission.NETWORK_NAMESPACE),
            "network: Own and permissions.networkNamespace name two networks: remove one of them"));
    String commands =
        Stream.of(Lifecycle.Moment.values())
            .map(
                m ->
                    "has(object.spec.run.%1$s) && object.spec.run.%1$s.size() > 0"
                        .formatted(m.text()))
            .collect(Collectors.joining(" || "));
    rules.put(
        "commandsInImageOfOwnNetwork",
        refused(
            "(has(object.spec.image) || 'RootImage' in variables.directives) && (%s)"
                .formatted(commands),
            "network: Own has the commands of the unit run outside of the image, and preStart,"
                + " postStart, reload, preStop and postStop of run are for programs in it: do in the"
                + " program what they do, or remove network"));
    for (String directive : List.of("PrivateNetwork", "NetworkNamespacePath")) {
      rules.put(
          "ownNetworkAnd" + directive,
          refused(
              "has(object.spec.directives) && '%s' in object.spec.directives".formatted(directive),
              "directives.%s and network: Own set one thing: remove one of them"
                  .formatted(directive)));
    }
    for (Permission permission : DeviceNetwork.permissions()) {
      rules.put(
          permission.key() + "InOwnNetwork",
          refused(
              granted(permission),
              "network: Own has nothing of what permissions.%s opens, which stays in the network of the device: remove one of them"
                  .formatted(permission.key())));
    }
    alone(rules);
    FirewallRules.add(rules);
  }

  /** What an object may not say without {@code network: Own}. */
  private static void alone(Map<String, String> rules) {
    String shared =
        "(%s.exists(k, k in variables.permissions && variables.permissions[k] == true) || ('networkNamespace' in variables.permissions && variables.permissions.networkNamespace != false) || 'NetworkNamespacePath' in variables.directives)"
            .formatted(
                Cel.list(IsolationRules.ofTheDevice().stream().map(Permission::key).toList()));
    IsolationRules.alone()
        .forEach(
            (permission, wrong) ->
                rules.put(
                    permission.key() + "InSharedNetwork",
                    "variables.closed && !(%s) && %s && %s ? [%s] : []"
                        .formatted(
                            OWN,
                            granted(permission),
                            shared,
                            Cel.text(
                                "permissions: "
                                    + wrong
                                    + ": "
                                    + IsolationRules.help(permission)))));
  }

  private static String granted(Permission permission) {
    return "'%s' in variables.permissions && variables.permissions.%s != false"
        .formatted(permission.key(), permission.key());
  }

  private static String refused(String wrong, String message) {
    return "%s && %s ? [%s] : []".formatted(OWN, wrong, Cel.text(message));
  }
}
