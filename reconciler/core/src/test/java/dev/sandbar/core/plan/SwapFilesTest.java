package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.FileStorePath;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.plan.ObservedUnit.ProcessEvidence;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Files whose change reaches a running app by a reload. */
class SwapFilesTest {

  private static String file(String path, String content) {
    return "{path: %s, content: '%s', onChange: Reload}".formatted(path, content);
  }

  private static CompiledApp app(String... files) {
    String spec =
        "{run: {command: [/usr/bin/app], reload: [[/usr/bin/again]]}, files: [%s]}"
            .formatted(String.join(", ", files));
    return switch (Compiler.compile(FlowText.read("pump", spec), ReferenceDevice.facts())) {
      case Compilation.Compiled(var compiled, _) -> compiled;
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
    };
  }

  private static List<Plan.Step> steps(CompiledApp app, ObservedUnit observed) {
    var draft = new PlanDraft();
    List<Difference> found =
        app.files().stream()
            .map(
                it ->
                    new Difference(
                        app.unit(), new Subject.StoredFile(it.path(), true), "this", "that"))
            .toList();
    new UnitSteps(
            app.unit(),
            app.text(),
            observed,
            HiddenPaths.NONE,
            Starter.TARGET,
            StoredFiles.reloaded(app, found),
            false,
            draft,
            new ArrayList<>())
        .correct(found);
    return draft.plan(List.of()).steps();
  }

  /** It is a version of its own, and what was started with the one before needs no restart. */
  @Test
  void anotherContentIsAnotherGenerationWithTheSameStamp() {
    CompiledApp one = app(file("/run/edge/a", "1"));
    CompiledApp two = app(file("/run/edge/a", "2"));
    assertThat(two.generation()).isNotEqualTo(one.generation());
    assertThat(two.text()).isNotEqualTo(one.text());
    assertThat(GenerationStamp.of(two)).isEqualTo(GenerationStamp.of(one));
    assertThat(two.effective()).isEqualTo(one.effective());
    assertThat(one.text()).doesNotContain("AssertPathExists");
    String folder = one.files().getFirst().reloadedIn();
    assertThat(one.text())
        .contains("BindReadOnlyPaths=" + FileStorePath.FOLDER + "/" + folder + ":/run/edge\n")
        .contains("NoExecPaths=/run/edge\n");
  }

  @Test
  void anotherSetOfFilesIsAnotherFolder() {
    CompiledApp one = app(file("/run/edge/a", "1"));
    CompiledApp two = app(file("/run/edge/a", "1"), file("/run/edge/b", "2"));
    assertThat(GenerationStamp.of(two)).isNotEqualTo(GenerationStamp.of(one));
    assertThat(two.files())
        .extracting(it -> it.reloadedIn())
        .containsOnly(two.files().getFirst().reloadedIn());
    assertThat(two.files().getFirst().reloadedIn())
        .isNotEqualTo(one.files().getFirst().reloadedIn());
  }

  @Test
  void aRunningAppIsReloadedAndAnotherOneStarted() {
    CompiledApp app = app(file("/run/edge/a", "1"), file("/run/edge/b", "2"));
    ObservedUnit up = DifferTest.asDeclared(app, 257);
    assertThat(steps(app, up))
        .singleElement()
        .isInstanceOfSatisfying(
            Plan.SwapFiles.class,
            swap -> {
              assertThat(swap.files()).isEqualTo(app.files());
              assertThat(swap.impact()).isEqualTo(Plan.Impact.LIVE);
            });
    assertThat(steps(app, ObservedUnit.absent(app.unit())))
        .extracting(it -> it.getClass().getSimpleName())
        .containsExactly("StoreFile", "StoreFile", "Start");
  }

  private static ObservedUnit with(
      ObservedUnit unit, String state, List<ProcessEvidence> processes) {
    Loaded now = unit.loaded();
    return new ObservedUnit(
        unit.name(),
        unit.files(),
        new Loaded(
            now.loadState(),
            state,
            now.subState(),
            now.unitFileState(),
            now.fragmentPath(),
            now.dropInPaths(),
            now.needDaemonReload(),
            now.invocationId(),
            now.generation(),
            now.result(),
            now.exitStatus(),
            now.restarts()),
        unit.properties(),
        processes,
        unit.cgroupPrograms());
  }

  /** systemd reloads it once more, as an agent finds it that was started meanwhile. */
  @Test
  void anAppThatIsBeingReloadedIsReloadedAndOneThatStartsIsRestarted() {
    CompiledApp app = app(file("/run/edge/a", "1"));
    ObservedUnit up = DifferTest.asDeclared(app, 257);
    assertThat(steps(app, with(up, "reloading", up.processes())))
        .singleElement()
        .isInstanceOf(Plan.SwapFiles.class);
    assertThat(steps(app, with(up, "activating", up.processes())))
        .extracting(it -> it.getClass().getSimpleName())
        .containsExactly("StoreFile", "Restart");
  }

  @Test
  void whatSystemdStartsForAReloadIsNoForeignProcess() {
    CompiledApp app = app(file("/run/edge/a", "1"));
    ObservedUnit up = DifferTest.asDeclared(app, 257);
    var processes = new ArrayList<>(up.processes());
    processes.add(
        new ProcessEvidence(12, "sh", 0, false, 0, 0, 0, 0, new TreeMap<>(), "", new TreeSet<>()));
    assertThat(found(app, with(up, "active", processes))).contains(Subject.Processes.FOREIGN);
    assertThat(found(app, with(up, "reloading", processes))).isEmpty();
    // The main process is judged as ever.
    processes.set(0, processes.getLast());
    assertThat(found(app, with(up, "reloading", processes))).isNotEmpty();
  }

  private static List<Subject> found(CompiledApp app, ObservedUnit unit) {
    var found = new ArrayList<Difference>();
    ProcessLayer.compare(app, unit, found);
    return found.stream().map(Difference::subject).toList();
  }
}
