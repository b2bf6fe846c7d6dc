package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.KernelTuning;
import dev.sandbar.core.model.KernelSetting;
import dev.sandbar.core.model.SafeText;
import java.util.List;
import java.util.SortedMap;

/**
 * Settings of the device's kernel that an app needs. They are of the device, so anybody with root
 * can write them, and no unit says so.
 */
final class SettingsLayer {

  private static final String MISSING = "missing";

  private SettingsLayer() {}

  /**
   * @param seen name to value; empty if nothing was read
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
                          new Subject.Setting(setting.name(), tuning.loader()),
                          setting.value(),
                          found.isEmpty() ? MISSING : SafeText.shown(found)));
                }
              }
            });
  }
}
