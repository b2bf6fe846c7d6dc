package dev.sandbar.core.model;

import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import java.util.HashSet;
import java.util.List;

/** What is asked of the device's kernel must fit together. */
final class KernelRules {

  private KernelRules() {}

  static void check(Permissions permissions, Mode mode, List<Diagnostic> found) {
    permissions
        .get(Permission.KERNEL_TUNING)
        .ifPresent(
            request -> {
              if (request.value() instanceof Value.Settings(List<KernelSetting> settings)) {
                settings(request, settings, mode, found);
              }
            });
  }

  private static void settings(
      Request request, List<KernelSetting> settings, Mode mode, List<Diagnostic> found) {
    if (mode == Mode.OPEN) {
      found.add(
          PermissionRules.conflict(
              request,
              "kernelTuning is for apps in closed mode: one in open mode is root, and does it itself",
              "use mode: Closed, or remove the line"));
    }
    var names = new HashSet<String>();
    for (KernelSetting setting : settings) {
      if (!names.add(setting.name())) {
        found.add(
            PermissionRules.conflict(
                request,
                "kernelTuning lists %s twice".formatted(setting.name()),
                "remove one of them"));
      }
    }
  }
}
