package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.property.RawText;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SliceDifferTest {

  @Test
  void anOpenedSliceAboveIsToldUnderTheSlicesName() {
    CompiledApp app = DifferTest.app(257);
    var root = new UnitName("-.slice");
    var slice =
        new ObservedUnit(
            root,
            List.of(),
            Loaded.NOT_FOUND,
            new TreeMap<>(Map.of("IPAddressAllow", RawText.read("[(2 [0 0 0 0] 0)]"))),
            List.of(),
            List.of());
    var seen =
        new Observation(
            new TreeMap<>(Map.of(DifferTest.UNIT, DifferTest.asDeclared(app, 257), root, slice)),
            new TreeMap<>());

    assertThat(Differ.app(app, seen, 257))
        .containsExactly(
            new Difference(root, new Subject.Property("IPAddressAllow"), "(none)", "0.0.0.0/0"));
  }

  @Test
  void aDashInASlicesNameIsASliceAboveIt() {
    assertThat(SliceLayer.ancestors("a-b-c.slice"))
        .extracting(UnitName::value)
        .containsExactly("a-b-c.slice", "a-b.slice", "a.slice", "-.slice");
    assertThat(SliceLayer.ancestors("-.slice"))
        .extracting(UnitName::value)
        .containsExactly("-.slice");
  }
}
