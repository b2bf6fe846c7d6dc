package dev.sandbar.device.container;

import dev.sandbar.core.model.SafeText;
import dev.sandbar.device.container.LayerEntry.What;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a container sees once all layers lie on each other: names and whose content they have, not
 * the content itself. Source: the OCI image specification, <em>Image Layer Filesystem
 * Changeset</em>.
 *
 * <p>Names of an upper layer go through symbolic links that a lower one has in the place of a
 * directory, as they do when container tools unpack them, and never out of the root of the image.
 */
final class FlatTree {

  /** Before the name of what an upper layer removes. */
  static final String WHITEOUT = ".wh.";

  /** In a directory whose content in lower layers an upper one removes. */
  static final String OPAQUE = ".wh..wh..opq";

  /** Names in all layers together. */
  static final int MOST_NAMES = 300_000;

  /** Directories inside each other. */
  static final int DEEPEST = 128;

  private static final int MOST_LINKS = 40;

  private final Directory root = new Directory(implied(), 0);
  private int names;

  /** Which entry of which layer a content stands in. */
  record Content(int layer, int entry) {}

  /** What a name is. */
  sealed interface Item {}

  /** A directory. */
  static final class Directory implements Item {
    private LayerEntry entry;
    private final int depth;
    private final SortedMap<String, Item> items = new TreeMap<>();

    Directory(LayerEntry entry, int depth) {
      this.entry = entry;
      this.depth = depth;
    }

    LayerEntry entry() {
      return entry;
    }

    SortedMap<String, Item> items() {
      return Collections.unmodifiableSortedMap(items);
    }
  }

  /** A regular file; several names may have one content. */
  record File(LayerEntry entry, Content content) implements Item {}

  /** A symbolic link. */
  record Symlink(LayerEntry entry, String target) implements Item {}

  Directory root() {
    return root;
  }

  /** A directory of which no layer says anything. */
  private static LayerEntry implied() {
    return new LayerEntry(List.of(), new What.Directory(), 0755, 0, 0, 0);
  }

  /**
   * Lays a layer on those before it. What it removes are things of those, wherever in the layer it
   * says so.
   *
   * @param number of the layer, the lowest first
   */
  void add(int number, List<LayerEntry> entries) throws LayerException {
    for (LayerEntry entry : entries) {
      if (isWhiteout(entry)) {
        remove(entry);
      }
    }
    for (int i = 0; i < entries.size(); i++) {
      LayerEntry entry = entries.get(i);
      if (entry.path().isEmpty()) {
        root.entry = entry;
      } else if (!isWhiteout(entry)) {
        add(entry, new Content(number, i));
      }
    }
  }

  private static boolean isWhiteout(LayerEntry entry) {
    return !entry.path().isEmpty() && entry.path().getLast().startsWith(WHITEOUT);
  }

  private static List<String> parent(List<String> path) {
    return path.subList(0, path.size() - 1);
  }

  private void remove(LayerEntry whiteout) throws LayerException {
    String name = whiteout.path().getLast();
    walk(parent(whiteout.path()), false)
        .ifPresent(
            parent -> {
              if (name.equals(OPAQUE)) {
                parent.items.clear();
              } else {
                parent.items.remove(name.substring(WHITEOUT.length()));
              }
            });
  }

  private void add(LayerEntry entry, Content content) throws LayerException {
    Directory parent = walk(parent(entry.path()), true).orElseThrow();
    String name = entry.path().getLast();
    switch (entry.what()) {
      case What.Directory() -> {
        if (parent.items.get(name) instanceof Directory there) {
          there.entry = entry;
        } else {
          make(parent, name).entry = entry;
        }
      }
      case What.File() -> put(parent, name, new File(entry, content));
      case What.Symlink(var target) -> put(parent, name, new Symlink(entry, target));
      case What.Hardlink(var target) -> put(parent, name, linked(target));
      case What.Special() -> parent.items.remove(name);
    }
  }

  private Item linked(List<String> target) throws LayerException {
    Optional<Directory> parent = target.isEmpty() ? Optional.empty() : walk(parent(target), false);
    Item item = parent.isEmpty() ? null : parent.get().items.get(target.getLast());
    if (item == null || item instanceof Directory) {
      throw new LayerException(
          "its layers have a hard link to %s, which is no file of theirs"
              .formatted(SafeText.shown("/" + String.join("/", target))));
    }
    return item;
  }

  /**
   * The directory at the path, links followed.
   *
   * @param make whether what is no directory on the way is replaced by one; else the answer is
   *     empty then
   */
  private Optional<Directory> walk(List<String> path, boolean make) throws LayerException {
    var way = new ArrayList<>(List.of(root));
    Deque<String> left = new ArrayDeque<>(path);
    int links = 0;
    while (!left.isEmpty()) {
      String name = left.pop();
      if (name.equals("..")) {
        // Above the root is the root, as in a chroot.
        if (way.size() > 1) {
          way.removeLast();
        }
        continue;
      }
      Item item = way.getLast().items.get(name);
      if (item instanceof Directory directory) {
        way.add(directory);
      } else if (item instanceof Symlink(_, var target)) {
        if (++links > MOST_LINKS) {
          throw new LayerException("its layers have links that lead to each other");
        }
        parts(target).reversed().forEach(left::push);
        if (target.startsWith("/")) {
          way = new ArrayList<>(List.of(root));
        }
      } else if (make) {
        way.add(make(way.getLast(), name));
      } else {
        return Optional.empty();
      }
    }
    return Optional.of(way.getLast());
  }

  private static List<String> parts(String target) {
    var parts = new ArrayList<String>();
    for (String part : target.split("/", -1)) {
      if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return parts;
  }

  private Directory make(Directory parent, String name) throws LayerException {
    if (parent.depth == DEEPEST) {
      throw new LayerException(
          "its layers have more than %d directories inside each other".formatted(DEEPEST));
    }
    var made = new Directory(implied(), parent.depth + 1);
    put(parent, name, made);
    return made;
  }

  private void put(Directory parent, String name, Item item) throws LayerException {
    if (++names > MOST_NAMES) {
      throw new LayerException("its layers have more than %d names".formatted(MOST_NAMES));
    }
    parent.items.put(name, item);
  }

  /** The latest time of anything in it, in seconds since 1970. */
  long latest() {
    return latest(root);
  }

  private static long latest(Directory directory) {
    long latest = directory.entry.seconds();
    for (Item item : directory.items.values()) {
      latest =
          Math.max(
              latest,
              switch (item) {
                case Directory inner -> latest(inner);
                case File(var entry, _) -> entry.seconds();
                case Symlink(var entry, _) -> entry.seconds();
              });
    }
    return latest;
  }

  /** Makes these directories where the image has nothing of the name. */
  void addMissing(List<List<String>> paths) throws LayerException {
    for (List<String> path : paths) {
      Directory here = root;
      for (String name : path) {
        Item item = here.items.get(name);
        if (item != null && !(item instanceof Directory)) {
          break;
        }
        here = item instanceof Directory there ? there : make(here, name);
      }
    }
  }

  /** All names of every content, in the order of the alphabet. */
  Map<Content, List<String>> contents() {
    var contents = new HashMap<Content, List<String>>();
    collect(root, "", contents);
    return contents;
  }

  private static void collect(
      Directory directory, String path, Map<Content, List<String>> contents) {
    directory.items.forEach(
        (name, item) -> {
          switch (item) {
            case Directory inner -> collect(inner, path + name + "/", contents);
            case File(_, var content) ->
                contents.computeIfAbsent(content, _ -> new ArrayList<>()).add(path + name);
            case Symlink _ -> {}
          }
        });
  }
}
