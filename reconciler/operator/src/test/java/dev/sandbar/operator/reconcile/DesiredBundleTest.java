package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.bundle.Decommission;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.fleet.Intent;
import dev.sandbar.core.fleet.Reach;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.DeviceVariables;
import dev.sandbar.core.model.HoldSpec;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.operator.publish.Pool;
import dev.sandbar.operator.publish.PublishedBundle;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What becomes of apps on a device. */
class DesiredBundleTest {
  private static final SealRecipient NONE = new SealRecipient("", "");
  private static final int APPS = 520;

  private final Pool pool = new Pool();

  private static GenericKubernetesResource object(String name, long generation) {
    var object = new GenericKubernetesResource();
    object.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("fleet")
            .withName(name)
            .withResourceVersion("1")
            .withGeneration(generation)
            .build());
    return object;
  }

  /** The first twenty are not valid. */
  private DeclaredApp app(int i) {
    GenericKubernetesResource object = object("app-%04d".formatted(i), 1L);
    object.setAdditionalProperty(
        "spec",
        Map.of("run", i < 20 ? Map.of() : Map.of("command", List.of("/usr/bin/sleep", "1"))));
    return DeclaredApp.read(object, pool);
  }

  private ReconciledDevice state(int apps, DesiredBundle.Ability ability) {
    DesiredBundle desired =
        DesiredBundle.of(
            IntStream.range(0, apps).mapToObj(this::app).toList(),
            new DeviceVariables("one", Map.of(), Map.of()),
            Map.of(),
            PublishedBundle.NONE,
            HoldSpec.NONE,
            ability,
            new CompileCache(() -> {}),
            (_, _) -> Optional.empty(),
            _ -> Withdrawals.Verdict.LEAVES);
    assertThat(desired.apps()).hasSize(apps);
    return new ReconciledDevice(
        new Key("fleet", "one"), Map.of(), Reach.REACHABLE, desired.kept(), true, false, false);
  }

  @Test
  void noMoreIsKeptThanABundleHolds() {
    var ability = new DesiredBundle.Ability(Sha256.of("facts"), ReferenceDevice.facts(), NONE);
    ReconciledDevice state = state(APPS + 10, ability);
    assertThat(state.apps()).hasSize(Bundle.MAX_APPS);
    assertThat(state.app("app-0020").intent()).isInstanceOf(Intent.Published.class);
    assertThat(state.app("app-0519").intent()).isInstanceOf(Intent.Published.class);
    assertThat(state.app("app-0525").intent())
        .isInstanceOfSatisfying(
            Intent.Refused.class, full -> assertThat(full.reason()).isEqualTo("BundleFull"));
  }

  @Test
  void ofFewAppsEachIsKeptAndOneThatIsNewWaits() {
    ReconciledDevice state =
        state(30, new DesiredBundle.Ability(Sha256.of("facts"), ReferenceDevice.facts(), NONE));
    assertThat(state.apps()).hasSize(30);
    assertThat(state.isFull()).isFalse();
    assertThat(state.app("app-0500").intent()).isInstanceOf(Intent.Waiting.class);
  }

  /** An app that selects no device here, and one that is new here. */
  private DesiredBundle withdrawing(PublishedBundle bundle, Withdrawals.Verdict verdict) {
    GenericKubernetesResource gone = object("gone", 7L);
    gone.setAdditionalProperty(
        "spec",
        Map.of(
            "devices", Map.of("matchLabels", Map.of("role", "none")),
            "run", Map.of("command", List.of("/usr/bin/other", "1"))));
    return DesiredBundle.of(
        List.of(DeclaredApp.read(gone, pool), app(20)),
        new DeviceVariables("one", Map.of(), Map.of()),
        Map.of(),
        bundle,
        HoldSpec.NONE,
        new DesiredBundle.Ability(Sha256.of("facts"), ReferenceDevice.facts(), NONE),
        new CompileCache(() -> {}),
        (_, _) -> Optional.empty(),
        _ -> verdict);
  }

  /** No mark, no later spec, nothing that a device could take for more than it was. */
  @Test
  void whatIsHeldBackStaysInTheBundleToTheByte() {
    var entry = new BundleEntry(new AppName("gone"), app(30).spec().node(), 3, "main@sha1:abc", "");
    var entries = new TreeMap<AppName, BundleEntry>();
    entries.put(entry.name(), entry);
    var bundle =
        new PublishedBundle(
            "1", "", entries, true, Decommission.NONE, "", new TreeMap<>(), false, "");
    var fresh = new AppName("app-0020");

    DesiredBundle held = withdrawing(bundle, Withdrawals.Verdict.HELD);
    assertThat(held.entries()).containsEntry(entry.name(), entry).containsKey(fresh);
    assertThat(held.withdrawn()).containsExactly("gone");
    assertThat(held.again()).isPositive();

    DesiredBundle settling = withdrawing(bundle, Withdrawals.Verdict.SETTLES);
    assertThat(settling.entries()).containsOnly(Map.entry(entry.name(), entry));
    assertThat(settling.withdrawn()).containsExactly("gone");

    DesiredBundle leaving = withdrawing(bundle, Withdrawals.Verdict.LEAVES);
    assertThat(leaving.entries()).containsOnlyKeys(fresh);
    assertThat(leaving.withdrawn()).isEmpty();
    assertThat(leaving.again()).isZero();

    DesiredBundle nothing = withdrawing(PublishedBundle.NONE, Withdrawals.Verdict.HELD);
    assertThat(nothing.entries()).as("never had it").containsOnlyKeys(fresh);
  }
}
