package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.AppSpec.DriftSpec;
import dev.sandbar.core.model.AppSpec.EnforcementMode;
import dev.sandbar.core.model.IgnoreRule;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Drift that rules of the spec ignore: neither counted nor corrected, whatever else is. */
class IgnoredDriftTest extends OnSimulatedDevice {

  private static final String TUNED =
      "/run/systemd/system.control/sandbar-pump.service.d/50-CPUWeight.conf";
  private static final String OPENED =
      "/run/systemd/system.control/sandbar-pump.service.d/50-IPAddressAllow.conf";

  static CompiledApp ignoring(CompiledApp app, String... properties) {
    AppSpec s = app.spec();
    List<IgnoreRule> rules =
        Arrays.stream(properties)
            .map(name -> new IgnoreRule(name, "tuned on site", Location.NOWHERE))
            .toList();
    return with(app, s.enforcement(), new DriftSpec(s.drift().mode(), rules));
  }

  private static CompiledApp with(CompiledApp app, EnforcementMode enforcement, DriftSpec drift) {
    AppSpec s = app.spec();
    var spec =
        new AppSpec(
            s.name(),
            s.at(),
            s.devices(),
            s.root(),
            s.run(),
            s.files(),
            s.secrets(),
            s.mode(),
            s.permissions(),
            s.network(),
            s.systemCalls(),
            s.directives(),
            s.raw(),
            enforcement,
            s.health(),
            drift,
            s.suspend(),
            s.hold(),
            s.maintenance(),
            s.variables());
    return new CompiledApp(
        spec,
        app.unit(),
        app.files(),
        app.directives(),
        app.text(),
        app.generation(),
        app.effective(),
        app.kernel(),
        app.notEnforced(),
        app.heldByFilter());
  }

  private CompiledApp runningIgnoring(String... properties) {
    return ignoring(running("closed", DriftMode.CORRECT), properties);
  }

  private void tune(String path, String line) {
    device.files.put(path, "[Service]\n" + line + "\n");
    device.reload();
  }

  @Test
  void whatSetPropertyLeavesIsIgnoredAsAWhole() {
    CompiledApp app = runningIgnoring("CPUWeight");
    tune(TUNED, "CPUWeight=50");

    Planned planned = plan(Orders.EVERYTHING, app);

    assertThat(planned.inSync()).isTrue();
    assertThat(planned.left()).isEmpty();
    assertThat(planned.ignored().get(PUMP))
        .extracting(
            it -> it.difference().layer(),
            it -> it.difference().subject().toString(),
            it -> it.rule().reason())
        .containsExactly(
            tuple(Difference.Layer.FILE, TUNED, "tuned on site"),
            tuple(Difference.Layer.MANAGER, "DropInPaths", "tuned on site"),
            tuple(Difference.Layer.MANAGER, "CPUWeight", "tuned on site"));
  }

  @Test
  void withoutTheRuleItIsCorrected() {
    CompiledApp app = runningIgnoring("MemoryMax");
    tune(TUNED, "CPUWeight=50");

    Planned planned = plan(Orders.AS_DECLARED, app);

    assertThat(planned.ignored().get(PUMP)).isEmpty();
    assertThat(kinds(planned.plan())).containsExactly("Remove", "Reload", "LiveSet");
  }

  @Test
  void anotherDriftIsCorrectedAndLeavesTheIgnoredOne() {
    CompiledApp app = runningIgnoring("CPUWeight");
    tune(TUNED, "CPUWeight=50");
    tune(OPENED, "IPAddressAllow=any");

    Planned planned = plan(Orders.AS_DECLARED, app);

    assertThat(planned.differences().get(PUMP))
        .extracting(it -> it.subject().toString(), Difference::observed)
        .containsExactly(
            tuple(OPENED, "a foreign drop-in"),
            tuple("DropInPaths", OPENED),
            tuple("IPAddressAllow", "0.0.0.0/0"));
    assertThat(only(planned.plan(), Plan.Remove.class).path()).isEqualTo(OPENED);
    assertThat(only(planned.plan(), Plan.LiveSet.class).properties())
        .containsExactly("IPAddressAllow");
    device.apply(planned.plan());
    assertThat(device.files).containsKey(TUNED).doesNotContainKey(OPENED);
    Planned after = plan(Orders.AS_DECLARED, app);
    assertThat(after.inSync()).isTrue();
    assertThat(after.ignored().get(PUMP)).hasSize(3);
  }

  @Test
  void aDropInThatSetsAnythingElseIsDrift() {
    CompiledApp app = runningIgnoring("CPUWeight");
    tune(TUNED, "CPUWeight=50\nNoNewPrivileges=no");

    Planned planned = plan(Orders.AS_DECLARED, app);

    assertThat(planned.differences().get(PUMP))
        .extracting(it -> it.subject().toString())
        .containsExactly(TUNED, "DropInPaths", "NoNewPrivileges");
    assertThat(only(planned.plan(), Plan.Remove.class).path()).isEqualTo(TUNED);
  }

  @Test
  void aNewVersionIsAppliedAsDeclaredAndKeepsTheTunedDropIn() {
    CompiledApp app = runningIgnoring("CPUWeight");
    tune(TUNED, "CPUWeight=50");
    CompiledApp changed = ignoring(app("pump", "closed-network", DriftMode.CORRECT), "CPUWeight");

    Planned planned = plan(Orders.AS_DECLARED, changed);

    assertThat(kinds(planned.plan())).containsExactly("Write", "Reload", "Restart");
    device.apply(planned.plan());
    applied(changed);
    assertThat(device.files).containsKey(TUNED);
    assertThat(plan(Orders.AS_DECLARED, changed).inSync()).isTrue();
    assertThat(app.spec().drift()).isEqualTo(changed.spec().drift());
  }

  /** Or the first version that declares another weight would never be put in force. */
  @Test
  void whatANewVersionChangesIsNotIgnored() {
    CompiledApp app = runningIgnoring("CPUWeight");
    ObservedUnit seen = device.observe().unit(PUMP);
    var difference = new Difference(PUMP, new Subject.Property("CPUWeight"), "200", "100");
    var held = new Difference(PUMP, new Subject.Held("CPUWeight"), "200", "100");

    assertThat(Compared.of(app, seen, List.of(difference, held), false).counted())
        .containsExactly(difference, held);
    assertThat(Compared.of(app, seen, List.of(difference, held), true).counted()).isEmpty();
  }

  @Test
  void onlyTheAppItselfIsMeant() {
    CompiledApp app = runningIgnoring("CPUWeight");
    ObservedUnit seen = device.observe().unit(PUMP);
    var slice = new Difference(UnitName.SLICE, new Subject.Property("CPUWeight"), "50", "1");
    var other = new Difference(PUMP, new Subject.ProcessFact("CPUWeight"), "a", "b");

    assertThat(Compared.of(app, seen, List.of(slice, other), true).counted())
        .containsExactly(slice, other);
  }

  /** What systemd knows of, and what others put there, is drift of a permissive app too. */
  @Test
  void aPermissiveAppToleratesOnlyWhatTheKernelDoesNotHold() {
    CompiledApp strict = running("closed", DriftMode.CORRECT);
    CompiledApp app = with(strict, EnforcementMode.PERMISSIVE, strict.spec().drift());
    ObservedUnit seen = device.observe().unit(PUMP);
    var tolerated =
        List.<Subject>of(
            new Subject.Held("ProtectHome"),
            new Subject.ProcessFact("Seccomp"),
            new Subject.VisiblePath("/srv"),
            new Subject.Program(CgroupProgram.BIND4));
    var counted =
        List.<Subject>of(
            new Subject.Property("ProtectHome"),
            new Subject.UnitFile(TUNED),
            Subject.Loading.DROP_IN_PATHS,
            Subject.Processes.FOREIGN,
            Subject.Processes.MOUNT,
            new Subject.Image(),
            Subject.State.ACTIVE);
    List<Difference> all =
        Stream.concat(tolerated.stream(), counted.stream())
            .map(subject -> new Difference(PUMP, subject, "a", "b"))
            .toList();
    for (boolean applied : new boolean[] {true, false}) {
      Compared compared = Compared.of(app, seen, all, applied);
      assertThat(compared.counted()).extracting(Difference::subject).isEqualTo(counted);
      assertThat(compared.ignored())
          .allSatisfy(it -> assertThat(it.rule().reason()).isEqualTo("enforcement: Permissive"))
          .extracting(it -> it.difference().subject())
          .isEqualTo(tolerated);
    }
    assertThat(Compared.of(strict, seen, all, true).counted()).isEqualTo(all);
  }

  /** What is claimed as enforced is made from all of them. */
  @Test
  void theDifferKnowsNoRules() {
    CompiledApp app = runningIgnoring("CPUWeight");
    ObservedUnit seen = device.observe().unit(PUMP);
    var properties = new TreeMap<>(seen.properties());
    assertThat(properties).containsKey("CPUWeight");
    properties.put("CPUWeight", new Raw.Int(50));
    var tuned =
        new ObservedUnit(
            PUMP, seen.files(), seen.loaded(), properties, seen.processes(), seen.cgroupPrograms());
    var units = new TreeMap<>(device.observe().units());
    units.put(PUMP, tuned);
    List<Difference> found = Differ.app(app, new Observation(units, new TreeMap<>()), VERSION);
    assertThat(found)
        .singleElement()
        .satisfies(
            it ->
                assertThat(Objects.requireNonNull(it).subject())
                    .isEqualTo(new Subject.Property("CPUWeight")));
  }
}
