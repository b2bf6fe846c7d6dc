package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Inventory.Applied;
import dev.sandbar.core.plan.Plan.Step;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;

/** Tests that plan for a {@link SimulatedDevice}. */
abstract class OnSimulatedDevice {
  static final int VERSION = 257;
  static final UnitName PUMP = UnitName.own(new AppName("pump"));
  private static final String SLICE_TEXT =
      "# Written by Sandbar; changes are drift.\n[Unit]\nDescription=Apps\n";

  final SimulatedDevice device = new SimulatedDevice();
  Inventory inventory = Inventory.NOTHING;

  @BeforeEach
  void aSlice() {
    device.watch(UnitName.SLICE);
    device.understands(SLICE_TEXT, "", new TreeMap<>());
  }

  CompiledApp app(String name, String variant, DriftMode drift) {
    CompiledApp app = AppVariants.compile(name, variant, drift, VERSION);
    device.understands(app, variant, VERSION);
    return app;
  }

  Planned plan(Orders orders, CompiledApp... desired) {
    var base = new TreeMap<>(Map.of(UnitName.SLICE, SLICE_TEXT));
    return Planner.plan(
        new Situation(List.of(desired), base, inventory, device.observe(), VERSION), orders);
  }

  void applied(CompiledApp... apps) {
    var entries = new TreeMap<AppName, Applied>();
    for (CompiledApp app : apps) {
      entries.put(app.spec().name(), new Applied(app.generation(), ""));
    }
    inventory = new Inventory(entries);
  }

  CompiledApp running(String variant, DriftMode drift) {
    CompiledApp app = app("pump", variant, drift);
    device.apply(plan(Orders.AS_DECLARED, app).plan());
    applied(app);
    assertThat(plan(Orders.AS_DECLARED, app).inSync()).isTrue();
    return app;
  }

  static List<String> kinds(Plan plan) {
    return plan.steps().stream().map(s -> s.getClass().getSimpleName()).toList();
  }

  static <T extends Step> T only(Plan plan, Class<T> type) {
    List<T> found = plan.steps().stream().filter(type::isInstance).map(type::cast).toList();
    assertThat(found).hasSize(1);
    return found.getFirst();
  }
}
