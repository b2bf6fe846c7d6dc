package dev.sandbar.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collection;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SortedItemsTest {

  private static String name(Random random) {
    return random
        .ints(random.nextInt(3), 'a', 'd')
        .mapToObj(Character::toString)
        .collect(Collectors.joining());
  }

  @Test
  void isASortedSet() {
    var random = new Random(1);
    for (int i = 0; i < 500; i++) {
      List<String> names =
          IntStream.range(0, random.nextInt(12)).mapToObj(_ -> name(random)).toList();
      isThat(names, name(random));
    }
  }

  private static void isThat(List<String> names, String name) {
    var tree = new TreeSet<String>(names);
    SortedSet<String> sorted = SortedItems.copyOf(names);
    assertThat(sorted).isEqualTo(tree).containsExactlyElementsOf(tree);
    assertThat(tree).isEqualTo(sorted).hasSameHashCodeAs(sorted);
    assertThat(sorted.contains(name)).isEqualTo(tree.contains(name));
    assertThat(sorted.headSet(name)).containsExactlyElementsOf(tree.headSet(name));
    assertThat(sorted.tailSet(name)).containsExactlyElementsOf(tree.tailSet(name));
    assertThat(sorted.subSet("", name)).containsExactlyElementsOf(tree.subSet("", name));
    assertThat(sorted.comparator()).isNull();
    assertThat(SortedItems.copyOf(sorted)).isSameAs(sorted);
    if (!tree.isEmpty()) {
      assertThat(sorted.first()).isEqualTo(tree.first());
      assertThat(sorted.last()).isEqualTo(tree.last());
    }
  }

  @Test
  void nothingChangesIt() {
    var names = new TreeSet<String>(List.of("a", "b"));
    SortedSet<String> sorted = SortedItems.copyOf(names);
    names.add("c");
    assertThat(sorted).containsExactly("a", "b");
    Collection<String> same = sorted;
    assertThatThrownBy(() -> same.add("c")).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> same.remove("a")).isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void ofNothingThereIsNoFirst() {
    SortedSet<String> none = SortedItems.copyOf(List.<String>of());
    assertThatThrownBy(none::first).isInstanceOf(NoSuchElementException.class);
    assertThatThrownBy(none::last).isInstanceOf(NoSuchElementException.class);
    assertThatThrownBy(() -> SortedItems.copyOf(List.of("a", "b")).subSet("b", "a"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
