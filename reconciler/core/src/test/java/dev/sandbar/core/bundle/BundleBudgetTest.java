package dev.sandbar.core.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.EncodedSize;
import dev.sandbar.core.model.Node;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which apps a bundle has room for. */
class BundleBudgetTest {
  private static final int KIB = 1024;
  private static final int SEED = 20_264;

  private static BundleEntry app(String name, int bytes) {
    Node spec = Node.mapping(List.of(Node.entry("run", Node.text("x".repeat(bytes)))));
    return new BundleEntry(new AppName(name), spec, 1, "generation/1", "");
  }

  private static SortedMap<AppName, BundleEntry> apps(BundleEntry... entries) {
    var apps = new TreeMap<AppName, BundleEntry>();
    for (BundleEntry entry : entries) {
      apps.put(entry.name(), entry);
    }
    return apps;
  }

  private static List<String> names(Collection<AppName> names) {
    return names.stream().map(AppName::value).toList();
  }

  @Test
  void whatFitsIsPublishedAndWhatOverflowsIsRefusedByName() {
    var budget =
        BundleBudget.fit(
            apps(app("a", 600 * KIB), app("b", 600 * KIB), app("c", 300 * KIB)), apps());
    assertThat(names(budget.entries().keySet())).containsExactly("a", "c");
    assertThat(names(budget.refused())).containsExactly("b");
  }

  /** A device reads so many values of an answer, which has what it reported as well. */
  @Test
  void littleValuesTakeMoreThanTheirBytes() {
    Node ports = Node.list(IntStream.range(0, 1_000).mapToObj(Node::number).toList());
    Node spec = Node.mapping(List.of(Node.entry("ports", ports)));
    var apps = new TreeMap<AppName, BundleEntry>();
    for (int i = 0; i < 200; i++) {
      var name = new AppName("app-" + i);
      apps.put(name, new BundleEntry(name, spec, 1, "generation/1", ""));
    }
    var budget = BundleBudget.fit(apps, apps());
    assertThat(budget.entries().values().stream().mapToLong(it -> values(it.toNode())).sum())
        .isBetween(60_000L, 66_000L);
    assertThat(budget.refused()).isNotEmpty();
  }

  private static long values(Node node) {
    return switch (node) {
      case Node.Scalar _ -> 1;
      case Node.Sequence(_, var items) ->
          1 + items.stream().mapToLong(BundleBudgetTest::values).sum();
      case Node.Mapping(_, var entries) ->
          1 + entries.stream().mapToLong(it -> values(it.value())).sum();
    };
  }

  @Test
  void whatIsPublishedKeepsItsPlace() {
    var now = apps(app("z", 600 * KIB));
    var budget = BundleBudget.fit(apps(app("a", 600 * KIB), app("z", 600 * KIB)), now);
    assertThat(names(budget.entries().keySet())).containsExactly("z");
    assertThat(names(budget.refused())).containsExactly("a");
  }

  @Test
  void aVersionThatDoesNotFitLeavesThePublishedOne() {
    var now = apps(app("a", 500 * KIB), app("b", 400 * KIB));
    var budget = BundleBudget.fit(apps(app("a", 700 * KIB), app("b", 400 * KIB)), now);
    assertThat(budget.entries()).isEqualTo(now);
    assertThat(names(budget.refused())).containsExactly("a");
  }

  @Test
  void whatIsRemovedAndWhatShrinksMakesRoomFirst() {
    var now = apps(app("gone", 400 * KIB), app("small", 500 * KIB));
    var wanted = apps(app("big", 900 * KIB), app("small", KIB));
    assertThat(BundleBudget.fit(wanted, now).entries()).isEqualTo(wanted);
  }

  @Test
  void aBundleHasNoMoreAppsThanADeviceReads() {
    var wanted = new TreeMap<AppName, BundleEntry>();
    IntStream.range(0, Bundle.MAX_APPS + 3)
        .mapToObj(i -> app("app-%04d".formatted(i), 10))
        .forEach(app -> wanted.put(app.name(), app));
    var budget = BundleBudget.fit(wanted, apps());
    assertThat(budget.entries()).hasSize(Bundle.MAX_APPS);
    assertThat(names(budget.refused())).containsExactly("app-0500", "app-0501", "app-0502");
    assertThat(
            BundleReading.read(new Bundle(budget.entries(), Decommission.NONE).toNode()).problems())
        .isEmpty();
  }

  /** Fields cost more than their bytes: the API server notes each of them once more. */
  @Test
  void manyFieldsOfNothingCountToo() {
    var fields =
        IntStream.range(0, 1_000).mapToObj(i -> Node.entry("k" + i, Node.text(""))).toList();
    var entry = new BundleEntry(new AppName("a"), Node.mapping(fields), 1, "r", "");
    assertThat(BundleBudget.cost(entry)).isGreaterThan(2 * EncodedSize.of(entry.spec()));
  }

  @Test
  void askingAgainChangesNothing() {
    var random = new Random(SEED);
    for (int round = 0; round < 300; round++) {
      var now = BundleBudget.fit(some(random), apps()).entries();
      var wanted = some(random);
      BundleBudget once = BundleBudget.fit(wanted, now);
      assertThat(BundleBudget.fit(wanted, once.entries())).isEqualTo(once);
      var all = new TreeSet<>(once.entries().keySet());
      all.addAll(once.refused());
      assertThat(all).isEqualTo(wanted.keySet());
      assertThat(once.entries().values().stream().mapToLong(BundleBudget::cost).sum())
          .isLessThanOrEqualTo(BundleBudget.MOST_BYTES);
    }
  }

  private static SortedMap<AppName, BundleEntry> some(Random random) {
    var apps = new TreeMap<AppName, BundleEntry>();
    for (int i = 0; i < 8; i++) {
      if (random.nextInt(3) > 0) {
        BundleEntry app = app("app-" + i, 16 * KIB * (1 + random.nextInt(20)));
        apps.put(app.name(), app);
      }
    }
    return apps;
  }
}
