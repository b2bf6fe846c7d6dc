package dev.sandbar.core.compile;

import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.LogUnits;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.UnitName;
import java.util.List;

/** What the owner of a device says of journals that apps read: nothing that is not listed. */
final class LogPolicy {

  private LogPolicy() {}

  static void check(Permissions permissions, DevicePolicy policy, List<Diagnostic> denied) {
    permissions
        .get(Permission.READ_LOGS)
        .ifPresent(
            request -> {
              if (request.value() instanceof Value.Units(List<UnitName> units)) {
                units.forEach(it -> unit(request.at(), it.value(), policy, denied));
              }
            });
  }

  /** The same of the spec of a manifest that is not read any more. */
  static void check(Node spec, DevicePolicy policy, List<Diagnostic> denied) {
    LogUnits.named(spec).forEach((name, at) -> unit(at, name, policy, denied));
  }

  private static void unit(Location at, String name, DevicePolicy policy, List<Diagnostic> denied) {
    if (!policy.showsLogsOf(name)) {
      denied.add(
          Diagnostic.error(
              Problem.POLICY_DENIED,
              at,
              "permissions.readLogs: %s is denied by the policy of this device: policy.readLogs does not list it"
                  .formatted(SafeText.shown(name)),
              "remove it, or add it to policy: {readLogs: [...]} in /etc/sandbar/agent.yaml of the"
                  + " device"));
    }
  }
}
