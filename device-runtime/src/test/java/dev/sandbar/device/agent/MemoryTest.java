package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.store.StateStore;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an agent knows of the one before it. */
final class MemoryTest {
  private static final AppName PUMP = new AppName("pump");
  private static final Version GOOD =
      new Version(Node.mapping(List.of()), Sha256.of("one"), "revision");

  @TempDir private Path root;

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  @Test
  void aRecordOnADiskThatFailsForAMomentIsNotForgotten() throws Exception {
    boolean rootUser = "root".equals(System.getProperty("user.name"));
    if (!"true".equals(System.getenv("CI"))) {
      assumeTrue(rootUser, "only root can make a file that fails");
    }
    var store = new StateStore(root);
    new Memory(store).put(AppRecord.fresh(PUMP).proved(GOOD));
    Path file = root.resolve("var/lib/sandbar/state/apps/pump.json");
    // Its first byte cannot be read: EIO.
    run("mount", "--bind", "/proc/" + ProcessHandle.current().pid() + "/mem", file.toString());
    Memory memory;
    try {
      memory = new Memory(store);
      assertThat(memory.records()).isEmpty();
      assertThat(memory.unread()).containsOnlyKeys(PUMP);
      // Nothing is done to it, whatever the source says: not even a removal.
      var targets =
          Targets.decide(
              Declared.NOTHING,
              memory,
              _ -> new Compilation.Rejected(PUMP, List.of()),
              Instant.EPOCH);
      assertThat(targets.get(PUMP)).isInstanceOf(Target.Hold.class);
    } finally {
      run("umount", file.toString());
    }
    assertThat(memory.unread()).isEmpty();
    assertThat(memory.revision(PUMP)).isEqualTo("revision");
  }

  @Test
  void whatWasBeingChangedIsKnownToTheNextAgent() throws Exception {
    var store = new StateStore(root);
    var memory = new Memory(store);
    memory.changing(new TreeSet<>(List.of(PUMP)));
    assertThat(new Memory(store).changing()).containsExactly(PUMP);
    memory.changing(new TreeSet<>());
    assertThat(new Memory(store).changing()).isEmpty();
  }
}
