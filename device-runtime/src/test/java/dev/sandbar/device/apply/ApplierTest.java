package dev.sandbar.device.apply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.BaseUnits;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.SliceLimits;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Plan.Step;
import dev.sandbar.core.plan.Subject;
import dev.sandbar.device.fetch.ImageFetch;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.SystemdAnalyze;
import dev.sandbar.device.testing.SimulatedSystemd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of units when a step fails. */
final class ApplierTest {
  private static final AppName APP = new AppName("pump");
  private static final UnitName UNIT = UnitName.own(APP);
  private static final String OWN = "/etc/systemd/system/" + UNIT;
  private static final String WHY = "for the test";

  @TempDir private Path root;
  private final SimulatedSystemd systemd = new SimulatedSystemd();

  @BeforeEach
  void device() throws IOException {
    Files.createDirectories(root.resolve("etc/systemd/system"));
  }

  @Test
  void anAppThatIsBeingRemovedIsNeverBroughtBackWhereverItsRemovalFails() throws IOException {
    write(OWN, "former");
    // What cannot be removed: a directory that is not empty in the place of a file.
    write(OWN + ".d/x.conf/full", "");
    List<Step> removal =
        List.of(
            new Plan.Stop(UNIT, WHY),
            new Plan.Disable(UNIT, WHY),
            new Plan.Remove(UNIT, OWN, WHY),
            new Plan.Remove(UNIT, OWN + ".d/x.conf", WHY),
            new Plan.Reload(UNIT.value()));
    assertThat(apply(removal, Set.of(UNIT)).get(UNIT))
        .isInstanceOfSatisfying(
            Outcome.Unfinished.class, it -> assertThat(it.step()).isEqualTo("remove"));
    assertThat(root.resolve(OWN.substring(1))).doesNotExist();
    assertThat(systemd.calls()).containsExactly("STOP " + UNIT, "disable " + UNIT, "reload");

    // What is left of it is tried again, and says again why it failed.
    List<Step> rest =
        List.of(
            new Plan.Remove(UNIT, OWN + ".d/x.conf", WHY),
            new Plan.Reload(UNIT.value()),
            new Plan.RemoveState(APP, WHY));
    assertThat(apply(rest, Set.of(UNIT)).get(UNIT)).isInstanceOf(Outcome.Unfinished.class);
    assertThat(systemd.calls()).noneMatch(call -> call.startsWith("START"));
    assertThat(root.resolve(OWN.substring(1))).doesNotExist();
  }

  @Test
  void aReloadThatFailsDuringARemovalBringsNothingBack() throws IOException {
    write(OWN, "former");
    systemd.failReloads(1);
    List<Step> removal = List.of(new Plan.Remove(UNIT, OWN, WHY), new Plan.Reload(UNIT.value()));
    assertThat(apply(removal, Set.of(UNIT)).get(UNIT))
        .isEqualTo(new Outcome.Unfinished("reload", "too little room in /run/systemd"));
    assertThat(root.resolve(OWN.substring(1))).doesNotExist();
    assertThat(systemd.calls()).containsExactly("reload");
  }

  @Test
  void aReloadThatFailsNeverStopsTheUnitsThatAllAppsStandOn() throws IOException {
    write(OWN, "former");
    systemd.failReloads(1);
    List<Step> steps =
        List.of(
            new Plan.Write(UnitName.SLICE, text(UnitName.SLICE), WHY),
            new Plan.Write(UnitName.TARGET, text(UnitName.TARGET), WHY),
            new Plan.Write(UNIT, "new", WHY),
            new Plan.Enable(UnitName.TARGET, WHY),
            new Plan.Reload(WHY));
    SortedMap<UnitName, Outcome> outcomes = apply(steps, Set.of());
    assertThat(outcomes.get(UnitName.SLICE)).isInstanceOf(Outcome.Unfinished.class);
    assertThat(outcomes.get(UnitName.TARGET)).isInstanceOf(Outcome.Unfinished.class);
    assertThat(outcomes.get(UNIT))
        .isInstanceOfSatisfying(
            Outcome.TakenBack.class, it -> assertThat(it.interrupts()).isFalse());
    assertThat(systemd.calls())
        .noneMatch(call -> call.startsWith("STOP") || call.startsWith("disable"))
        .contains("START " + UNIT);
    assertThat(root.resolve("etc/systemd/system/" + UnitName.SLICE))
        .hasContent(text(UnitName.SLICE));
    assertThat(root.resolve("etc/systemd/system/" + UnitName.TARGET))
        .hasContent(text(UnitName.TARGET));
    assertThat(root.resolve(OWN.substring(1))).hasContent("former");
  }

  @Test
  void theKnownFormerTextOfSuchAUnitIsPutBackWithoutAStop() throws IOException {
    systemd.failReloads(1);
    List<Step> steps =
        List.of(new Plan.Write(UnitName.TARGET, text(UnitName.TARGET), WHY), new Plan.Reload(WHY));
    SortedMap<UnitName, Outcome> outcomes =
        apply(steps, new Former(Map.of(UnitName.TARGET, "older"), Set.of()));
    assertThat(outcomes.get(UnitName.TARGET)).isInstanceOf(Outcome.TakenBack.class);
    assertThat(root.resolve("etc/systemd/system/" + UnitName.TARGET)).hasContent("older");
    assertThat(systemd.calls()).containsExactly("reload", "reload");
  }

  @Test
  void ofALinkToDropInsOnlyTheLinkIsRemoved() throws IOException {
    write("/opt/x/10-x.conf", "kept");
    Path link = root.resolve(OWN.substring(1) + ".d");
    Files.createSymbolicLink(link, Path.of("/opt/x"));
    List<Step> steps =
        List.of(new Plan.Remove(UNIT, OWN + ".d", WHY), new Plan.Reload(UNIT.value()));
    assertThat(apply(steps, Set.of()).get(UNIT)).isEqualTo(new Outcome.Done());
    assertThat(link).doesNotExist();
    assertThat(Files.isSymbolicLink(link)).isFalse();
    assertThat(root.resolve("opt/x/10-x.conf")).hasContent("kept");
  }

  @Test
  void whatCannotBeHiddenFromARunningAppIsHiddenByARestart() {
    var sees =
        List.of(new Difference(UNIT, new Subject.VisiblePath("/srv/media"), "hidden", "visible"));
    List<Step> steps = List.of(new Plan.Hide(UNIT, List.of("/srv/media"), WHY));
    try (Applier applier = applier()) {
      applier.apply(
          new Plan(steps),
          _ -> systemd.calls().contains("RESTART " + UNIT) ? Map.of() : Map.of(UNIT, sees),
          new Former(Map.of(), Set.of()));
    }
    assertThat(systemd.calls())
        .containsSubsequence("hide /srv/media from " + UNIT, "RESTART " + UNIT);
  }

  @Test
  void whatIsHiddenAlreadyIsLeftAlone() {
    List<Step> steps = List.of(new Plan.Hide(UNIT, List.of("/srv/none"), WHY));
    assertThat(apply(steps, Set.of()).get(UNIT)).isEqualTo(new Outcome.Done());
    assertThat(systemd.calls()).isEmpty();
  }

  /** The loop sees that it is down, and says why; here nothing of it is undone. */
  @Test
  void aVersionThatDoesNotStartStaysIfItsSpecSaysSo() throws IOException {
    write(OWN, "former");
    systemd.failStarts(UNIT);
    List<Step> steps =
        List.of(
            new Plan.Write(UNIT, "new", WHY),
            new Plan.Reload(UNIT.value()),
            new Plan.Restart(UNIT, WHY));
    assertThat(apply(steps, new Former(Map.of(UNIT, "former"), Set.of(), Set.of(UNIT))).get(UNIT))
        .isEqualTo(new Outcome.Done());
    assertThat(root.resolve(OWN.substring(1))).hasContent("new");
    assertThat(systemd.calls()).containsExactly("reload", "START sandbar.slice", "RESTART " + UNIT);

    assertThat(apply(steps, Set.of()).get(UNIT)).isInstanceOf(Outcome.TakenBack.class);
    assertThat(root.resolve(OWN.substring(1))).hasContent("former");
  }

  /** What is loaded when it stops is what systemd runs then. */
  @Test
  void aVersionThatIsTakenBackEndsByItsOwnCommands() throws IOException {
    write(OWN, "[Service]\nExecStopPost=/usr/bin/its-own\n");
    try (Applier applier = applier()) {
      applier.takeBack(
          new TreeMap<>(Map.of(UNIT, "it was not ready")),
          new Former(Map.of(UNIT, "former"), Set.of()));
    }
    assertThat(systemd.calls()).containsExactly("STOP " + UNIT, "reload", "RESTART " + UNIT);
  }

  /** Stopped for a new version that then cannot be written: the one before runs again. */
  @Test
  void whatWasStoppedForANewVersionIsStartedAgainIfThatFails() throws IOException {
    write(OWN + "/full", "");
    SortedMap<UnitName, Outcome> outcomes =
        apply(
            List.of(
                new Plan.Stop(UNIT, WHY),
                new Plan.Write(UNIT, "new", WHY),
                new Plan.Reload(UNIT.value()),
                new Plan.Start(UNIT, WHY)),
            Set.of());
    assertThat(outcomes.get(UNIT))
        .isInstanceOfSatisfying(
            Outcome.TakenBack.class, it -> assertThat(it.interrupts()).isTrue());
    assertThat(systemd.calls()).startsWith("STOP " + UNIT).endsWith("START " + UNIT);
  }

  private SortedMap<UnitName, Outcome> apply(List<Step> steps, Set<UnitName> leaving) {
    return apply(steps, new Former(Map.of(UNIT, "former"), leaving));
  }

  private SortedMap<UnitName, Outcome> apply(List<Step> steps, Former former) {
    try (Applier applier = applier()) {
      return applier.apply(new Plan(steps), _ -> Map.of(), former);
    }
  }

  private Applier applier() {
    return new Applier(machine(), _ -> {});
  }

  private Machine machine() {
    return new Machine(
        root,
        systemd,
        new SystemdAnalyze(List.of("/bin/true")),
        new DurableFiles(),
        new UnitDirectories(root),
        new ImageStore(root),
        new ImageFetch(root, new ImageStore(root), DeviceSettings.DEFAULT));
  }

  /** It can go on at any time, and would take what the new app of that name has written. */
  @Test
  void noAppIsStartedWhileTheRemovalOfWhatItsNamesakeWroteHangs() throws InterruptedException {
    var mount = new CountDownLatch(1);
    var begun = new CountDownLatch(1);
    var nanos = new AtomicLong();
    Machine machine = machine();
    var former = new Former(Map.of(), Set.of());
    try (var jobs = new OpenJobs(systemd, _ -> {}, nanos::get);
        var slow =
            new LongSteps(
                _ -> {
                  begun.countDown();
                  try {
                    mount.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                  return Optional.empty();
                },
                _ -> "",
                _ -> {},
                nanos::get,
                Duration.ofMillis(1))) {
      slow.begin(List.of(new Plan.RemoveState(APP, WHY)));
      begun.await();
      nanos.addAndGet(LongSteps.LIMIT.toNanos());
      assertThat(slow.takeEnded(Set.of(UNIT))).containsKey(UNIT);

      var plan =
          new Plan(
              List.of(
                  new Plan.Write(UNIT, "new", WHY),
                  new Plan.Reload(WHY),
                  new Plan.Start(UNIT, WHY)));
      var run =
          new PlanRun(
              machine,
              new UnitFileWriter(machine),
              jobs,
              slow,
              new FileSwap(machine, jobs),
              new SliceFilter(machine),
              _ -> Map.of(),
              former);
      run.execute(plan);
      assertThat(run.outcomes(plan).get(UNIT))
          .isInstanceOfSatisfying(
              Outcome.TakenBack.class, it -> assertThat(it.step()).isEqualTo("removestate"));
      assertThat(systemd.calls()).noneMatch(call -> call.startsWith("START"));
      assertThat(root.resolve(OWN.substring(1))).doesNotExist();
    }
  }

  @Test
  void aStopThatTakesLongHoldsUpNobodyAndItsAppIsLeftAloneMeanwhile() throws IOException {
    write(OWN, "former");
    UnitName other = UnitName.own(new AppName("other"));
    systemd.hang(UNIT);
    var plan =
        new Plan(
            List.of(
                new Plan.Stop(UNIT, WHY),
                new Plan.Remove(UNIT, OWN, WHY),
                new Plan.Write(other, "new", WHY),
                new Plan.Reload(WHY),
                new Plan.Start(other, WHY),
                new Plan.RemoveState(APP, WHY)));
    var leaving = new Former(Map.of(), Set.of(UNIT));
    try (Applier applier = applier()) {
      SortedMap<UnitName, Outcome> outcomes = applier.apply(plan, _ -> Map.of(), leaving);
      assertThat(outcomes.get(UNIT)).isInstanceOf(Outcome.Underway.class);
      assertThat(outcomes.get(other)).isEqualTo(new Outcome.Done());
      assertThat(applier.underway()).containsExactly(UNIT);
      assertThat(root.resolve(OWN.substring(1))).hasContent("former");
      assertThat(applier.conclude(_ -> Map.of(), leaving)).isEmpty();

      systemd.end(UNIT);
      assertThat(applier.conclude(_ -> Map.of(), leaving)).isEmpty();
      assertThat(applier.underway()).isEmpty();
    }
  }

  @Test
  void aStartThatTakesLongIsJudgedWhenItHasEnded() throws IOException {
    write(OWN, "former");
    systemd.hang(UNIT);
    var plan =
        new Plan(
            List.of(
                new Plan.Write(UNIT, "new", WHY),
                new Plan.Reload(WHY),
                new Plan.Restart(UNIT, WHY)));
    var former = new Former(Map.of(UNIT, "former"), Set.of());
    var lacks = new Difference(UNIT, new Subject.ProcessFact("Seccomp"), "2", "0");
    try (Applier applier = applier()) {
      assertThat(applier.apply(plan, _ -> Map.of(), former).get(UNIT))
          .isInstanceOf(Outcome.Underway.class);
      systemd.end(UNIT);
      assertThat(applier.conclude(_ -> Map.of(UNIT, List.of(lacks)), former).get(UNIT))
          .isEqualTo(new Outcome.NotEnforced("Seccomp is 0, declared 2"));
      assertThat(root.resolve(OWN.substring(1))).hasContent("former");
      assertThat(applier.underway()).isEmpty();
    }
  }

  @Test
  void filtersThatAReloadOfSomebodyElseTookAwayAreNoFaultOfTheNewVersion() {
    var lost = new Difference(UNIT, new Subject.Program(CgroupProgram.BIND4), "attached", "none");
    var plan =
        new Plan(
            List.of(
                new Plan.Write(UNIT, "new", WHY), new Plan.Reload(WHY), new Plan.Start(UNIT, WHY)));
    Inspector inspector =
        _ -> systemd.calls().contains("refresh") ? Map.of() : Map.of(UNIT, List.of(lost));
    try (Applier applier = applier()) {
      assertThat(applier.apply(plan, inspector, new Former(Map.of(), Set.of())))
          .containsEntry(UNIT, new Outcome.Done());
      // Missing for another reason: nobody has reloaded anything.
      assertThat(
              applier
                  .apply(plan, _ -> Map.of(UNIT, List.of(lost)), new Former(Map.of(), Set.of()))
                  .get(UNIT))
          .isInstanceOf(Outcome.NotEnforced.class);
    }
  }

  /** Started once more, it would run without its sandbox once more. */
  @Test
  void aVersionThatIsNotEnforcedAnyMoreIsStopped() throws IOException {
    write(OWN, "same");
    var plan = new Plan(List.of(new Plan.Restart(UNIT, WHY)));
    var lacks = new Difference(UNIT, new Subject.Held("LimitCORE"), "0", "infinity");
    try (Applier applier = applier()) {
      assertThat(
              applier
                  .apply(
                      plan,
                      _ -> Map.of(UNIT, List.of(lacks)),
                      new Former(Map.of(UNIT, "same"), Set.of()))
                  .get(UNIT))
          .isEqualTo(new Outcome.NotEnforced("LimitCORE is infinity, declared 0"));
    }
    assertThat(systemd.calls())
        .containsSubsequence("RESTART " + UNIT, "STOP " + UNIT, "disable " + UNIT, "reload");
    assertThat(root.resolve(OWN.substring(1))).doesNotExist();
  }

  /** What systemd itself reports otherwise is put back, and no reason to stop what ran before. */
  @Test
  void anotherFaultNeverStopsTheVersionThatRanBefore() throws IOException {
    write(OWN, "same");
    var plan = new Plan(List.of(new Plan.Restart(UNIT, WHY)));
    var other = new Difference(UNIT, new Subject.Property("LimitCORE"), "0", "infinity");
    try (Applier applier = applier()) {
      assertThat(
              applier
                  .apply(
                      plan,
                      _ -> Map.of(UNIT, List.of(other)),
                      new Former(Map.of(UNIT, "same"), Set.of()))
                  .get(UNIT))
          .isInstanceOf(Outcome.TakenBack.class);
    }
    assertThat(systemd.calls()).doesNotContain("STOP " + UNIT);
    assertThat(root.resolve(OWN.substring(1))).hasContent("same");
  }

  /** Whoever dies between two jobs leaves the app up or about to be: a stop alone would not. */
  @Test
  void whatAnAppRequiresIsStartedAnewWithIt() throws IOException {
    write(OWN, "same");
    var socket = new UnitName("sandbar-pump-80-0123456789ab.socket");
    List<Step> steps = List.of(new Plan.EndProxy(UNIT, socket, WHY), new Plan.Restart(UNIT, WHY));
    assertThat(apply(steps, Set.of()).get(UNIT)).isEqualTo(new Outcome.Done());
    assertThat(systemd.calls())
        .containsSubsequence("RESTART " + socket, "RESTART " + UNIT)
        .noneMatch(call -> call.startsWith("STOP"));
  }

  @Test
  void aUnitWithoutAFileIsDisabledByItsLinkAlone() throws IOException {
    Path link = root.resolve("etc/systemd/system/sandbar.target.wants/" + UNIT);
    Files.createDirectories(link.resolveSibling(""));
    Files.createSymbolicLink(link, Path.of(OWN));
    systemd.withoutFile(UNIT);
    List<Step> removal = List.of(new Plan.Stop(UNIT, WHY), new Plan.Disable(UNIT, WHY));
    assertThat(apply(removal, Set.of(UNIT)).get(UNIT)).isEqualTo(new Outcome.Done());
    assertThat(Files.isSymbolicLink(link)).isFalse();
  }

  private static String text(UnitName unit) {
    return BaseUnits.texts(SliceLimits.DEFAULT).getOrDefault(unit, "");
  }

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path.substring(1));
    Files.createDirectories(file.resolveSibling(""));
    Files.writeString(file, text);
  }
}
