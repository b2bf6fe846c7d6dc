package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.KernelTuning;
import dev.sandbar.core.compile.NeededModules;
import dev.sandbar.core.model.KernelSetting;
import dev.sandbar.core.model.ModuleName;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.plan.Subject.Setting.Kind;
import java.util.List;
import java.util.SortedMap;

/**
 * Settings and modules of the device's kernel that an app needs. They are of the device, so anybody
 * with root can change them, and no unit says so.
 */
final class SettingsLayer {

  private static final String MISSING = "missing";

  private SettingsLayer() {}

  /**
   * @param seen name to value, or of a module to whether it is loaded; empty if nothing was read
   */
  static void compare(CompiledApp desired, SortedMap<String, String> seen, List<Difference> out) {
    if (seen.isEmpty()) {
      return;
    }
    KernelTuning.of(desired.spec())
        .ifPresent(
            tuning -> {
              for (KernelSetting setting : tuning.settings()) {
                String found = seen.getOrDefault(setting.name(), "");
                if (!found.equals(setting.value())) {
                  out.add(
                      new Difference(
                          desired.unit(),
                          new Subject.Setting(Kind.SETTING, setting.name(), tuning.loader()),
                          setting.value(),
                          found.isEmpty() ? MISSING : SafeText.shown(found)));
                }
              }
            });
    NeededModules.of(desired.spec())
        .ifPresent(
            needed -> {
              for (ModuleName name : needed.names()) {
                if (!seen.getOrDefault(name.value(), "").equals(NeededModules.LOADED)) {
                  out.add(
                      new Difference(
                          desired.unit(),
                          new Subject.Setting(
                              Kind.MODULE, name.value(), NeededModules.loader(name)),
                          NeededModules.LOADED,
                          MISSING));
                }
              }
            });
  }
}
