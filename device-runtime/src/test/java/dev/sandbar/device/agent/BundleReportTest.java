package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.bundle.BundleReading;
import dev.sandbar.core.bundle.Decommission;
import dev.sandbar.core.bundle.ReportedApp;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.AppSpec.DriftSpec;
import dev.sandbar.core.model.IgnoreRule;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.IgnoredDifference;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Subject;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.DirectiveCounts;
import dev.sandbar.core.report.Reason;
import dev.sandbar.device.agent.AppRecord.Trial;
import dev.sandbar.device.fleet.BundleCopy;
import dev.sandbar.device.report.AgentMetrics;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleReportTest {
  private static final AppName PUMP = new AppName("pump");
  private static final UnitName UNIT = UnitName.own(PUMP);
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final String WHY =
      "it did not stay up: result exit-code, exit status 1; look at 'sandbar why pump' and"
          + " 'journalctl -u "
          + UNIT
          + "'";

  @TempDir Path root;
  private BundleCopy copy;
  private Declared declared;
  private Memory memory;

  @BeforeEach
  void declare() throws IOException {
    Node spec =
        YamlReader.read(
                "test",
                "{run: {command: [/usr/bin/sleep, infinity]}, permissions: {state: true}}"
                    .getBytes(StandardCharsets.UTF_8))
            .documents()
            .getFirst();
    var bundle =
        new Bundle(
            Bundle.of(List.of(new BundleEntry(PUMP, spec, 3, "", ""))).entries(),
            Decommission.NONE);
    Node node = bundle.toNode();
    copy = new BundleCopy("uid", 7, "", node, BundleReading.read(node), true, true);
    declared = new BundleDeclaration().read(copy, ReferenceDevice.facts());
    memory = new Memory(new StateStore(root));
  }

  private Compilation compilation() {
    return Objects.requireNonNull(declared.compiled().get(PUMP));
  }

  private Version version() {
    return switch (compilation()) {
      case Compilation.Compiled(var app, _) -> declared.version(app);
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
    };
  }

  /** What a first version that fell over says to the cluster: that it is not there, and why. */
  @Test
  void aVersionThatWasTakenBackToNothingIsReportedAsThatAndNotAsDrift() {
    var reporter =
        new RoundReporter(
            memory, new DriftReporter("gate-1", new AgentMetrics(), List.of()), Backoff.STANDARD);
    memory.put(
        AppRecord.fresh(PUMP).with(new Trial.Settling(version(), NOON.plusSeconds(5), 0, 0)));
    // Seen at the wrong moment it looks like drift.
    reporter.notice(
        new TreeMap<>(
            Map.of(UNIT, List.of(new Difference(UNIT, Subject.State.ACTIVE, "active", "failed")))),
        new TreeSet<>(List.of(UNIT)),
        NOON);
    assertThat(reporter.reports().get(PUMP)).matches(report -> report.drifts().size() == 1);
    memory.put(
        AppRecord.fresh(PUMP)
            .with(new Trial.Failed(version().generation(), "start", WHY, 1, NOON.plusSeconds(60))));

    var targets = Targets.decide(declared, memory.records(), _ -> compilation(), NOON);
    assertThat(targets.get(PUMP)).isInstanceOf(Target.Hold.class);
    assertThat(Targets.takenBack(targets, memory.records(), Set.of())).containsOnlyKeys(PUMP);
    reporter.fold(
        new RoundResult(
            targets,
            new Observation(
                new TreeMap<>(Map.of(UNIT, ObservedUnit.absent(UNIT))), new TreeMap<>()),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeSet<>(),
            Plan.EMPTY,
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeSet<>(),
            "",
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>()),
        NOON.plusSeconds(1));

    ReportedApp app =
        Objects.requireNonNull(
            new BundleReport()
                .of(
                    copy,
                    declared,
                    reporter.reports(),
                    memory,
                    ReferenceDevice.facts(),
                    NOON.plusSeconds(1))
                .apps()
                .get(PUMP));
    assertThat(app.generation()).isZero();
    assertThat(app.revision()).isEmpty();
    assertThat(app.rendered()).isEmpty();
    assertThat(app.granted()).isEmpty();
    assertThat(app.enforcement()).isEqualTo(Enforcement.UNKNOWN);
    assertThat(app.drifts()).isEmpty();
    assertThat(app.conditions())
        .anySatisfy(c -> condition(c, "Ready", "False", "ReconciliationFailed", "start: " + WHY))
        .anySatisfy(c -> condition(c, "Drifted", "False", "NoDriftDetected", "as applied"));
  }

  private ReportedApp reported(AppReport.Evidence evidence) {
    memory.put(AppRecord.fresh(PUMP).proved(version()));
    var conditions = new TreeMap<Condition.Type, Condition>();
    conditions.put(
        Condition.Type.HEALTHY,
        new Condition(
            Condition.Type.HEALTHY,
            Condition.Status.TRUE,
            Reason.SUCCEEDED.text(),
            "running",
            NOON));
    var report = new AppReport(List.of(), conditions, evidence);
    return Objects.requireNonNull(
        new BundleReport()
            .of(
                copy,
                declared,
                new TreeMap<>(Map.of(PUMP, report)),
                memory,
                ReferenceDevice.facts(),
                NOON)
            .apps()
            .get(PUMP));
  }

  @Test
  void onlyWhatWasReadBackIsAttested() {
    ReportedApp proved = reported(AppReport.Evidence.NONE);
    assertThat(proved.enforcement()).isEqualTo(Enforcement.ENFORCED);
    assertThat(proved.granted()).containsExactly("state");

    ReportedApp unasked = reported(evidence(List.of(), List.of("BPF INGRESS"), List.of()));
    assertThat(unasked.enforcement()).isEqualTo(Enforcement.UNKNOWN);
    assertThat(unasked.granted()).isEmpty();
  }

  @Test
  void aLimitThatTheDeviceCannotHoldIsDegradedAndNamed() {
    ReportedApp app = reported(evidence(List.of("TasksMax"), List.of(), List.of()));
    assertThat(app.enforcement()).isEqualTo(Enforcement.DEGRADED);
    assertThat(app.notEnforced()).containsExactly("TasksMax");
    assertThat(NodeBinder.readLenient(ReportedApp.class, NodeBinder.write(app))).isEqualTo(app);

    ReportedApp unasked =
        reported(evidence(List.of("TasksMax"), List.of("BPF INGRESS"), List.of()));
    assertThat(unasked.enforcement())
        .as("the rest was not verified")
        .isEqualTo(Enforcement.UNKNOWN);
    assertThat(unasked.notEnforced()).containsExactly("TasksMax");
  }

  /** Ignoring changes alerts and correction, never what is claimed. */
  @Test
  void whatRulesIgnoreIsCountedAndStillDegraded() {
    var rule = new IgnoreRule("CPUWeight", "tuned", Location.NOWHERE);
    var difference = new Difference(UNIT, new Subject.Property("CPUWeight"), "100", "50");
    ReportedApp app =
        reported(evidence(List.of(), List.of(), List.of(new IgnoredDifference(difference, rule))));
    assertThat(app.enforcement()).isEqualTo(Enforcement.DEGRADED);
    assertThat(app.ignored()).isEqualTo(1);
    assertThat(app.drifts()).isEmpty();
  }

  private static AppReport.Evidence evidence(
      List<String> notEnforced, List<String> unasked, List<IgnoredDifference> ignored) {
    return new AppReport.Evidence(
        false,
        notEnforced,
        unasked,
        Grants.NONE,
        DirectiveCounts.NONE,
        "",
        DriftSpec.of(DriftMode.DETECT),
        ignored,
        "",
        new TreeMap<>());
  }

  @Test
  void ofAnAppThatThePolicyStoppedNothingIsAttested() {
    ReportedApp app = reported(AppReport.Evidence.none(true, Grants.NONE));
    assertThat(app.granted()).isEmpty();
    assertThat(app.rendered()).isEmpty();
    assertThat(app.enforcement()).isEqualTo(Enforcement.UNKNOWN);
  }

  private static void condition(
      Condition condition, String type, String status, String reason, String message) {
    assertThat(condition.type().text()).isEqualTo(type);
    assertThat(condition.status().text()).isEqualTo(status);
    assertThat(condition.reason()).isEqualTo(reason);
    assertThat(condition.message()).isEqualTo(message);
  }
}
