package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Inventory.Applied;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.property.RawText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlannerTest extends OnSimulatedDevice {

  @Test
  void aNewAppIsWrittenEnabledLoadedAndStarted() {
    CompiledApp app = app("pump", "closed", DriftMode.DETECT);

    Plan plan = plan(Orders.AS_DECLARED, app).plan();

    assertThat(kinds(plan)).containsExactly("Write", "Write", "Enable", "Reload", "Start");
    device.apply(plan);
    applied(app);
    Planned after = plan(Orders.AS_DECLARED, app);
    assertThat(after.plan()).isEqualTo(Plan.EMPTY);
    assertThat(after.differences().get(PUMP)).isEmpty();
  }

  @Test
  void aChangeOfLiveSettableLinesIsSetWithoutARestart() {
    running("closed", DriftMode.DETECT);
    CompiledApp changed = app("pump", "closed-live", DriftMode.DETECT);

    Plan plan = plan(Orders.AS_DECLARED, changed).plan();

    assertThat(kinds(plan)).containsExactly("Write", "Reload", "LiveSet");
    Plan.LiveSet live = only(plan, Plan.LiveSet.class);
    assertThat(live.properties()).containsExactly("IPAddressAllow");
    assertThat(live.why()).isEqualTo("IPAddressAllow changes from (none) to 203.0.113.0/24");
    assertThat(live.impact()).isEqualTo(Plan.Impact.LIVE);
    device.apply(plan);
    applied(changed);
    assertThat(plan(Orders.AS_DECLARED, changed).inSync()).isTrue();
  }

  @Test
  void anyOtherChangeRestartsAndSaysWhy() {
    running("closed", DriftMode.DETECT);
    CompiledApp changed = app("pump", "closed-network", DriftMode.DETECT);

    Plan plan = plan(Orders.AS_DECLARED, changed).plan();

    assertThat(kinds(plan)).containsExactly("Write", "Reload", "Restart");
    assertThat(only(plan, Plan.Restart.class).why())
        .contains("PrivateNetwork changes from yes to no");
    assertThat(only(plan, Plan.Restart.class).impact()).isEqualTo(Plan.Impact.RESTART);
  }

  @Test
  void driftIsOnlyReportedInDetectMode() {
    CompiledApp app = running("closed", DriftMode.DETECT);
    device.stop(PUMP);

    Planned planned = plan(Orders.AS_DECLARED, app);

    assertThat(planned.plan().isEmpty()).isTrue();
    assertThat(planned.left())
        .extracting(d -> d.subject().toString())
        .containsExactly("ActiveState");
    assertThat(planned.inSync()).isFalse();
    assertThat(kinds(plan(Orders.EVERYTHING, app).plan())).containsExactly("Start");
  }

  @Test
  void driftIsNotCorrectedWhileTheUnitIsPaused() {
    CompiledApp app = running("closed", DriftMode.CORRECT);
    device.stop(PUMP);

    assertThat(kinds(plan(Orders.AS_DECLARED, app).plan())).containsExactly("Start");
    Orders paused = Orders.AS_DECLARED.pausing(new TreeSet<>(List.of(PUMP)));
    assertThat(plan(paused, app).plan().isEmpty()).isTrue();
  }

  @Test
  void aNewVersionIsAppliedEvenWhileTheUnitIsPaused() {
    running("closed", DriftMode.CORRECT);
    CompiledApp changed = app("pump", "closed-network", DriftMode.CORRECT);

    Orders paused = Orders.AS_DECLARED.pausing(new TreeSet<>(List.of(PUMP)));
    assertThat(kinds(plan(paused, changed).plan())).contains("Restart");
  }

  @Test
  void aSuspendedUnitIsNeitherCorrectedNorChangedAndItsDriftIsStillFound() {
    CompiledApp app = running("closed", DriftMode.CORRECT);
    var orders =
        new Orders(
            new TreeSet<>(),
            new TreeSet<>(),
            false,
            false,
            new TreeMap<>(),
            new TreeSet<>(List.of(PUMP)));
    assertThat(plan(orders, app("pump", "closed-network", DriftMode.CORRECT)).plan().isEmpty())
        .isTrue();
    device.stop(PUMP);

    Planned planned = plan(orders, app);

    assertThat(planned.plan().isEmpty()).isTrue();
    assertThat(planned.left())
        .extracting(d -> d.subject().toString())
        .containsExactly("ActiveState");
    assertThat(planned.inSync()).isFalse();
  }

  @Test
  void aForeignDropInIsRemovedAndWhatItChangedLiveIsSetBack() {
    CompiledApp app = running("closed", DriftMode.CORRECT);
    String dropIn = "/run/systemd/system.control/" + PUMP + ".d/50-IPAddressAllow.conf";
    device.files.put(dropIn, "[Service]\nIPAddressAllow=any\n");
    device.reload();

    Plan plan = plan(Orders.AS_DECLARED, app).plan();

    assertThat(kinds(plan)).containsExactly("Remove", "Reload", "LiveSet");
    assertThat(only(plan, Plan.Remove.class).path()).isEqualTo(dropIn);
    assertThat(only(plan, Plan.LiveSet.class).why())
        .isEqualTo("IPAddressAllow is 0.0.0.0/0, declared is (none)");
  }

  @Test
  void anEditedFileThatNobodyLoadedNeedsNoRestart() {
    CompiledApp app = running("closed", DriftMode.CORRECT);
    device.files.put(UnitFiles.own(PUMP), "[Service]\n");

    assertThat(kinds(plan(Orders.AS_DECLARED, app).plan())).containsExactly("Write", "Reload");
  }

  @Test
  void aMaskedUnitIsWrittenAnew() {
    CompiledApp app = running("closed", DriftMode.CORRECT);
    device.files.put(UnitFiles.own(PUMP), "link:/dev/null");
    device.reload();

    Plan plan = plan(Orders.AS_DECLARED, app).plan();

    assertThat(kinds(plan)).containsExactly("Write", "Enable", "Reload", "Restart");
    device.apply(plan);
    assertThat(plan(Orders.AS_DECLARED, app).inSync()).isTrue();
  }

  @Test
  void aDetachedProgramIsAttachedAgainWithoutARestart() {
    CompiledApp app = running("closed", DriftMode.CORRECT);
    Objects.requireNonNull(device.programs.get(PUMP)).remove("EGRESS");

    Plan plan = plan(Orders.AS_DECLARED, app).plan();

    assertThat(kinds(plan)).containsExactly("LiveSet");
    assertThat(only(plan, Plan.LiveSet.class).properties())
        .containsExactly("IPAddressAllow", "IPAddressDeny");
  }

  @Test
  void aForeignProcessIsNamedAndEndedByARestart() {
    CompiledApp app = running("closed", DriftMode.CORRECT);
    Objects.requireNonNull(device.processes.get(PUMP)).add(device.process("", false));

    Plan plan = plan(Orders.AS_DECLARED, app).plan();

    assertThat(kinds(plan)).containsExactly("Restart");
    assertThat(only(plan, Plan.Restart.class).why())
        .startsWith("foreign process is 101 (sh): NoNewPrivs 0");
  }

  @Test
  void anOpenedSliceIsMendedOnceAndToldByEveryApp() {
    CompiledApp app = running("closed", DriftMode.DETECT);
    device.overrides.put(
        UnitName.SLICE,
        new TreeMap<>(java.util.Map.of("IPAddressAllow", RawText.read("[(2 [0 0 0 0] 0)]"))));

    Planned planned = plan(Orders.AS_DECLARED, app);

    assertThat(Objects.requireNonNull(planned.differences().get(PUMP)))
        .extracting(Difference::unit)
        .containsExactly(UnitName.SLICE);
    assertThat(kinds(planned.plan())).containsExactly("Reload", "LiveSet");
    device.apply(planned.plan());
    assertThat(plan(Orders.AS_DECLARED, app).inSync()).isTrue();
  }

  @Test
  void aDropInOfTheOperatingSystemIsReportedButNeverRemoved() {
    CompiledApp app = running("closed", DriftMode.CORRECT);
    device.files.put("/usr/lib/systemd/system/" + PUMP + ".d/10-vendor.conf", "");

    Planned planned = plan(Orders.AS_DECLARED, app);

    assertThat(planned.plan().isEmpty()).isTrue();
    assertThat(planned.left()).hasSize(1);
    assertThat(planned.inSync()).isFalse();
  }

  @Test
  void aRemovedAppStopsBeforeItsFileGoes() {
    CompiledApp app = running("closed", DriftMode.DETECT);
    Orders orders =
        new Orders(new TreeSet<>(List.of(app.spec().name())), new TreeSet<>(), false, true);

    Plan plan = plan(orders).plan();

    assertThat(kinds(plan)).containsExactly("Stop", "Disable", "Remove", "Reload", "RemoveState");
    device.apply(plan);
    inventory = Inventory.NOTHING;
    assertThat(plan(orders).plan().isEmpty()).isTrue();
    assertThat(device.files).doesNotContainKey(UnitFiles.own(PUMP));
  }

  @Test
  void anAppThatIsTakenBackLosesItsUnitAndNothingElse() {
    CompiledApp app = running("closed", DriftMode.DETECT);
    String dropIn = UnitFiles.own(PUMP) + ".d/local.conf";
    device.files.put(dropIn, "[Service]\n");
    inventory = Inventory.NOTHING;
    // Whether the directories of removed apps go says nothing of it.
    Orders orders =
        new Orders(
            new TreeSet<>(),
            new TreeSet<>(),
            false,
            true,
            new TreeMap<>(Map.of(app.spec().name(), "it did not stay up")));

    Plan plan = plan(orders).plan();

    assertThat(kinds(plan)).containsExactly("Stop", "Disable", "Remove", "Reload");
    device.apply(plan);
    assertThat(plan(orders).plan().isEmpty()).isTrue();
    assertThat(device.files).doesNotContainKey(UnitFiles.own(PUMP)).containsKey(dropIn);
    // One that may be tried again is applied instead, but not beside what somebody else has put.
    assertThat(plan(orders, app).foreign()).containsExactly(Map.entry(PUMP, dropIn));
    device.files.remove(dropIn);
    assertThat(kinds(plan(orders, app).plan())).contains("Start").doesNotContain("Stop");
  }

  @Test
  void whatIsNotOursIsNeverRemoved() {
    Orders orders = Orders.AS_DECLARED.removing(new TreeSet<>(List.of(new AppName("stranger"))));
    assertThat(plan(orders).plan().steps())
        .noneMatch(s -> s instanceof Plan.Stop || s instanceof Plan.Remove);
  }

  @Test
  void theOldImageStaysUntilTheNewVersionHasProvedItself() {
    Sha256 before = Sha256.of("before");
    Sha256 after = Sha256.of("after");
    device.images.put(before.hex(), StoredImage.plain("/images/" + before));
    CompiledApp desired =
        AppVariants.compile(
            "pump",
            "closed",
            DriftMode.DETECT,
            VERSION,
            new Root.Image(new ImageSource.File("/srv/new.squashfs"), after, "", Location.NOWHERE));
    device.understands(desired, "closed", VERSION);
    inventory =
        new Inventory(
            new TreeMap<>(
                java.util.Map.of(
                    new AppName("pump"), new Applied(Sha256.of("old"), before.hex()))));

    Plan update = plan(Orders.AS_DECLARED, desired).plan();
    assertThat(kinds(update)).startsWith("StoreImage").doesNotContain("RemoveImage");

    device.apply(update);
    inventory =
        new Inventory(
            new TreeMap<>(
                java.util.Map.of(
                    new AppName("pump"), new Applied(desired.generation(), after.hex()))));
    assertThat(kinds(plan(Orders.AS_DECLARED, desired).plan())).containsExactly("RemoveImage");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void afterAnyTamperingOnePlanMakesTheDeviceAsDeclared(long seed) {
    var random = new Random(seed);
    for (int round = 0; round < 60; round++) {
      String variant = AppVariants.NAMES.get(random.nextInt(AppVariants.NAMES.size()));
      CompiledApp app = app("pump", variant, DriftMode.CORRECT);
      device.apply(plan(Orders.EVERYTHING, app).plan());
      applied(app);
      var done = new ArrayList<String>();
      for (int i = random.nextInt(4); i >= 0; i--) {
        done.add(tamper(random));
      }

      Planned planned = plan(Orders.EVERYTHING, app);
      assertThat(planned.inSync())
          .as("after %s the plan is empty exactly when nothing differs", done)
          .isEqualTo(planned.plan().isEmpty());
      device.apply(planned.plan());

      Planned after = plan(Orders.EVERYTHING, app);
      assertThat(after.differences().values()).as("after %s", done).allMatch(List::isEmpty);
      assertThat(after.plan()).isEqualTo(Plan.EMPTY);
      assertThat(planned.plan().steps().stream().filter(Plan.Reload.class::isInstance).count())
          .isLessThanOrEqualTo(1);
    }
  }

  private String tamper(Random random) {
    String own = UnitFiles.own(PUMP);
    switch (random.nextInt(12)) {
      case 0 -> device.files.put(own, app("pump", "closed-grants", DriftMode.CORRECT).text());
      case 1 -> device.files.remove(own);
      case 2 -> device.files.put(own, "link:/dev/null");
      case 3 ->
          device.files.put(
              "/etc/systemd/system/" + PUMP + ".d/9.conf", "[Service]\nNoNewPrivileges=no\n");
      case 4 ->
          device.files.put(
              "/run/systemd/system.control/" + PUMP + ".d/50-IPAddressAllow.conf",
              "[Service]\nIPAddressAllow=any\n");
      case 5 -> device.reload();
      case 6 -> device.stop(PUMP);
      case 7 -> device.enabled.remove(PUMP);
      case 8 -> {
        device.reload();
        String text = device.files.getOrDefault(own, "link:");
        if (!text.startsWith("link:")) {
          device.stop(PUMP);
          device.start(PUMP);
        }
      }
      case 9 ->
          device.processes.computeIfPresent(
              PUMP,
              (_, list) -> {
                list.add(device.process("", false));
                return list;
              });
      case 10 -> device.programs.computeIfPresent(PUMP, (_, _) -> new TreeSet<>());
      default ->
          device
              .overrides
              .computeIfAbsent(UnitName.SLICE, _ -> new TreeMap<String, Raw>())
              .put("IPAddressAllow", RawText.read("[(2 [0 0 0 0] 0)]"));
    }
    return Integer.toString(device.files.size());
  }
}
