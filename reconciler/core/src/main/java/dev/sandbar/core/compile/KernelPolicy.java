package dev.sandbar.core.compile;

import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.KernelSetting;
import dev.sandbar.core.model.KernelSettings;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.ModuleName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import java.util.List;

/** What the owner of a device says of what apps ask of its kernel: nothing that is not listed. */
final class KernelPolicy {

  private KernelPolicy() {}

  static void check(Permissions permissions, DevicePolicy policy, List<Diagnostic> denied) {
    permissions
        .get(Permission.KERNEL_TUNING)
        .ifPresent(
            request -> {
              if (request.value() instanceof Value.Settings(List<KernelSetting> settings)) {
                settings.forEach(it -> setting(request.at(), it.name(), policy, denied));
              }
            });
    permissions
        .get(Permission.KERNEL_MODULES)
        .ifPresent(
            request -> {
              if (request.value() instanceof Value.Modules(List<ModuleName> names)) {
                names.forEach(it -> module(request.at(), it.value(), policy, denied));
              }
            });
  }

  /** The same of the spec of a manifest that is not read any more. */
  static void check(Node spec, DevicePolicy policy, List<Diagnostic> denied) {
    KernelSettings.named(spec).forEach((name, at) -> setting(at, name, policy, denied));
    ModuleName.named(spec).forEach((name, at) -> module(at, name, policy, denied));
  }

  private static void setting(
      Location at, String name, DevicePolicy policy, List<Diagnostic> denied) {
    if (!policy.tunes(name)) {
      denied.add(denied(Permission.KERNEL_TUNING, at, name));
    }
  }

  private static void module(
      Location at, String name, DevicePolicy policy, List<Diagnostic> denied) {
    if (!policy.loads(name)) {
      denied.add(denied(Permission.KERNEL_MODULES, at, name));
    }
  }

  private static Diagnostic denied(Permission permission, Location at, String name) {
    return Diagnostic.error(
        Problem.POLICY_DENIED,
        at,
        "permissions.%1$s: %2$s is denied by the policy of this device: policy.%1$s does not list it"
            .formatted(permission.key(), SafeText.shown(name)),
        "remove it, or add it to policy: {%s: [...]} in /etc/sandbar/agent.yaml of the device"
            .formatted(permission.key()));
  }
}
