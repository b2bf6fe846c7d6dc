package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.Contents;
import dev.sandbar.core.attest.KernelFacts;
import dev.sandbar.core.attest.KernelFacts.Outside;
import dev.sandbar.core.attest.ProgramAnswers;
import dev.sandbar.core.attest.ProgramAnswers.Through;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.model.AppSpec.DriftMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Programs on devices and ports that let through something else than the lists of the app. */
class ProgramListTest {

  private static final CompiledApp APP =
      AppVariants.compile("pump", "closed", DriftMode.CORRECT, 257);

  private static KernelFacts kernel(Contents devices) {
    KernelFacts nothing = KernelFacts.NOTHING;
    return new KernelFacts(
        nothing.controlGroup(),
        nothing.processes(),
        0,
        nothing.mounts(),
        nothing.deviceMounts(),
        nothing.places(),
        nothing.images(),
        nothing.deviceNamespaces(),
        nothing.limits(),
        nothing.filters(),
        new Outside(
            List.of(),
            List.of(),
            new TreeMap<>(),
            new TreeMap<>(Map.of("DEVICE", devices)),
            new TreeMap<>()));
  }

  /** To read and write the character device with the number 0:0, and every one after it. */
  private static final Contents OPEN =
      new Contents.Known(
          new ProgramAnswers(
              new TreeSet<>(Set.of(0)),
              new TreeSet<>(Set.of(0)),
              Set.of(new Through(6 << 16 | 2, 0, 0))));

  private static List<Difference> differences(Contents devices, Difference... before) {
    var out = new ArrayList<>(List.of(before));
    OutsideLayer.compare(APP, kernel(devices), out);
    out.removeAll(List.of(before));
    return out;
  }

  @Test
  void whatIsOpenBesideTheListIsDriftOfTheProgram() {
    assertThat(differences(OPEN))
        .singleElement()
        .satisfies(
            d -> {
              assertThat(d.subject()).hasToString("BPF DEVICE");
              assertThat(d.layer()).isEqualTo(Difference.Layer.PROCESS);
              assertThat(d.subject().isEnforcement()).isTrue();
              assertThat(d.isLostPortFilter()).isFalse();
              assertThat(d.declared()).isEqualTo("what DeviceAllow and DevicePolicy allow");
              assertThat(d.observed()).startsWith("lets through char 0:1 rw, ");
            });
  }

  @Test
  void aListThatTheManagerHasOtherwiseOrAProgramThatIsGoneIsThatDriftAlone() {
    var property =
        new Difference(APP.unit(), new Subject.Property("DevicePolicy"), "closed", "auto");
    var gone =
        new Difference(
            APP.unit(), new Subject.Program(CgroupProgram.DEVICE), "attached", "not attached");
    assertThat(differences(OPEN, property)).isEmpty();
    assertThat(differences(OPEN, gone)).isEmpty();
  }

  @Test
  void whatCannotBeJudgedIsNoDriftAndNotProved() {
    var unjudged = new Contents.Unjudged("a program that cannot be read");
    assertThat(differences(unjudged)).isEmpty();
    ObservedUnit seen = DifferTest.asDeclared(APP, 257);
    assertThat(
            Differ.unasked(
                APP,
                new ObservedUnit(
                    seen.name(),
                    seen.files(),
                    seen.loaded(),
                    seen.properties(),
                    seen.processes(),
                    seen.cgroupPrograms(),
                    kernel(unjudged))))
        .containsExactly("BPF DEVICE");
  }

  private static List<String> steps(Subject subject) {
    var draft = new PlanDraft();
    var left = new ArrayList<Difference>();
    new UnitSteps(
            APP.unit(),
            APP.text(),
            DifferTest.asDeclared(APP, 257),
            HiddenPaths.NONE,
            Starter.TARGET,
            List.of(),
            true,
            draft,
            left)
        .correct(List.of(new Difference(APP.unit(), subject, "this", "that")));
    assertThat(left).isEmpty();
    return draft.plan(List.of()).steps().stream().map(it -> it.getClass().getSimpleName()).toList();
  }

  @Test
  void onlyARestartEndsAProgramAndTakesOtherPorts() {
    for (CgroupProgram program :
        List.of(CgroupProgram.DEVICE, CgroupProgram.BIND4, CgroupProgram.BIND6)) {
      assertThat(steps(new Subject.ProgramList(program))).containsExactly("Restart");
      assertThat(steps(new Subject.Program(program))).containsExactly("LiveSet");
    }
    assertThat(steps(new Subject.Property("SocketBindAllow"))).containsExactly("Reload", "Restart");
    assertThat(steps(new Subject.Property("DeviceAllow"))).containsExactly("Reload", "LiveSet");
  }
}
