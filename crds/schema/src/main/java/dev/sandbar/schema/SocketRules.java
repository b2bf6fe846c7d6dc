package dev.sandbar.schema;

import dev.sandbar.core.catalog.DeviceNetwork;
import dev.sandbar.core.model.Permission;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Rules of the admission policy for sockets between apps. */
final class SocketRules {

  private SocketRules() {}

  static void add(Map<String, String> rules) {
    for (Permission permission : List.of(Permission.TALK_TO, Permission.ACCEPT_FROM)) {
      add(rules, permission.key());
    }
    rules.put(
        "listensOnPorts",
        "%s && variables.acceptFrom.size() > 0 && %s && !(%s) ? [%s] : []"
            .formatted(
                inNetworkOfDevice(),
                granted(Permission.UNIX_SOCKETS),
                granted(Permission.PORTS),
                Cel.text(
                    "permissions.acceptFrom lets the app listen, and in the network of the device"
                        + " on ports that the kernel picks too: write network: Own, or grant ports")));
  }

  private static void add(Map<String, String> rules, String key) {
    String list = "variables." + key;
    rules.put(
        key + "Names",
        "%s.filter(i, !%s).map(i, \"permissions.%s: '\" + i + %s)"
            .formatted(
                list,
                Cel.matches("i", Cel.APP),
                key,
                Cel.text(
                    "' is not the name of an app: write its metadata.name: at most 50 of a-z, 0-9"
                        + " and '-', beginning and ending with a letter or digit")));
    rules.put(
        key + "Twice",
        "%1$s.exists(a, %1$s.filter(b, b == a).size() > 1) ? [%2$s] : []"
            .formatted(
                list, Cel.text("permissions: %s lists an app twice: remove one".formatted(key))));
    rules.put(
        key + "Itself",
        "object.metadata.name in %s ? [%s] : []"
            .formatted(
                list, Cel.text("permissions.%s names the app itself: remove it".formatted(key))));
    rules.put(
        key + "InOpenMode",
        ClosedOnlyRules.rule(key, list + ".size() > 0", "reaches the sockets of every app"));
    rules.put(
        key + "InNetworkOfDevice",
        "%s && %s.size() > 0 && !(%s) ? [%s] : []"
            .formatted(
                inNetworkOfDevice(),
                list,
                granted(Permission.UNIX_SOCKETS),
                Cel.text(
                    "permissions.%s in the network of the device opens the sockets too that its programs have there without a file: write network: Own, or grant unixSockets: true as well if the app may reach those"
                        .formatted(key))));
  }

  /** Whether the app is in the network of the device, and has one. */
  static String inNetworkOfDevice() {
    String permissions =
        Stream.concat(
                DeviceNetwork.permissions().stream(),
                Stream.of(Permission.INTERNET, Permission.LOCAL_NETWORK, Permission.NETWORK_STATUS))
            .map(permission -> "(" + granted(permission) + ")")
            .collect(Collectors.joining(" || "));
    return "variables.closed && !(has(object.spec.network) && object.spec.network == 'Own') && !(%s) && !('NetworkNamespacePath' in variables.directives) && (%s)"
        .formatted(granted(Permission.NETWORK_NAMESPACE), permissions);
  }

  static String granted(Permission permission) {
    String key = permission.key();
    return "'%1$s' in variables.permissions && variables.permissions.%1$s != false && variables.permissions.%1$s != []"
        .formatted(key);
  }
}
