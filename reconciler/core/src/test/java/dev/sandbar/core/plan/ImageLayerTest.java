package dev.sandbar.core.plan;

import static dev.sandbar.core.plan.DifferTest.asDeclared;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference.Layer;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ImageLayerTest {

  private static final UnitName UNIT = DifferTest.UNIT;

  @Test
  void anImageThatTheStoreDoesNotHoldIsTold() {
    Sha256 digest = Sha256.of("image");
    CompiledApp app = ofImage(digest, "");
    var units = new TreeMap<>(Map.of(UNIT, asDeclared(app, 257)));
    var with = stored(units, digest, "");
    var without = new Observation(units, new TreeMap<>());

    assertThat(Differ.app(app, with, 257)).isEmpty();
    assertThat(Differ.app(app, without, 257))
        .extracting(Difference::layer)
        .containsExactly(Layer.IMAGE);
  }

  @Test
  void anImageThatTheKernelChecksNeedsItsTree() {
    Sha256 digest = Sha256.of("image");
    String rootHash = Sha256.of("root").hex();
    CompiledApp app = ofImage(digest, rootHash);
    var units = new TreeMap<>(Map.of(UNIT, asDeclared(app, 257)));

    assertThat(Differ.app(app, stored(units, digest, rootHash), 257)).isEmpty();
    for (String other : List.of("", Sha256.of("other").hex())) {
      assertThat(Differ.app(app, stored(units, digest, other), 257))
          .extracting(Difference::layer)
          .as(other)
          .containsExactly(Layer.IMAGE);
    }
  }

  private static CompiledApp ofImage(Sha256 digest, String rootHash) {
    return AppVariants.compile(
        "pump",
        "closed",
        DriftMode.DETECT,
        257,
        new Root.Image(
            new ImageSource.File("/srv/x.squashfs"), digest, rootHash, Location.NOWHERE));
  }

  private static Observation stored(
      SortedMap<UnitName, ObservedUnit> units, Sha256 digest, String rootHash) {
    return new Observation(
        units, new TreeMap<>(Map.of(digest.hex(), new StoredImage("/images/x", rootHash))));
  }
}
