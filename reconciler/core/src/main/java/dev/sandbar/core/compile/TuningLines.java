package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;

/** Settings of the device's kernel: the service that sets them, and nothing in the sandbox. */
final class TuningLines {

  private static final String BECAUSE = Permission.KERNEL_TUNING.key();

  private TuningLines() {}

  static void check(AppSpec app, DeviceFacts facts, Complaints complaints) {
    app.permissions()
        .get(Permission.KERNEL_TUNING)
        .filter(request -> request.value() instanceof Value.Settings)
        .ifPresent(
            request -> {
              if (!facts.has(Feature.KERNEL_SETTINGS)) {
                complaints.error(
                    Problem.CANNOT_ENFORCE,
                    request.at(),
                    "permissions.kernelTuning: this device lacks "
                        + Feature.KERNEL_SETTINGS.title(),
                    Enforceability.help(Feature.KERNEL_SETTINGS));
              }
            });
  }

  /** Wants=, not Requires=: an app runs with what its kernel has, and the agent reports it. */
  static void write(Draft draft, AppSpec app) {
    KernelTuning.of(app)
        .ifPresent(
            tuning -> {
              EscapedText loader = EscapedText.device(tuning.loader());
              draft.unit("Wants", loader, BECAUSE);
              draft.unit("After", loader, BECAUSE);
              draft.service(
                  "Environment",
                  EscapedText.variable(
                      KernelTuning.VARIABLE, String.join(" ", tuning.declared().keySet())),
                  BECAUSE);
            });
  }
}
