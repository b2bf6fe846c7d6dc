package dev.sandbar.device.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.device.container.FlatTree.Directory;
import dev.sandbar.device.container.FlatTree.File;
import dev.sandbar.device.container.FlatTree.Symlink;
import dev.sandbar.device.container.LayerEntry.What;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class FlatTreeTest {

  private static LayerEntry of(String path, What what) {
    return new LayerEntry(
        path.isEmpty() ? List.of() : List.of(path.split("/", -1)),
        what,
        new LayerEntry.Attributes(0644, 1, 2, 3));
  }

  private static LayerEntry file(String path) {
    return of(path, new What.File());
  }

  private static LayerEntry directory(String path) {
    return of(path, new What.Directory());
  }

  private static LayerEntry link(String path, String target) {
    return of(path, new What.Symlink(target));
  }

  private static LayerEntry hard(String path, String target) {
    return of(path, new What.Hardlink(List.of(target.split("/", -1))));
  }

  @SafeVarargs
  private static FlatTree tree(List<LayerEntry>... layers) throws LayerException {
    var tree = new FlatTree(FlatTree.MOST_NAMES);
    for (int i = 0; i < layers.length; i++) {
      lay(tree, i, layers[i]);
    }
    return tree;
  }

  private static void lay(FlatTree tree, int layer, List<LayerEntry> entries)
      throws LayerException {
    for (LayerEntry entry : entries) {
      if (entry.isWhiteout()) {
        tree.remove(entry);
      }
    }
    for (int i = 0; i < entries.size(); i++) {
      tree.add(layer, i, entries.get(i));
    }
  }

  /** The names of every file that has some, by layer and entry. */
  private static Map<String, List<String>> names(FlatTree tree, int... entries) {
    FileNames names = FileNames.of(tree, entries);
    var all = new TreeMap<String, List<String>>();
    for (int layer = 0; layer < entries.length; layer++) {
      for (int entry = 0; entry < entries[layer]; entry++) {
        List<String> paths = names.of(layer, entry).stream().sorted().toList();
        if (!paths.isEmpty()) {
          all.put(layer + "." + entry, paths);
        }
      }
    }
    return all;
  }

  /**
   * Every path, with what is there: {@code d}, the layer and entry of a file, {@code -> target}.
   */
  private static Map<String, String> shown(FlatTree tree) {
    var shown = new TreeMap<String, String>();
    show(tree.root(), "", shown);
    return shown;
  }

  private static void show(Directory directory, String path, Map<String, String> shown) {
    directory
        .items()
        .forEach(
            (name, item) -> {
              switch (item) {
                case Directory inner -> {
                  shown.put(path + name, "d");
                  show(inner, path + name + "/", shown);
                }
                case File(_, int layer, int entry) -> shown.put(path + name, layer + "." + entry);
                case Symlink(_, var target) -> shown.put(path + name, "-> " + target);
              }
            });
  }

  @Test
  void anUpperLayerHidesReplacesAndAdds() throws LayerException {
    assertThat(
            shown(
                tree(
                    List.of(directory("a"), file("a/x"), file("a/y"), file("b"), file("c")),
                    List.of(file("a/.wh.x"), file("b/inner"), directory("c"), file("a/z")))))
        .isEqualTo(
            Map.of("a", "d", "a/y", "0.2", "a/z", "1.3", "b", "d", "b/inner", "1.1", "c", "d"));
  }

  @Test
  void anOpaqueDirectoryHidesOnlyWhatIsBelowIt() throws LayerException {
    assertThat(
            shown(
                tree(
                    List.of(file("a/x"), file("a/b/y")),
                    List.of(file("a/new"), file("a/.wh..wh..opq")))))
        .isEqualTo(Map.of("a", "d", "a/new", "1.0"));
  }

  @Test
  void namesOfAContentStayTogetherWhenTheFirstIsGone() throws LayerException {
    FlatTree tree =
        tree(
            List.of(file("a"), hard("b", "a"), hard("c/d", "b")),
            List.of(file(".wh.a"), file("b")));
    assertThat(shown(tree)).isEqualTo(Map.of("b", "1.1", "c", "d", "c/d", "0.0"));
    assertThat(names(tree, 3, 2)).isEqualTo(Map.of("1.1", List.of("b"), "0.0", List.of("c/d")));
    assertThat(names(tree(List.of(file("a"), hard("b", "a"), hard("c/d", "b"))), 3))
        .isEqualTo(Map.of("0.0", List.of("a", "b", "c/d")));
  }

  /** As in images whose /lib is a link, and whose upper layers write to lib. */
  @Test
  void anUpperLayerGoesThroughTheLinksOfALowerOne() throws LayerException {
    assertThat(
            shown(
                tree(
                    List.of(directory("usr/lib"), link("lib", "usr/lib"), link("up", "../../usr")),
                    List.of(file("lib/x"), file("up/y")))))
        .isEqualTo(
            Map.of(
                "usr",
                "d",
                "usr/lib",
                "d",
                "usr/lib/x",
                "1.0",
                "usr/y",
                "1.1",
                "lib",
                "-> usr/lib",
                "up",
                "-> ../../usr"));
    assertThat(shown(tree(List.of(link("lib", "usr/lib")), List.of(directory("lib")))))
        .isEqualTo(Map.of("lib", "d"));
  }

  @Test
  void linksGoUpToTheRootAndNoFurther() throws LayerException {
    assertThat(
            shown(
                tree(
                    List.of(
                        link("a/l", "../c"),
                        link("a/b/top", "../../../../e"),
                        link("a/b/whole", "/f"),
                        file("a/l/x"),
                        file("a/b/top/y"),
                        file("a/b/whole/z")))))
        .containsEntry("c/x", "0.3")
        .containsEntry("e/y", "0.4")
        .containsEntry("f/z", "0.5")
        .hasSize(11);
  }

  @Test
  void devicesHideAndAreNotThere() throws LayerException {
    assertThat(shown(tree(List.of(file("a")), List.of(of("a", new What.Special()))))).isEmpty();
  }

  @Test
  void whatHasNoEndIsRefused() {
    assertThatThrownBy(() -> tree(List.of(link("a", "b"), link("b", "a"), file("a/x"))))
        .hasMessageContaining("links that lead to each other");
    assertThatThrownBy(() -> tree(List.of(file("d/".repeat(200) + "x"))))
        .hasMessageContaining("inside each other");
    // A link makes the way down short, and the depth no smaller.
    assertThatThrownBy(
            () ->
                tree(
                    List.of(
                        directory("d/".repeat(100) + "e"),
                        link("s", "d/".repeat(100) + "e"),
                        directory("s/" + "f/".repeat(100) + "g"))))
        .hasMessageContaining("inside each other");
    assertThatThrownBy(() -> tree(List.of(hard("a", "none"))))
        .hasMessageContaining("hard link to '/none'");
    assertThatThrownBy(() -> tree(List.of(directory("a"), hard("b", "a"))))
        .hasMessageContaining("hard link to '/a'");
  }

  @Test
  void mountPointsAreMadeWhereNothingIs() throws LayerException {
    FlatTree tree = tree(List.of(link("run", "var/run"), file("tmp"), file("var/lib/x")));
    tree.addMissing(
        List.of(List.of("run"), List.of("tmp"), List.of("var", "lib"), List.of("var", "tmp")));
    assertThat(shown(tree))
        .isEqualTo(
            Map.of(
                "run",
                "-> var/run",
                "tmp",
                "0.1",
                "var",
                "d",
                "var/lib",
                "d",
                "var/lib/x",
                "0.2",
                "var/tmp",
                "d"));
  }

  @Test
  void saysWhetherAllBelongsToRoot() throws LayerException {
    var owned = new LayerEntry.Attributes(0644, 0, 0, 3);
    var root = new LayerEntry(List.of("a", "b"), new What.File(), owned);
    assertThat(tree(List.of(root)).isOfRoot()).isTrue();
    assertThat(tree(List.of(root), List.of(file("a/c"))).isOfRoot()).isFalse();
    assertThat(tree(List.of(root, of("", new What.Directory()))).isOfRoot()).isFalse();
  }

  static Stream<Integer> seeds() {
    return Stream.iterate(1, it -> it + 1).limit(300);
  }

  /** Layers laid on each other are what their operations do, one after the other. */
  @ParameterizedTest
  @MethodSource("seeds")
  void isWhatTheOperationsDo(int seed) throws LayerException {
    var random = new Random(seed);
    var tree = new FlatTree(FlatTree.MOST_NAMES);
    var expected = new TreeMap<String, String>();
    for (int layer = 0; layer < 3; layer++) {
      var entries = new ArrayList<LayerEntry>();
      for (int i = 0; i < 8; i++) {
        entries.add(any(random));
      }
      lay(tree, layer, entries);
      apply(layer, entries, expected);
    }
    assertThat(shown(tree)).isEqualTo(expected);
    var files = new TreeMap<String, List<String>>();
    expected.forEach(
        (path, what) -> {
          if (!what.equals("d")) {
            files.computeIfAbsent(what, _ -> new ArrayList<>()).add(path);
          }
        });
    assertThat(names(tree, 8, 8, 8)).isEqualTo(files);
  }

  private static LayerEntry any(Random random) {
    var path = new StringBuilder();
    for (int depth = random.nextInt(3); depth > 0; depth--) {
      path.append((char) ('a' + random.nextInt(3))).append('/');
    }
    return switch (random.nextInt(6)) {
      case 0 -> file(path + FlatTree.OPAQUE);
      case 1 -> file(path + LayerEntry.WHITEOUT + (char) ('a' + random.nextInt(3)));
      case 2, 3 -> directory(path.toString() + (char) ('a' + random.nextInt(3)));
      default -> file(path.toString() + (char) ('a' + random.nextInt(3)));
    };
  }

  private static void apply(int layer, List<LayerEntry> entries, TreeMap<String, String> all) {
    for (LayerEntry entry : entries) {
      String path = String.join("/", entry.path());
      String parent = path.contains("/") ? path.substring(0, path.lastIndexOf('/') + 1) : "";
      String name = path.substring(parent.length());
      if (name.equals(FlatTree.OPAQUE)) {
        if (isDirectory(parent, all)) {
          all.keySet().removeIf(it -> it.startsWith(parent) && !it.equals(parent));
        }
      } else if (name.startsWith(LayerEntry.WHITEOUT) && isDirectory(parent, all)) {
        cut(parent + name.substring(LayerEntry.WHITEOUT.length()), all);
      }
    }
    for (int i = 0; i < entries.size(); i++) {
      LayerEntry entry = entries.get(i);
      if (entry.path().getLast().startsWith(LayerEntry.WHITEOUT)) {
        continue;
      }
      for (int depth = 1; depth < entry.path().size(); depth++) {
        String above = String.join("/", entry.path().subList(0, depth));
        if (!all.getOrDefault(above, "").equals("d")) {
          all.put(above, "d");
        }
      }
      String path = String.join("/", entry.path());
      if (entry.what() instanceof What.File) {
        cut(path, all);
        all.put(path, layer + "." + i);
      } else if (!all.getOrDefault(path, "").equals("d")) {
        all.put(path, "d");
      }
    }
  }

  private static boolean isDirectory(String parent, Map<String, String> all) {
    return parent.isEmpty()
        || all.getOrDefault(parent.substring(0, parent.length() - 1), "").equals("d");
  }

  private static void cut(String path, TreeMap<String, String> all) {
    all.keySet().removeIf(it -> it.equals(path) || it.startsWith(path + "/"));
  }
}
