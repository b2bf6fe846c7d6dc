package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StateLayerTest {

  private static final UnitName UNIT = new UnitName("sandbar-pump.service");

  /** A restart by hand stops the unit first. */
  @ParameterizedTest
  @CsvSource({
    "active, false, 0",
    "activating, false, 0",
    "inactive, false, 1",
    "failed, false, 1",
    "inactive, true, 0",
    "deactivating, true, 0",
    "deactivating, false, 0"
  })
  void aUnitWithAJobHasNotStopped(String state, boolean changing, int count) {
    Loaded loaded =
        new Loaded(
            "loaded", state, "", "enabled", "", List.of(), false, "", "", "", 0, 0, changing);
    var found = new ArrayList<Difference>();
    StateLayer.compare(
        UNIT,
        new ObservedUnit(UNIT, List.of(), loaded, new TreeMap<>(), List.of(), List.of()),
        false,
        found);
    assertThat(found).hasSize(count).allMatch(it -> it.subject() == Subject.State.ACTIVE);
  }
}
