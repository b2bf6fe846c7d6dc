package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.store.StateStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
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
              DevicePolicy.DEFAULT,
              Instant.EPOCH);
      assertThat(targets.get(PUMP)).isInstanceOf(Target.Hold.class);
      // Nobody knows whether another policy than the one that let it in denies it.
      memory.judged().judged(DevicePolicy.DEFAULT);
      assertThat(unread(memory, DevicePolicy.DEFAULT)).isInstanceOf(Target.Hold.class);
      assertThat(unread(memory, DevicePolicy.NONE)).isInstanceOf(Target.Hold.class);
      var other = DevicePolicy.DEFAULT.withRaw(new Listed.Any<>());
      assertThat(unread(memory, other)).isInstanceOf(Target.Deny.class);
      assertThat(unread(new Memory(store), other)).isInstanceOf(Target.Deny.class);
    } finally {
      run("umount", file.toString());
    }
    assertThat(memory.unread()).isEmpty();
    assertThat(memory.revision(PUMP)).isEqualTo("revision");
  }

  private static Target unread(Memory memory, DevicePolicy policy) {
    return Objects.requireNonNull(
        Targets.decide(
                Declared.NOTHING,
                memory,
                _ -> new Compilation.Rejected(PUMP, List.of()),
                policy,
                Instant.EPOCH)
            .get(PUMP));
  }

  @Test
  void whileTheDiskFailsNothingDescendsAndEverythingWaits() throws Exception {
    if (!"true".equals(System.getenv("CI"))) {
      assumeTrue("root".equals(System.getProperty("user.name")), "only root makes a file fail");
    }
    var store = new StateStore(root);
    var owned = new TreeSet<>(List.of(new AppName("a"), PUMP));
    new AppliedSource(store, "url main").settled("main@one");
    new Memory(store).waiting().keep(new TreeSet<>(List.of(PUMP)), true);
    String memory = "/proc/" + ProcessHandle.current().pid() + "/mem";
    List<Path> files =
        List.of(
            root.resolve("var/lib/sandbar/state/applied-source.json"),
            root.resolve("var/lib/sandbar/state/held-back.json"));
    AppliedSource applied;
    Waiting waiting;
    for (Path file : files) {
      run("mount", "--bind", memory, file.toString());
    }
    try {
      applied = new AppliedSource(store, "url main");
      waiting = new Waiting(store);
      assertThat(applied.revision()).isEqualTo(AppliedSource.UNKNOWN);
      assertThat(waiting.of(owned)).isEqualTo(owned);
      waiting.keep(new TreeSet<>(), false);
      assertThat(waiting.of(owned)).isEqualTo(owned);
    } finally {
      for (Path file : files) {
        run("umount", file.toString());
      }
    }
    assertThat(applied.revision()).isEqualTo("main@one");
    assertThat(waiting.of(owned)).containsExactly(PUMP);
  }

  @Test
  void whatWasHeldBackWaitsForTheNextAgentToo() throws Exception {
    var store = new StateStore(root);
    var owned = new TreeSet<>(List.of(new AppName("a"), new AppName("b"), PUMP));
    var memory = new Memory(store);
    assertThat(memory.waiting().of(owned)).isEmpty();
    memory.waiting().keep(new TreeSet<>(List.of(PUMP)), false);
    assertThat(new Memory(store).waiting().of(owned)).containsExactly(PUMP);

    // A damaged document: until everything was looked at every app waits, also after a restart.
    Files.writeString(root.resolve("var/lib/sandbar/state/held-back.json"), "damaged");
    assertThat(new Memory(store).waiting().of(owned)).isEqualTo(owned);
    memory = new Memory(store);
    memory.waiting().keep(new TreeSet<>(), false);
    assertThat(memory.waiting().of(owned)).isEqualTo(owned);
    memory.waiting().keep(new TreeSet<>(List.of(PUMP)), true);
    assertThat(new Memory(store).waiting().of(owned)).containsExactly(PUMP);

    memory.remove(PUMP);
    assertThat(new Memory(store).waiting().of(owned)).isEmpty();
  }

  @Test
  void aDamagedBaseIsNoLicenceForAnyHistory() throws Exception {
    var store = new StateStore(root);
    assertThat(new AppliedSource(store, "url main").revision()).isEmpty();
    new AppliedSource(store, "url main").settled("main@one");
    assertThat(new AppliedSource(store, "url main").revision()).isEqualTo("main@one");
    assertThat(new AppliedSource(store, "other main").revision()).isEmpty();

    Files.writeString(root.resolve("var/lib/sandbar/state/applied-source.json"), "damaged");
    assertThat(new AppliedSource(store, "url main").revision()).isEqualTo(AppliedSource.UNKNOWN);
    var next = new AppliedSource(store, "url main");
    assertThat(next.revision()).isEqualTo(AppliedSource.UNKNOWN);
    next.settled("main@two");
    assertThat(new AppliedSource(store, "url main").revision()).isEqualTo("main@two");
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
