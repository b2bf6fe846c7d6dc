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
    permissions
        .get(Permission.KERNEL_MODULES)
        .ifPresent(
            request -> {
              if (request.value() instanceof Value.Modules(List<ModuleName> names)) {
                modules(request, names, found);
              }
            });
  }

  private static void modules(Request request, List<ModuleName> names, List<Diagnostic> found) {
    var seen = new HashSet<ModuleName>();
    for (ModuleName name : names) {
      if (!seen.add(name)) {
        found.add(
            PermissionRules.conflict(
                request, "kernelModules lists %s twice".formatted(name), "remove one of them"));
      }
    }
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
