package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.FileStorePath;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.FlowText;
import java.util.ArrayList;
import java.util.List;
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
            HardwareNeed.NONE,
            StoredFiles.reloaded(app, found),
            false,
            draft,
            new ArrayList<>())
        .correct(found);
    return draft.plan().steps();
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
}
