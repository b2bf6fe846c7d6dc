package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.device.agent.Suspensions.Suspended;
import dev.sandbar.device.store.StateStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person suspended, from one agent to the next. */
class SuspensionsTest {
  private static final AppName PUMP = new AppName("pump");
  private static final AppName ALL = new AppName("all");

  @TempDir private Path root;

  @Test
  void itLastsUntilItIsResumed() throws IOException {
    var store = new StateStore(root);
    assertThat(Suspensions.read(store)).isEqualTo(Suspended.NOTHING);
    Suspensions.suspend(store, PUMP);
    Suspensions.suspend(store, PUMP);
    Suspended next = new Memory(new StateStore(root)).suspended();
    assertThat(next.covers(PUMP)).isTrue();
    assertThat(next.covers(ALL)).isFalse();
    assertThat(Suspensions.resume(store, PUMP)).isTrue();
    assertThat(Suspensions.resume(store, PUMP)).isFalse();
    assertThat(Suspensions.read(store)).isEqualTo(Suspended.NOTHING);
  }

  @Test
  void anAppThatIsCalledAllIsOneAndTheDeviceIsAnother() throws IOException {
    var store = new StateStore(root);
    Suspensions.suspend(store, ALL);
    assertThat(Suspensions.read(store).all()).isFalse();
    Suspensions.suspendAll(store);
    assertThat(Suspensions.read(store).covers(PUMP)).isTrue();
    Suspensions.resumeAll(store);
    assertThat(Suspensions.read(store)).isEqualTo(new Suspended(false, new TreeSet<>()));
  }

  @Test
  void whatASpecSuspendsIsResumedThere() throws IOException {
    var memory = new Memory(new StateStore(root));
    assertThat(memory.lookAtSuspended(declared(true)).covers(PUMP)).isTrue();
    assertThat(memory.lookAtSuspended(declared(true)).apps()).isEmpty();
    assertThat(memory.lookAtSuspended(declared(false)).covers(PUMP)).isFalse();
    assertThat(memory.lookAtSuspended(Declared.NOTHING).covers(PUMP)).isFalse();
  }

  private static Declared declared(boolean suspend) {
    Node spec = Node.mapping(List.of(Node.entry("suspend", Node.flag(suspend))));
    Node manifest = Node.mapping(List.of(Node.entry("spec", spec)));
    // Also of an app that this device cannot run.
    Compilation rejected = new Compilation.Rejected(PUMP, List.of());
    return new Declared(
        "r",
        new TreeMap<>(Map.of(PUMP, rejected)),
        new TreeMap<>(Map.of(PUMP, manifest)),
        new TreeMap<>(),
        List.of(),
        PruneGuard.Source.COMPLETE,
        new TreeMap<>());
  }

  @Test
  void damageResumesNothing() throws IOException {
    var store = new StateStore(root);
    Suspensions.suspend(store, PUMP);
    Suspensions.suspendAll(store);
    Path state = root.resolve("var/lib/sandbar/state");
    Files.writeString(state.resolve("suspend/pump.json"), "");
    Files.writeString(state.resolve("suspend-all/device.json"), "{");
    assertThat(Suspensions.read(store).all()).isTrue();
    assertThat(Suspensions.read(store).apps()).containsExactly(PUMP);
  }

  @Test
  void whatCannotBeReadNowHoldsAsItWas() throws IOException {
    var store = new StateStore(root);
    Suspensions.suspend(store, PUMP);
    var memory = new Memory(store);
    Path group = root.resolve("var/lib/sandbar/state/suspend");
    Files.move(group, group.resolveSibling("away"));
    Files.writeString(group, "not a directory");
    assertThat(memory.lookAtSuspended(Declared.NOTHING).covers(PUMP)).isTrue();
    Files.delete(group);
    Files.move(group.resolveSibling("away"), group);
    Suspensions.resumeAll(store);
    assertThat(memory.lookAtSuspended(Declared.NOTHING)).isEqualTo(Suspended.NOTHING);
  }
}
