package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Subject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A file that is changed while another drift is corrected. */
class MeanwhileTest {
  private static final UnitName PUMP = new UnitName("sandbar-pump.service");
  private static final UnitName VALVE = new UnitName("sandbar-valve.service");
  private static final Difference STOPPED =
      new Difference(PUMP, Subject.State.ACTIVE, "active", "inactive");
  private static final Difference NNP =
      new Difference(PUMP, new Subject.Property("NoNewPrivileges"), "yes", "no");

  private static Difference file(UnitName unit, String path) {
    return new Difference(unit, new Subject.UnitFile(path), "(none)", "a foreign drop-in");
  }

  @Test
  void itIsFoundBesideWhatThePlanWasMadeFrom() {
    Difference known = file(PUMP, "/etc/a.conf");
    Difference fresh = file(PUMP, "/etc/b.conf");
    var meanwhile =
        new Meanwhile(
            _ -> new TreeMap<>(Map.of(PUMP, List.of(known, fresh, NNP))),
            new TreeSet<>(Set.of(PUMP)),
            Map.of(PUMP, List.of(STOPPED, known)));
    assertThat(meanwhile.inspect(Set.of(PUMP))).containsKey(PUMP);
    assertThat(meanwhile.inspect(Set.of(PUMP))).containsKey(PUMP);
    assertThat(meanwhile.all()).containsExactly(Map.entry(PUMP, List.of(STOPPED, known, fresh)));
  }

  @Test
  void ofAnAppThatIsChangedByItsSourceNothingIsDrift() {
    var meanwhile =
        new Meanwhile(
            _ -> new TreeMap<>(Map.of(VALVE, List.of(file(VALVE, "/etc/a.conf")))),
            new TreeSet<>(Set.of(PUMP)),
            Map.of(VALVE, List.of(), PUMP, List.of(STOPPED)));
    meanwhile.inspect(Set.of(PUMP, VALVE));
    assertThat(meanwhile.all().get(VALVE)).isEmpty();
  }
}
