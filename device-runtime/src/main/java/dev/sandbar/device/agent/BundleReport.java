package dev.sandbar.device.agent;

import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.bundle.BundleStatus;
import dev.sandbar.core.bundle.Granted;
import dev.sandbar.core.bundle.ReportedApp;
import dev.sandbar.core.bundle.ReportedDirectives;
import dev.sandbar.core.bundle.ReportedDrift;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.StoredSpec;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Reason;
import dev.sandbar.device.fleet.BundleCopy;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Says in the words of the cluster how the apps of a bundle do. */
final class BundleReport {
  private final Map<Sha256, List<String>> granted = new HashMap<>();

  /** Since when the bundle as a whole has been wrong, by message. */
  private Stall stall = new Stall("", Instant.EPOCH);

  private record Stall(String message, Instant since) {}

  BundleStatus of(
      BundleCopy copy,
      Declared declared,
      SortedMap<AppName, AppReport> reports,
      Memory memory,
      DeviceFacts facts,
      Instant now) {
    var apps = new TreeMap<AppName, ReportedApp>();
    reports.forEach((name, report) -> apps.put(name, app(name, copy, declared, report, memory)));
    granted.keySet().retainAll(apps.keySet().stream().map(n -> key(n, memory)).toList());
    return new BundleStatus(
        copy.generation(),
        copy.reading().digest().hex(),
        now.truncatedTo(ChronoUnit.SECONDS).toString(),
        apps,
        conditions(copy, now),
        false);
  }

  private static Sha256 key(AppName name, Memory memory) {
    return memory.get(name).current().map(Version::generation).orElse(Sha256.of(""));
  }

  private List<Condition> conditions(BundleCopy copy, Instant now) {
    Optional<Diagnostic> problem = copy.reading().problems().stream().findFirst();
    if (problem.isEmpty()) {
      stall = new Stall("", Instant.EPOCH);
      return List.of();
    }
    String message = problem.get().message();
    if (!message.equals(stall.message())) {
      stall = new Stall(message, now);
    }
    return List.of(
        new Condition(
            Condition.Type.STALLED,
            Condition.Status.TRUE,
            Reason.INVALID_SPEC.text(),
            message,
            stall.since()));
  }

  private ReportedApp app(
      AppName name, BundleCopy copy, Declared declared, AppReport report, Memory memory) {
    Optional<Version> running =
        report.evidence().stopped() ? Optional.empty() : memory.get(name).current();
    boolean runsDeclared =
        running.isPresent()
            && declared.compiled().get(name) instanceof Compilation.Compiled(var app, _)
            && app.generation().equals(running.get().generation());
    Optional<BundleEntry> newest =
        Optional.ofNullable(copy.reading().bundle().entries().get(name)).filter(_ -> runsDeclared);
    var conditions = new ArrayList<>(report.conditions().values());
    Enforcement enforcement = enforcement(running.isPresent(), report);
    // What the spec says is no attestation: only what was read back is.
    boolean proved = enforcement == Enforcement.ENFORCED || enforcement == Enforcement.DEGRADED;
    String rendered = running.map(v -> v.generation().hex()).orElse("");
    newest
        .map(BundleEntry::rendered)
        .filter(it -> !it.isEmpty() && !it.equals(rendered))
        .filter(_ -> report.condition(Condition.Type.RECONCILING).isEmpty())
        .ifPresent(_ -> conditions.add(differently(report)));
    return new ReportedApp(
        newest
            .map(BundleEntry::generation)
            .or(() -> running.map(v -> BundleDeclaration.generation(v.manifest())))
            .orElse(0L),
        newest.map(BundleEntry::revision).or(() -> running.map(Version::revision)).orElse(""),
        rendered,
        enforcement,
        running.filter(_ -> proved).map(this::granted).orElse(List.of()),
        running.isPresent() ? report.evidence().notEnforced() : List.of(),
        running.isPresent()
            ? ReportedDirectives.of(report.evidence().directives())
            : ReportedDirectives.NONE,
        running.isPresent() ? report.evidence().exposure() : "",
        conditions,
        report.drifts().stream().limit(ReportedApp.MAX_DRIFTS).map(ReportedDrift::of).toList(),
        report.evidence().ignored().size());
  }

  /**
   * The operator compiled for facts that no longer hold; it compiles anew when it has read them.
   */
  private static Condition differently(AppReport report) {
    return new Condition(
        Condition.Type.RECONCILING,
        Condition.Status.TRUE,
        Reason.PROGRESSING.text(),
        "rendered differently here: the operator compiled for other facts of this device",
        report
            .condition(Condition.Type.READY)
            .map(Condition::lastTransitionTime)
            .orElse(Instant.EPOCH));
  }

  private static Enforcement enforcement(boolean applied, AppReport report) {
    if (!applied) {
      return report
          .condition(Condition.Type.STALLED)
          .filter(stalled -> stalled.is(Reason.CANNOT_ENFORCE))
          .map(_ -> Enforcement.UNSUPPORTED)
          .orElse(Enforcement.UNKNOWN);
    }
    if (!report.drifts().isEmpty() || !report.evidence().ignored().isEmpty()) {
      return Enforcement.DEGRADED;
    }
    if (!report.evidence().unasked().isEmpty()) {
      return Enforcement.UNKNOWN;
    }
    // Only of a running app has the kernel been asked.
    return report
        .condition(Condition.Type.HEALTHY)
        .filter(healthy -> healthy.status() == Condition.Status.TRUE)
        .map(
            _ ->
                report.evidence().notEnforced().isEmpty()
                    ? Enforcement.ENFORCED
                    : Enforcement.DEGRADED)
        .orElse(Enforcement.UNKNOWN);
  }

  private List<String> granted(Version version) {
    return granted.computeIfAbsent(
        version.generation(),
        _ ->
            SpecReader.read(StoredSpec.document(version.manifest()))
                    instanceof SpecReader.Read(var app, _)
                ? Granted.of(app)
                : List.of());
  }
}
