package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.bundle.Decommission;
import dev.sandbar.core.fleet.Reach;
import dev.sandbar.core.model.AppName;
import dev.sandbar.operator.publish.Pool;
import dev.sandbar.operator.publish.PublishedBundle;
import dev.sandbar.operator.reconcile.Withdrawals.Verdict;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** When an app leaves the devices that it no longer selects. */
class WithdrawalsTest {
  private static final String FLEET = "fleet";

  private final FleetIndex fleet = new FleetIndex();
  private final AtomicLong now = new AtomicLong();
  private final Withdrawals withdrawals = new Withdrawals(fleet, now::get);
  private int version;

  private DeclaredApp pump(String role, Map<String, String> annotations, boolean heldBack) {
    var object = new GenericKubernetesResource();
    object.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(FLEET)
            .withName("pump")
            .withResourceVersion(String.valueOf(++version))
            .withGeneration(1L)
            .withAnnotations(annotations)
            .build());
    object.setAdditionalProperty(
        "spec",
        Map.of(
            "devices", Map.of("matchLabels", Map.of("role", role)),
            "run", Map.of("command", List.of("/usr/bin/sleep", "infinity"))));
    if (heldBack) {
      object.setAdditionalProperty(
          "status",
          Map.of(
              "conditions",
              List.of(
                  Map.of(
                      "type", "Stalled",
                      "status", "True",
                      "reason", "AppsWithdrawn",
                      "message", "",
                      "lastTransitionTime", "2026-01-01T00:00:00Z"))));
    }
    return DeclaredApp.read(object, new Pool());
  }

  private DeclaredApp pump(String role) {
    return pump(role, Map.of(), false);
  }

  private static Key key(int device) {
    return new Key(FLEET, "d" + device);
  }

  /** Devices with a label; what is published for them is the app as it is declared here. */
  private void devices(int from, int to, String role, DeclaredApp published) {
    label(from, to, role);
    for (int i = from; i < to; i++) {
      var name = new AppName("pump");
      var entries = new TreeMap<AppName, BundleEntry>();
      entries.put(name, new BundleEntry(name, published.spec().node(), 1, "", ""));
      assertThat(
              fleet.put(
                  key(i),
                  new PublishedBundle(
                      "1", "", entries, true, Decommission.NONE, "", new TreeMap<>(), false, "")))
          .isTrue();
    }
  }

  private void label(int from, int to, String role) {
    for (int i = from; i < to; i++) {
      var _ =
          fleet.put(
              new ReconciledDevice(
                  key(i),
                  Map.of("role", role),
                  Reach.REACHABLE,
                  new TreeMap<>(),
                  true,
                  false,
                  false));
    }
  }

  private void after(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private Verdict settled(DeclaredApp app) {
    assertThat(withdrawals.of(key(0), app, true)).isEqualTo(Verdict.SETTLES);
    after(Withdrawals.SETTLES);
    return withdrawals.of(key(0), app, true);
  }

  @Test
  void aThirdOfTheDevicesMayLoseAnAppAndNotMore() {
    devices(0, 2, "door", pump("pump"));
    devices(2, 6, "pump", pump("pump"));
    assertThat(settled(pump("pump"))).isEqualTo(Verdict.LEAVES);
    label(2, 3, "door");
    assertThat(withdrawals.objection(pump("pump")))
        .contains("3 of 6 devices would lose the app at once, more than 2")
        .endsWith("kubectl annotate asb pump --overwrite sandbar.dev/maxRemovals=3");
  }

  /** A selector that is mistyped may select others, and many. */
  @Test
  void devicesThatASelectorAddsDoNotOffsetThoseThatItTakesAway() {
    devices(0, 6, "pump", pump("pump"));
    DeclaredApp mistyped = pump("door");
    // They have got it already.
    devices(6, 100, "door", mistyped);
    assertThat(settled(mistyped)).isEqualTo(Verdict.HELD);
    assertThat(withdrawals.objection(mistyped)).contains("all 6 devices that have the app");
  }

  /** Whoever has a bootstrap token makes Devices: they have nothing to keep. */
  @Test
  void devicesWithoutTheAppDoNotOffsetThoseThatLoseIt() {
    devices(0, 6, "door", pump("pump"));
    label(6, 100, "pump");
    assertThat(withdrawals.objection(pump("pump"))).contains("all 6 devices that have the app");
  }

  /** The same after a restart, whatever has come since. */
  @Test
  void whatWasHeldBackIsNotReleasedByDevicesThatCome() {
    devices(0, 2, "door", pump("pump"));
    devices(2, 100, "pump", pump("pump"));
    assertThat(settled(pump("pump", Map.of(), true))).isEqualTo(Verdict.HELD);
    assertThat(
            withdrawals.of(
                key(0), pump("pump", Map.of("sandbar.dev/maxRemovals", "1"), true), true))
        .isEqualTo(Verdict.HELD);
    assertThat(
            withdrawals.of(
                key(0), pump("pump", Map.of("sandbar.dev/maxRemovals", "2"), true), true))
        .isEqualTo(Verdict.LEAVES);
  }

  @Test
  void whatIsNoNumberConsentsToNothing() {
    devices(0, 2, "door", pump("pump"));
    for (String text : List.of("", "-1", "all", "2.5", "99999999999", "٢")) {
      assertThat(
              withdrawals.objection(pump("pump", Map.of("sandbar.dev/maxRemovals", text), false)))
          .as(text)
          .contains("all 2 devices");
    }
  }

  /** Labels are set one after the other: a part of them may be few enough. */
  @Test
  void nothingLeavesWhileMoreAndMoreDevicesAreFound() {
    devices(0, 9, "pump", pump("pump"));
    DeclaredApp app = pump("pump");
    for (int i = 0; i < 9; i++) {
      label(i, i + 1, "door");
      assertThat(withdrawals.of(key(i), app, true)).isEqualTo(Verdict.SETTLES);
      after(Withdrawals.SETTLES.minusMillis(1));
      assertThat(withdrawals.of(key(0), app, true)).isEqualTo(Verdict.SETTLES);
    }
    after(Duration.ofMillis(1));
    assertThat(withdrawals.of(key(0), app, true)).isEqualTo(Verdict.HELD);
  }

  /** A label that flaps keeps no app on the other devices. */
  @Test
  void aDeviceWaitsForOthersForSomeMinutesAtMost() {
    devices(0, 9, "pump", pump("pump"));
    DeclaredApp app = pump("pump");
    label(0, 1, "door");
    for (int i = 0; i < 100; i++) {
      if (withdrawals.of(key(0), app, true) == Verdict.LEAVES) {
        assertThat(now.get()).isLessThan(Duration.ofMinutes(6).toNanos());
        return;
      }
      withdrawals.only(key(1), Set.of());
      assertThat(withdrawals.of(key(1), app, true)).isEqualTo(Verdict.SETTLES);
      after(Duration.ofSeconds(5));
    }
    throw new AssertionError("it waits for ever");
  }

  @Test
  void nothingLeavesBeforeAllDevicesAreKnown() {
    devices(0, 1, "door", pump("pump"));
    devices(1, 6, "pump", pump("pump"));
    assertThat(withdrawals.of(key(0), pump("pump"), false)).isEqualTo(Verdict.SETTLES);
    after(Duration.ofHours(1));
    assertThat(withdrawals.of(key(0), pump("pump"), false)).isEqualTo(Verdict.SETTLES);
    assertThat(withdrawals.of(key(0), pump("pump"), true)).isEqualTo(Verdict.LEAVES);
  }
}
