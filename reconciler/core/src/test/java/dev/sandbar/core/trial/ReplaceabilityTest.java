package dev.sandbar.core.trial;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Only a service that comes back as it was is stopped for a trial. */
class ReplaceabilityTest {

  private static final UnitName SERVICE = new UnitName("meter.service");

  /** Of a service that nothing depends on. */
  private static final Map<String, Raw> ORDINARY =
      Map.ofEntries(
          Map.entry("LoadState", text("loaded")),
          Map.entry("ActiveState", text("active")),
          Map.entry("SubState", text("running")),
          Map.entry("Job", new Raw.Tuple(List.of(new Raw.Int(0), text("/")))),
          Map.entry("CanStart", new Raw.Bool(true)),
          Map.entry("CanStop", new Raw.Bool(true)),
          Map.entry("FailureAction", text("none")),
          Map.entry("WantedBy", units("multi-user.target")),
          Map.entry("Requires", units("sysinit.target")));

  private static Raw text(String text) {
    return new Raw.Str(text);
  }

  private static Raw units(String... names) {
    return new Raw.Array(Arrays.stream(names).map(ReplaceabilityTest::text).toList());
  }

  private static List<String> with(String property, Raw value) {
    var properties = new TreeMap<>(ORDINARY);
    properties.put(property, value);
    return Replaceability.of(SERVICE, properties, unit -> !unit.value().startsWith("idle")).stream()
        .map(Obstacle::what)
        .toList();
  }

  @Test
  void anOrdinaryServiceCanBeReplaced() {
    assertThat(Replaceability.of(SERVICE, ORDINARY, _ -> true)).isEmpty();
  }

  @Test
  void oneThatDoesNotRunOrWouldNotBeTheSameCannot() {
    assertThat(with("ActiveState", text("failed"))).singleElement().asString().contains("not run");
    assertThat(with("SubState", text("exited"))).singleElement().asString().contains("not run");
    assertThat(with("LoadState", text("masked"))).singleElement().asString().contains("masked");
    assertThat(with("Job", new Raw.Tuple(List.of(new Raw.Int(7), text("/job")))))
        .singleElement()
        .asString()
        .contains("right now");
    assertThat(with("Transient", new Raw.Bool(true)))
        .singleElement()
        .asString()
        .contains("transient");
    assertThat(with("NeedDaemonReload", new Raw.Bool(true)))
        .singleElement()
        .asString()
        .contains("changed after it was loaded");
    assertThat(Replaceability.of(SERVICE, Map.of(), _ -> false)).as("nothing known").isNotEmpty();
  }

  @Test
  void oneThatIsNotStartedOrStoppedByHandCannot() {
    for (String name : List.of("RefuseManualStart", "RefuseManualStop", "StopWhenUnneeded")) {
      assertThat(with(name, new Raw.Bool(true))).singleElement().asString().contains(name);
    }
    assertThat(with("CanStop", new Raw.Bool(false))).singleElement().asString().contains("stopped");
    assertThat(with("CanStart", new Raw.Bool(false)))
        .singleElement()
        .asString()
        .contains("started");
    assertThat(with("TriggeredBy", units("meter.socket")))
        .containsExactly(
            "meter.service is started by meter.socket, which would start it in the middle of the"
                + " trial");
    assertThat(with("BusName", text("org.example.Meter")))
        .singleElement()
        .asString()
        .contains("D-Bus");
    assertThat(with("TriggeredBy", units("sandbar.trial-meter.timer")))
        .as("of a cut off trial")
        .isEmpty();
  }

  @Test
  void oneThatOthersStopWithCannot() {
    for (String name :
        List.of("RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf", "PropagatesStopTo")) {
      assertThat(with(name, units("display.service", "idle.service")))
          .containsExactly("meter.service is needed by display.service, which would stop with it");
      assertThat(with(name, units("idle.service"))).isEmpty();
    }
    assertThat(with("UpheldBy", units("all.target")))
        .singleElement()
        .asString()
        .contains("Upholds");
  }

  @Test
  void oneWhoseStopSetsOffSomethingCannot() {
    for (String name :
        List.of("SuccessAction", "FailureAction", "StartLimitAction", "JobTimeoutAction")) {
      assertThat(with(name, text("reboot"))).singleElement().asString().contains(name + "=reboot");
    }
    for (String name : List.of("OnSuccess", "OnFailure")) {
      assertThat(with(name, units("reboot.target")))
          .singleElement()
          .asString()
          .contains(name + "=reboot.target");
    }
  }
}
