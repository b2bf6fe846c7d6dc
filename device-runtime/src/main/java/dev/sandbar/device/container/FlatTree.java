package dev.sandbar.device.container;

import dev.sandbar.core.model.SafeText;
import dev.sandbar.device.container.LayerEntry.Attributes;
import dev.sandbar.device.container.LayerEntry.What;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
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
 *
 * <p>The agent has little memory: a name takes some 250 bytes, and no path is kept.
 */
final class FlatTree {

  /** In a directory whose content in lower layers an upper one removes. */
  static final String OPAQUE = ".wh..wh..opq";

  /**
   * Names in all layers together: of a size that the agent, with its 64 MiB, holds beside all else.
   */
  static final int MOST_NAMES = 60_000;

  /** Bytes of the heap for each of them, on the average: of the usual lengths there is room. */
  static final int BYTES = 320;

  /** What an entry takes without its name and without where it leads. */
  private static final int BARE = 200;

  /** Directories inside each other. */
  static final int DEEPEST = 128;

  private static final int MOST_LINKS = 40;

  private final Directory root = new Directory(Attributes.IMPLIED, 0);
  private final int most;
  private int names;
  private long bytes;

  /**
   * An empty one.
   *
   * @param most names that all layers together may have
   */
  FlatTree(int most) {
    this.most = most;
  }

  /** What a name is. */
  sealed interface Item {
    /** What was said of it last. */
    Attributes attributes();
  }

  /** A directory. */
  static final class Directory implements Item {
    private Attributes attributes;
    private final int depth;
    private final SortedMap<String, Item> items = new TreeMap<>();

    Directory(Attributes attributes, int depth) {
      this.attributes = attributes;
      this.depth = depth;
    }

    @Override
    public Attributes attributes() {
      return attributes;
    }

    SortedMap<String, Item> items() {
      return Collections.unmodifiableSortedMap(items);
    }
  }

  /**
   * A regular file; several names may have one content.
   *
   * @param layer in which the content stands, the lowest being 0
   * @param entry of that layer, the first being 0
   */
  record File(Attributes attributes, int layer, int entry) implements Item {}

  /** A symbolic link. */
  record Symlink(Attributes attributes, String target) implements Item {}

  Directory root() {
    return root;
  }

  /**
   * Removes what a layer says is gone. All such entries of a layer come before its others: what it
   * removes are things of lower layers, wherever in the layer it says so.
   */
  void remove(LayerEntry whiteout) throws LayerException {
    String name = whiteout.path().getLast();
    walk(parent(whiteout.path()), false)
        .ifPresent(
            parent -> {
              if (name.equals(OPAQUE)) {
                parent.items.clear();
              } else {
                parent.items.remove(name.substring(LayerEntry.WHITEOUT.length()));
              }
            });
  }

  /**
   * Adds what a layer has. Of a whiteout nothing is added.
   *
   * @param layer its number, the lowest first
   * @param number of the entry in its layer
   */
  void add(int layer, int number, LayerEntry entry) throws LayerException {
    if (entry.path().isEmpty()) {
      root.attributes = entry.attributes();
      return;
    }
    if (entry.isWhiteout()) {
      return;
    }
    Directory parent = walk(parent(entry.path()), true).orElseThrow();
    String name = entry.path().getLast();
    switch (entry.what()) {
      case What.Directory() -> {
        if (parent.items.get(name) instanceof Directory there) {
          there.attributes = entry.attributes();
        } else {
          make(parent, name).attributes = entry.attributes();
        }
      }
      case What.File() -> put(parent, name, new File(entry.attributes(), layer, number));
      case What.Symlink(var target) -> put(parent, name, new Symlink(entry.attributes(), target));
      case What.Hardlink(var target) -> put(parent, name, linked(target));
      case What.Special() -> parent.items.remove(name);
    }
  }

  private static List<String> parent(List<String> path) {
    return path.subList(0, path.size() - 1);
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
    var made = new Directory(Attributes.IMPLIED, parent.depth + 1);
    put(parent, name, made);
    return made;
  }

  private void put(Directory parent, String name, Item item) throws LayerException {
    if (++names > most) {
      throw new LayerException(
          "its layers have more than %d names; make a squashfs of it with 'sandbar image build', and push that"
              .formatted(most));
    }
    bytes += BARE + 2L * name.length();
    if (item instanceof Symlink(_, var target)) {
      bytes += 2L * target.length();
    }
    if (bytes > (long) BYTES * most) {
      throw new LayerException(
          "its layers have names and links of more than %d MiB; make a squashfs of it with 'sandbar image build', and push that"
              .formatted((long) BYTES * most >> 20));
    }
    parent.items.put(name, item);
  }

  /** The latest time of anything in it, in seconds since 1970. */
  long latest() {
    return latest(root);
  }

  private static long latest(Item item) {
    long latest = item.attributes().seconds();
    if (item instanceof Directory directory) {
      for (Item inner : directory.items.values()) {
        latest = Math.max(latest, latest(inner));
      }
    }
    return latest;
  }

  /** Whether everything in it belongs to root. */
  boolean isOfRoot() {
    return isOfRoot(root);
  }

  private static boolean isOfRoot(Item item) {
    Attributes is = item.attributes();
    return is.user() == 0
        && is.group() == 0
        && (!(item instanceof Directory directory)
            || directory.items.values().stream().allMatch(FlatTree::isOfRoot));
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
}
