package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.ConfigMapKey;
import dev.sandbar.core.model.SecretRef;
import dev.sandbar.operator.publish.Pool;
import dev.sandbar.source.ConfigMaps;
import dev.sandbar.source.ContentLookup;
import dev.sandbar.source.FoundContent;
import dev.sandbar.source.Included;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What is known of the fleet. */
class FleetIndexTest {
  private static final Key PUMP = new Key("fleet", "pump");

  private static final List<?> FILES =
      List.of(
          Map.of(
              "path",
              "/run/a.conf",
              "from",
              Map.of("configMap", Map.of("name", "edge-conf", "key", "edge.conf"))));

  private static DeclaredApp pump(String version) {
    return DeclaredApp.read(object(version, List.of()), new Pool());
  }

  private static GenericKubernetesResource object(String version, List<?> files) {
    var object = new GenericKubernetesResource();
    object.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("fleet")
            .withName("pump")
            .withResourceVersion(version)
            .withGeneration(1L)
            .build());
    object.setAdditionalProperty(
        "spec",
        Map.of("run", Map.of("command", List.of("/usr/bin/sleep", "infinity")), "files", files));
    return object;
  }

  @Test
  void anAnswerThatComesAfterTheEndBringsNoAppBack() {
    var fleet = new FleetIndex();
    assertThat(fleet.put(pump("9"))).isPresent();
    assertThat(fleet.put(pump("8"))).isEmpty();
    fleet.refresh(PUMP, object("10", List.of()));
    assertThat(fleet.app(PUMP).orElseThrow().version()).isEqualTo("10");
    fleet.refresh(PUMP, object("9", List.of()));
    assertThat(fleet.app(PUMP).orElseThrow().version()).isEqualTo("10");
    fleet.removeApp(PUMP);
    fleet.refresh(PUMP, object("11", List.of()));
    assertThat(fleet.app(PUMP)).isEmpty();
  }

  /** A status is written for what was read before, and answered after. */
  @Test
  void anAnswerTakesNoValueBackThatCameMeanwhile() {
    var fleet = new FleetIndex();
    DeclaredApp naming = DeclaredApp.read(object("9", FILES), new Pool());
    assertThat(fleet.put(naming)).contains(naming);
    DeclaredApp resolved = naming.resolved(values("level 2"), new TreeMap<>(), new Pool());
    assertThat(fleet.resolve(naming, old -> old.resolvedAs(resolved))).isTrue();
    fleet.refresh(PUMP, object("10", FILES));
    DeclaredApp now = fleet.app(PUMP).orElseThrow();
    assertThat(now.version()).isEqualTo("10");
    assertThat(now.isReadAs(resolved)).isTrue();
    // Nor does an event that was read before they came.
    DeclaredApp event = DeclaredApp.read(object("11", FILES), new Pool());
    assertThat(fleet.put(event)).contains(event.resolvedAs(resolved));
    now = fleet.app(PUMP).orElseThrow();
    // Of another spec the values are asked for anew.
    assertThat(fleet.resolve(pump("12"), old -> old.without(""))).isFalse();
    assertThat(fleet.app(PUMP)).contains(now);
  }

  @Test
  void aSpecIsReadAnewOnlyWithOtherValues() {
    var pool = new Pool();
    DeclaredApp naming = DeclaredApp.read(object("9", FILES), pool);
    assertThat(naming.reading())
        .isEqualTo(
            new DeclaredApp.Reading.Unresolved(
                new NamedValues.Named(
                    Set.of(new ConfigMapKey("edge-conf", "edge.conf")), Set.of())));
    DeclaredApp one = naming.resolved(values("level 1"), new TreeMap<>(), pool);
    DeclaredApp two = one.resolved(values("level 2"), new TreeMap<>(), pool);
    assertThat(one.isReadAs(naming.resolved(values("level 1"), new TreeMap<>(), pool))).isTrue();
    assertThat(one.isReadAs(two)).isFalse();
    assertThat(one.spec().node().toString()).contains("level 1").doesNotContain("configMap");
    assertThat(naming.isResolvedBy(two)).isTrue();
    assertThat(naming.isResolvedBy(naming)).isFalse();
    assertThat(pump("9").isResolvedBy(two)).isFalse();
    assertThat(two.namesValues()).isTrue();
    assertThat(pump("9").namesValues()).isFalse();

    DeclaredApp missing = two.resolved(values(""), new TreeMap<>(), pool);
    assertThat(missing.reading()).isInstanceOf(DeclaredApp.Reading.Invalid.class);
    assertThat(missing.resolved(values("level 2"), new TreeMap<>(), pool).isReadAs(two)).isTrue();
    assertThat(missing.weight()).as("the spec is kept").isGreaterThan(naming.weight());
    assertThat(naming.resolved(values("x".repeat(60_000)), new TreeMap<>(), pool).weight())
        .isGreaterThan(60_000 + naming.weight());
    // Nothing is kept of one for which there is no room.
    assertThat(two.without("no room").namesValues()).isFalse();
    assertThat(two.without("no room").weight()).isLessThan(naming.weight());
  }

  private static ContentLookup values(String value) {
    return new ContentLookup() {
      @Override
      public Included file(String path) {
        return FoundContent.noFiles();
      }

      @Override
      public Included configMap(ConfigMapKey key) {
        return value.isEmpty() ? ConfigMaps.noKey(key, "there") : FoundContent.text(value);
      }

      @Override
      public Included secret(SecretRef ref) {
        return new Included.InCluster();
      }
    };
  }
}
