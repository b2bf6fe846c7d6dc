package dev.sandbar.device.hosts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.catalog.HostAddresses;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.device.store.StateStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostResolverTest {

  private static final Cidr ONE = Cidr.parse("198.51.100.1").orElseThrow();
  private static final Cidr TWO = Cidr.parse("198.51.100.2").orElseThrow();

  @TempDir private Path root;

  private final Map<String, List<Cidr>> answers = new ConcurrentHashMap<>();
  private final AtomicInteger changes = new AtomicInteger();

  private List<Cidr> asked(String name) throws IOException {
    List<Cidr> answer = answers.get(name);
    if (answer == null) {
      throw new IOException("no such host");
    }
    return answer;
  }

  private HostResolver start(HostLookup lookup) {
    var options =
        new HostOptions(
            lookup,
            Duration.ofMillis(50),
            Duration.ofMillis(50),
            Duration.ofHours(1),
            10,
            Duration.ofHours(1));
    return HostResolver.start(root, new StateStore(root), options, () -> changes.incrementAndGet());
  }

  private Set<Cidr> known(String name) {
    return KnownHosts.read(new StateStore(root)).of(name).addresses();
  }

  @Test
  void keepsOnTheDiskWhatChanges() throws Exception {
    answers.put("a.example", List.of(ONE));
    try (var resolver = start(this::asked)) {
      resolver.follow(List.of("a.example", "b.example", "not a name"));
      await().until(() -> known("a.example").equals(Set.of(ONE)));
      answers.put("a.example", List.of(TWO));
      answers.put("b.example", List.of(TWO));
      await().until(() -> known("a.example").equals(Set.of(ONE, TWO)));
      await().until(() -> known("b.example").equals(Set.of(TWO)));
    }
    assertThat(changes.get()).isBetween(2, 5);
    answers.clear();
    // The next one knows it too, without an answer.
    var questions = new AtomicInteger();
    try (var resolver =
        start(
            name -> {
              questions.incrementAndGet();
              return asked(name);
            })) {
      resolver.follow(List.of("a.example"));
      await().until(() -> questions.get() > 3);
      assertThat(known("a.example")).containsExactly(ONE, TWO);
    }
  }

  /** Neither who follows waits for it, nor the hosts of other name servers. */
  @Test
  void aSlowNameServerKeepsNobodyWaiting() throws Exception {
    answers.put("z.example", List.of(ONE));
    var late = new CountDownLatch(1);
    try (var resolver =
        start(
            name -> {
              if (name.startsWith("slow")) {
                await().until(() -> late.getCount() == 0);
              }
              return asked(name);
            })) {
      resolver.follow(List.of("slow1.example", "slow2.example", "z.example"));
      await().until(() -> known("z.example").equals(Set.of(ONE)));
    } finally {
      late.countDown();
    }
  }

  /** One app with many hosts takes nothing from others. */
  @Test
  void hostsThatWereThereFirstKeepTheirPlaces() {
    answers.put("z.example", List.of(ONE));
    var many = new ArrayList<>(List.of("z.example"));
    for (int i = 0; i < KnownHosts.MOST + 5; i++) {
      many.add("a" + i + ".example");
    }
    try (var resolver = start(this::asked)) {
      resolver.follow(List.of("z.example"));
      await().until(() -> known("z.example").equals(Set.of(ONE)));
      resolver.follow(many);
      await()
          .until(
              () ->
                  KnownHosts.read(new StateStore(root)).hosts().size() == KnownHosts.MOST
                      && known("z.example").equals(Set.of(ONE)));
    }
    try (var resolver = start(this::asked)) {
      resolver.follow(many);
      answers.put("z.example", List.of(TWO));
      await().until(() -> known("z.example").equals(Set.of(ONE, TWO)));
    }
  }

  @Test
  void survivesALookupThatFailsOtherwise() {
    answers.put("z.example", List.of(ONE));
    try (var resolver =
        start(
            name -> {
              if (name.startsWith("a")) {
                throw new IllegalStateException("defect");
              }
              return asked(name);
            })) {
      resolver.follow(List.of("a.example", "z.example"));
      await().until(() -> known("z.example").equals(Set.of(ONE)));
    }
  }

  @Test
  void addressesOfTheDeviceAreLeftOut() throws Exception {
    Path net = Files.createDirectories(root.resolve("proc/1/net"));
    Files.writeString(
        net.resolve("fib_trie"),
        """
        Local:
          +-- 0.0.0.0/0 3 0 5
             |-- 198.51.100.0
                /24 link UNICAST
             |-- 198.51.100.1
                /32 host LOCAL
             |-- 198.51.100.255
                /32 link BROADCAST
        """);
    Files.writeString(
        net.resolve("if_inet6"), "26000000000000000000000000000001 02 40 00 80     eth0\n");
    assertThat(OwnAddresses.of(root))
        .containsExactlyInAnyOrder(ONE, Cidr.parse("2600::1").orElseThrow());
    answers.put("a.example", List.of(ONE, TWO));
    try (var resolver = start(this::asked)) {
      resolver.follow(List.of("a.example"));
      await().until(() -> known("a.example").equals(Set.of(TWO)));
    }
  }

  @Test
  void whatCannotBeReadIsNothing() throws Exception {
    var store = new StateStore(root);
    assertThat(KnownHosts.read(store)).isEqualTo(HostAddresses.NONE);
    Path file = root.resolve("var/lib/sandbar/state/hosts.json");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "{\"version\":1");
    assertThat(KnownHosts.read(store)).isEqualTo(HostAddresses.NONE);
  }

  /** The loop, which is told, follows other hosts then. */
  @Test
  void whoIsToldMayFollowOthers() {
    answers.put("a.example", List.of(ONE));
    answers.put("b.example", List.of(TWO));
    var resolvers = new CopyOnWriteArrayList<HostResolver>();
    var followed = new AtomicBoolean();
    var options =
        new HostOptions(
            this::asked,
            Duration.ofMillis(50),
            Duration.ofMillis(50),
            Duration.ofHours(1),
            10,
            Duration.ofHours(1));
    Runnable changed =
        () -> {
          var other =
              Thread.ofVirtual()
                  .start(() -> resolvers.getFirst().follow(List.of("a.example", "b.example")));
          try {
            followed.compareAndSet(false, other.join(Duration.ofSeconds(5)));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    try (var resolver = HostResolver.start(root, new StateStore(root), options, changed)) {
      resolvers.add(resolver);
      resolver.follow(List.of("a.example"));
      await().until(() -> known("b.example").equals(Set.of(TWO)));
      assertThat(followed).isTrue();
    }
  }
}
