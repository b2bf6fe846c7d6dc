package dev.sandbar.device.container;

import dev.sandbar.device.container.FlatTree.Directory;
import dev.sandbar.device.container.FlatTree.File;
import dev.sandbar.device.container.FlatTree.Symlink;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The names that the files of layers have in the end. Most have one or none, and a path is made
 * only when it is asked for.
 */
final class FileNames {

  /** A directory with its way up. */
  private record Folder(@Nullable Folder above, String name) {
    String path(String last) {
      String path = name.isEmpty() ? last : name + "/" + last;
      return above == null ? path : above.path(path);
    }
  }

  /** One name, and the others of the same file. */
  private record Name(Folder folder, String last, @Nullable Name next) {}

  private final @Nullable Name[][] layers;

  private FileNames(int[] entries) {
    this.layers = new Name[entries.length][];
    for (int i = 0; i < entries.length; i++) {
      layers[i] = new Name[entries[i]];
    }
  }

  /**
   * Those in a tree that is whole.
   *
   * @param entries how many each layer has
   */
  static FileNames of(FlatTree tree, int[] entries) {
    var names = new FileNames(entries);
    names.collect(tree.root(), new Folder(null, ""));
    return names;
  }

  private void collect(Directory directory, Folder folder) {
    for (Map.Entry<String, FlatTree.Item> item : directory.items().entrySet()) {
      switch (item.getValue()) {
        case Directory inner -> collect(inner, new Folder(folder, item.getKey()));
        case File(_, int layer, int entry) ->
            layers[layer][entry] = new Name(folder, item.getKey(), layers[layer][entry]);
        case Symlink _ -> {}
      }
    }
  }

  /** All paths of one file; none if nothing of it is left. */
  List<String> of(int layer, int entry) {
    var paths = new ArrayList<String>();
    for (Name name = layers[layer][entry]; name != null; name = name.next()) {
      paths.add(name.folder().path(name.last()));
    }
    return paths;
  }
}
