package dev.sandbar.device.apply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.FileStorePath;
import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.device.apply.CrashingDisk.Crash;
import dev.sandbar.device.apply.CrashingDisk.Fault;
import dev.sandbar.device.fetch.ImageFetch;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.FileStore;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.SystemdAnalyze;
import dev.sandbar.device.testing.SimulatedSystemd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another content in the place of files that a running app sees. */
class FileSwapTest {
  private static final UnitName UNIT = UnitName.own(new AppName("edge"));
  private static final UnitName OTHER = UnitName.own(new AppName("other"));
  private static final String OWN = "etc/systemd/system/" + UNIT;
  private static final String WHY = "for the test";
  private static final Former NONE = new Former(Map.of(), Set.of());

  @TempDir private Path root;

  @BeforeEach
  void device() throws IOException {
    Files.createDirectories(root.resolve("etc/systemd/system"));
  }

  private static List<AppFile> files(String content) {
    return List.of(file("a", content), file("b", content));
  }

  private static AppFile file(String name, String content) {
    return new AppFile(
        "/run/edge/" + name,
        new FileContent.Text(content),
        false,
        "reload-edge-0123456789abcdef",
        Location.NOWHERE);
  }

  private static Plan plan(UnitName unit, List<AppFile> files) {
    return new Plan(List.of(new Plan.SwapFiles(unit, files, WHY)));
  }

  private Applier applier(DurableFiles files, Systemd systemd) {
    return new Applier(
        new Machine(
            root,
            systemd,
            new SystemdAnalyze(List.of("/bin/true")),
            files,
            new UnitDirectories(root),
            new ImageStore(root),
            new ImageFetch(root, new ImageStore(root), DeviceSettings.DEFAULT)),
        _ -> {});
  }

  private FileStore store() {
    return FileStore.of(root, new DurableFiles());
  }

  /** Whether another agent would find nothing to do. */
  private boolean isRight(List<AppFile> files) {
    Map<String, Boolean> there = store().files();
    return files.stream().allMatch(file -> there.getOrDefault(FileStorePath.name(file), false));
  }

  private String content() {
    return files("").stream().map(this::content).toList().toString();
  }

  private String content(AppFile file) {
    try {
      return Files.readString(root.resolve(FileStorePath.of(file).substring(1)));
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void anAgentThatIsKilledAtAnyStepLeavesNothingThatTheAppHasNotRead() throws IOException {
    int steps = 0;
    boolean met = true;
    while (met) {
      steps++;
      for (AppFile file : files("old")) {
        store().add(file);
      }
      assertThat(isRight(files("old"))).isTrue();
      var read = new StringBuilder(content());
      var disk = new CrashingDisk(root, Fault.KILL, steps, new Random(steps));
      var systemd =
          new ModelSystemd(
              root,
              () -> {
                disk.called();
                read.replace(0, read.length(), content());
              });
      try (Applier applier = applier(disk.files(), systemd)) {
        applier.apply(plan(UNIT, files("new")), _ -> Map.of(), NONE);
      } catch (Crash e) {
        assertThat(disk.isMet()).isTrue();
      }
      met = disk.isMet();
      String what = "killed at step " + steps;
      for (String content : List.of("old", "new")) {
        if (isRight(files(content))) {
          assertThat(read.toString()).as(what).isEqualTo("[" + content + ", " + content + "]");
        }
      }
      disk.heal();
      // Forwards or back, as the next agent finds it declared.
      String declared = steps % 2 == 0 ? "old" : "new";
      systemd.reboot();
      Files.writeString(root.resolve(OWN), "ExecStart=/fine");
      systemd.reload();
      systemd.start(List.of(new Systemd.Job(Systemd.Verb.START, UNIT)), 1, _ -> {});
      try (Applier applier = applier(new DurableFiles(), systemd)) {
        assertThat(applier.apply(plan(UNIT, files(declared)), _ -> Map.of(), NONE).get(UNIT))
            .as(what)
            .isEqualTo(new Outcome.Done());
      }
      assertThat(isRight(files(declared))).as(what).isTrue();
      assertThat(read.toString()).as(what).isEqualTo("[" + declared + ", " + declared + "]");
      Files.delete(root.resolve(OWN));
    }
    // Two marks and two files, a call, and its end.
    assertThat(steps).isGreaterThan(16);
  }

  @Test
  void aReloadThatHangsHoldsUpNobodyAndCountsWhenItHasEnded() {
    var systemd = new SimulatedSystemd();
    systemd.hang(UNIT);
    var plan =
        new Plan(
            List.of(
                new Plan.SwapFiles(UNIT, files("new"), WHY),
                new Plan.SwapFiles(OTHER, List.of(), WHY),
                new Plan.Start(OTHER, WHY)));
    try (Applier applier = applier(new DurableFiles(), systemd)) {
      SortedMap<UnitName, Outcome> outcomes = applier.apply(plan, _ -> Map.of(), NONE);
      assertThat(outcomes.get(UNIT)).isInstanceOf(Outcome.Underway.class);
      assertThat(outcomes.get(OTHER)).isEqualTo(new Outcome.Done());
      assertThat(systemd.calls())
          .startsWith("RELOAD " + UNIT, "RELOAD " + OTHER)
          .endsWith("START " + OTHER);
      assertThat(applier.underway()).containsExactly(UNIT);
      assertThat(isRight(files("new"))).isFalse();

      systemd.end(UNIT);
      assertThat(applier.conclude(_ -> Map.of(), NONE)).as("nothing was started").isEmpty();
      assertThat(applier.underway()).isEmpty();
      assertThat(isRight(files("new"))).isTrue();
      assertThat(systemd.calls()).noneMatch(call -> call.contains("START " + UNIT));
    }
  }

  @Test
  void aReloadThatFailsGoesBackToTheFormerTextAndStartsNothingAnew() throws IOException {
    Files.writeString(root.resolve(OWN), "former");
    // To the model a unit that does not run is one whose reload fails.
    var systemd = new ModelSystemd(root, () -> {});
    var plan =
        new Plan(
            List.of(
                new Plan.Write(UNIT, "new", WHY),
                new Plan.Reload(WHY),
                new Plan.SwapFiles(UNIT, files("new"), WHY)));
    try (Applier applier = applier(new DurableFiles(), systemd)) {
      assertThat(
              applier
                  .apply(plan, _ -> Map.of(), new Former(Map.of(UNIT, "former"), Set.of()))
                  .get(UNIT))
          .isInstanceOfSatisfying(
              Outcome.TakenBack.class,
              it -> {
                assertThat(it.step()).isEqualTo("reload");
                assertThat(it.message()).startsWith("run.reload has ended as 'failed'");
              });
    }
    assertThat(root.resolve(OWN)).hasContent("former");
    assertThat(isRight(files("new"))).as("the app has not read it").isFalse();
  }
}
