package dev.sandbar.core.compile;

import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.KernelSetting;
import dev.sandbar.core.model.KernelSettings;
import dev.sandbar.core.model.Location;
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
  }

  /** The same of the spec of a manifest that is not read any more. */
  static void check(Node spec, DevicePolicy policy, List<Diagnostic> denied) {
    KernelSettings.named(spec).forEach((name, at) -> setting(at, name, policy, denied));
  }

  private static void setting(
      Location at, String name, DevicePolicy policy, List<Diagnostic> denied) {
    if (!policy.tunes(name)) {
      denied.add(
          Diagnostic.error(
              Problem.POLICY_DENIED,
              at,
              "permissions.kernelTuning: %s is denied by the policy of this device: policy.kernelTuning does not list it"
                  .formatted(SafeText.shown(name)),
              "remove it, or add it to policy: {kernelTuning: [...]} in /etc/sandbar/agent.yaml of"
                  + " the device"));
    }
  }
}
