package dev.sandbar.device.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What systemd puts in the place of a path that a unit must not see: one empty node of each kind,
 * which nobody may open (InaccessiblePaths= in systemd.exec(5)). A path is hidden from a process if
 * it finds one of these there.
 */
public final class InaccessibleNodes {

  /** Where systemd keeps them. */
  public static final String DIRECTORY = "/run/systemd/inaccessible";

  /** As many as the kernel follows (path_resolution(7)). */
  private static final int MOST_LINKS = 40;

  private final Set<Object> nodes;

  private static final LinkOption[] FOLLOW = {};

  private InaccessibleNodes(Set<Object> nodes) {
    this.nodes = nodes;
  }

  /**
   * Those of one boot of a device.
   *
   * @param root of its file system
   */
  static InaccessibleNodes of(Path root) {
    var nodes = new HashSet<Object>();
    for (String kind : List.of("reg", "dir", "chr", "blk", "fifo", "sock")) {
      Path node = root.resolve(DIRECTORY.substring(1)).resolve(kind);
      look(node).map(BasicFileAttributes::fileKey).ifPresent(nodes::add);
    }
    return new InaccessibleNodes(nodes);
  }

  /**
   * Whether the path is there and can be seen.
   *
   * @param root of the process, as {@code /proc/PID/root}
   * @param path absolute
   */
  boolean shows(Path root, String path) {
    if (look(root.resolve(path.substring(1)), FOLLOW).filter(this::isOne).isPresent()) {
      return false;
    }
    // Perhaps behind a link that leads somewhere else from here than it does from there.
    return resolved(root, path)
        .flatMap(found -> look(root.resolve(found.substring(1))))
        .filter(found -> !isOne(found))
        .isPresent();
  }

  private boolean isOne(BasicFileAttributes found) {
    return nodes.contains(found.fileKey());
  }

  /**
   * A path without links, as they lead for a process of that root; empty if there is nothing.
   *
   * @param root of the process, as {@code /proc/PID/root}
   */
  static Optional<String> resolved(Path root, String path) {
    Walk walk = walk(root, path);
    return walk.found() ? Optional.of(walk.path()) : Optional.empty();
  }

  /** The first part of a path, without links, that is missing for a process; empty if none is. */
  static Optional<String> missing(Path root, String path) {
    Walk walk = walk(root, path);
    return walk.found() || walk.path().isEmpty() ? Optional.empty() : Optional.of(walk.path());
  }

  /**
   * How far a path leads.
   *
   * @param path the whole, or its first part that is missing; empty if nobody can say
   */
  private record Walk(boolean found, String path) {
    static final Walk UNKNOWN = new Walk(false, "");
  }

  private static Walk walk(Path root, String path) {
    var left = new ArrayDeque<>(names(path));
    var at = new ArrayDeque<String>();
    int links = 0;
    while (!left.isEmpty()) {
      String name = left.pop();
      if (name.equals("..")) {
        at.pollLast();
        continue;
      }
      at.add(name);
      Path here = root.resolve(String.join("/", at));
      Optional<BasicFileAttributes> found = look(here);
      if (found.isEmpty()) {
        return new Walk(false, "/" + String.join("/", at));
      }
      if (found.get().isSymbolicLink()) {
        if (++links > MOST_LINKS) {
          return Walk.UNKNOWN;
        }
        at.pollLast();
        String target;
        try {
          target = Files.readSymbolicLink(here).toString();
        } catch (IOException e) {
          return Walk.UNKNOWN;
        }
        if (target.startsWith("/")) {
          at.clear();
        }
        names(target).reversed().forEach(left::push);
      }
    }
    return new Walk(true, "/" + String.join("/", at));
  }

  private static List<String> names(String path) {
    return Arrays.stream(path.split("/", -1))
        .filter(name -> !name.isEmpty() && !name.equals("."))
        .toList();
  }

  private static Optional<BasicFileAttributes> look(Path path) {
    return look(path, LinkOption.NOFOLLOW_LINKS);
  }

  /** Without an exception where nothing is there, as with most of these paths. */
  private static Optional<BasicFileAttributes> look(Path path, LinkOption... options) {
    try {
      return Optional.ofNullable(
          path.getFileSystem()
              .provider()
              .readAttributesIfExists(path, BasicFileAttributes.class, options));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
