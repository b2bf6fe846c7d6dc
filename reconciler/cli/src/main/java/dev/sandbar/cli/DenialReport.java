package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Printable;
import dev.sandbar.core.denial.Confines;
import dev.sandbar.core.denial.Connections;
import dev.sandbar.core.denial.Denial;
import dev.sandbar.core.denial.Denials;
import dev.sandbar.core.denial.Refusal;
import dev.sandbar.core.denial.RefusedCall;
import dev.sandbar.core.denial.RefusedCalls;
import dev.sandbar.core.denial.Remedy;
import dev.sandbar.core.model.Permission;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What the sandbox of an app refused it in one start, from all that shows it. */
final class DenialReport {

  private DenialReport() {}

  /** What the kernel shows is certain; of the same, what the app wrote says nothing more. */
  static List<Denial> of(
      DeviceAccess device,
      Confines confines,
      List<RefusedCall> calls,
      Set<Refusal> refusals,
      AppStart start) {
    var denials = new ArrayList<>(RefusedCalls.read(calls, confines, device::has));
    denials.addAll(Connections.denied(refusals, confines, device.addresses()));
    for (Denial wrote : Denials.read(start.wrote(), confines)) {
      boolean known =
          denials.stream()
              .anyMatch(
                  it ->
                      (!wrote.remedies().isEmpty() || it.refused().equals(wrote.refused()))
                          && permissions(it).containsAll(permissions(wrote)));
      if (!known) {
        denials.add(wrote);
      }
    }
    return denials;
  }

  private static List<Permission> permissions(Denial denial) {
    return denial.remedies().stream().map(Remedy::permission).toList();
  }

  /** Prints one, with what would allow it. */
  static void print(Printer printer, Denial denial) {
    printer.line();
    printer.paragraph("  ", "%s (%s)".formatted(denial.refused(), denial.directive()));
    printer.paragraph("    ", shown(denial));
    for (Remedy remedy : denial.remedies()) {
      printer.line("    permissions: {" + remedy.line() + "}");
      printer.paragraph("      ", allowed(remedy));
    }
    if (!denial.help().isEmpty()) {
      printer.paragraph("    ", denial.help());
    } else if (denial.remedies().isEmpty()) {
      printer.line("    no permission allows it");
    }
  }

  private static String shown(Denial denial) {
    return switch (denial.evidence()) {
      case WROTE ->
          "%s: %s"
              .formatted(
                  denial.times() == 1 ? "it said" : "it said " + denial.times() + " times",
                  Printable.of(denial.said()));
      case KERNEL -> "seen in the kernel: " + Printable.of(denial.said());
    };
  }

  private static String allowed(Remedy remedy) {
    return remedy.objection().isEmpty()
        ? "level %s; the policy of this device allows it".formatted(remedy.level().text())
        : "the policy of this device denies it: " + remedy.objection();
  }
}
