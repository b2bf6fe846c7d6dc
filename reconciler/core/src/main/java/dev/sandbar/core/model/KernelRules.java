package dev.sandbar.core.model;

import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import java.util.HashSet;
import java.util.List;

/** What is asked of the device's kernel must fit together. */
final class KernelRules {

  private KernelRules() {}

  static void check(Permissions permissions, List<Diagnostic> found) {
    permissions
        .get(Permission.KERNEL_TUNING)
        .ifPresent(
            request -> {
              if (request.value() instanceof Value.Settings(List<KernelSetting> settings)) {
                settings(request, settings, found);
              }
            });
  }

  private static void settings(
      Request request, List<KernelSetting> settings, List<Diagnostic> found) {
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
