package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Inventory.Applied;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Units under the names of apps that Sandbar did not write. */
class ForeignUnitTest extends OnSimulatedDevice {

  private CompiledApp app(String name) {
    return app(name, "closed", DriftMode.CORRECT);
  }

  private CompiledApp applied(String name) {
    CompiledApp app = app(name);
    device.apply(plan(Orders.AS_DECLARED, app).plan());
    inventory =
        new Inventory(new TreeMap<>(Map.of(new AppName(name), new Applied(app.generation(), ""))));
    return app;
  }

  private static final String FOREIGN = "[Service]\nExecStart=/usr/local/bin/backup\n";

  private void somebodyElsesUnit(String path, String text) {
    device.watch(PUMP);
    device.files.put(path, text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/etc/systemd/system/sandbar-pump.service",
        "/usr/lib/systemd/system/sandbar-pump.service",
        "/run/systemd/transient/sandbar-pump.service",
        "/etc/systemd/system/sandbar-pump.service.d/limits.conf"
      })
  void aUnitOfSomebodyElseIsNeverTouchedWhateverItsName(String path) {
    somebodyElsesUnit(path, FOREIGN);
    CompiledApp app = app("pump");
    CompiledApp valve = app("valve");
    var everyOrder =
        new Orders(
            new TreeSet<>(List.of(valve.spec().name())),
            new TreeSet<>(),
            true,
            true,
            new TreeMap<>());

    Planned planned = plan(everyOrder, app);

    assertThat(planned.foreign()).containsExactly(Map.entry(PUMP, path));
    assertThat(planned.plan().steps()).noneMatch(step -> step.toString().contains("sandbar-pump"));
    assertThat(planned.inSync()).isFalse();
  }

  @Test
  void aUnitOfSomebodyElseIsNeitherPrunedNorTakenBack() {
    somebodyElsesUnit(UnitFiles.own(PUMP), FOREIGN);
    var names = new TreeSet<>(List.of(new AppName("pump")));

    assertThat(Inventory.NOTHING.owned(device.observe())).isEmpty();
    assertThat(plan(Orders.EVERYTHING.removing(names)).plan().steps())
        .noneMatch(step -> step.toString().contains("sandbar-pump"));
    var denied = new TreeMap<>(Map.of(new AppName("pump"), "denied"));
    var takingBack = new Orders(new TreeSet<>(), new TreeSet<>(), true, false, denied);
    assertThat(plan(takingBack).plan().steps())
        .noneMatch(step -> step.toString().contains("sandbar-pump"));
  }

  /** Whoever overwrites a unit of ours must not so make it his own. */
  @Test
  void aUnitThatWasAppliedStaysOursWhateverStandsInItsFile() {
    CompiledApp app = applied("pump");
    device.files.put(UnitFiles.own(PUMP), FOREIGN);

    Planned planned = plan(Orders.AS_DECLARED, app);

    assertThat(planned.foreign()).isEmpty();
    assertThat(planned.plan().steps()).anyMatch(Plan.Write.class::isInstance);
  }

  @Test
  void withASliceOfSomebodyElseNoAppIsStarted() {
    device.files.put(UnitFiles.own(UnitName.SLICE), "[Slice]\nMemoryMax=1G\n");
    CompiledApp app = app("pump");

    Planned planned = plan(Orders.EVERYTHING, app);

    assertThat(planned.foreign()).containsKeys(UnitName.SLICE, PUMP);
    assertThat(planned.plan()).isEqualTo(Plan.EMPTY);
  }
}
