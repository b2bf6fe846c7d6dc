package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.fleet.Intent;
import dev.sandbar.core.fleet.Reach;
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
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What becomes of apps on a device. */
class DesiredBundleTest {
  private static final SealRecipient NONE = new SealRecipient("", "");
  private static final int APPS = 520;

  private final Pool pool = new Pool();

  /** The first twenty are not valid. */
  private DeclaredApp app(int i) {
    var object = new GenericKubernetesResource();
    object.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("fleet")
            .withName("app-%04d".formatted(i))
            .withResourceVersion("1")
            .withGeneration(1L)
            .build());
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
}
