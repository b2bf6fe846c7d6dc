package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.UnitName;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class UnitNotesTest {
  private static final UnitName PUMP = new UnitName("sandbar-app-pump.service");
  private static final UnitName VALVE = new UnitName("sandbar-app-valve.service");

  @Test
  void aUnitThatNothingNamesAnyMoreIsForgottenByTheNextSweep() {
    var foreign = new UnitNotes();
    foreign.seen(true, Set.of(PUMP, VALVE), Map.of(PUMP, "/etc/pump", VALVE, "/etc/valve"));
    assertThat(foreign.notes()).containsOnlyKeys(PUMP, VALVE);

    foreign.seen(false, Set.of(VALVE), Map.of());
    assertThat(foreign.notes()).containsOnlyKeys(PUMP);

    foreign.seen(true, Set.of(VALVE), Map.of());
    assertThat(foreign.notes()).isEmpty();
  }
}
