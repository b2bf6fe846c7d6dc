package dev.sandbar.device.container;

import java.util.List;

/**
 * One entry of a layer.
 *
 * @param path components of its name, from the root of the image
 * @param what it is
 */
record LayerEntry(List<String> path, What what, Attributes attributes) {

  /** Before the name of what an upper layer removes. */
  static final String WHITEOUT = ".wh.";

  /** Kinds of entries. */
  sealed interface What {
    /** A directory. */
    record Directory() implements What {}

    /** A regular file; its content follows in the layer. */
    record File() implements What {}

    /**
     * A symbolic link.
     *
     * @param target as written
     */
    record Symlink(String target) implements What {}

    /**
     * Another name of a file.
     *
     * @param target components of that file's path
     */
    record Hardlink(List<String> target) implements What {}

    /** A device, pipe or socket: it hides what was there, and no app gets it. */
    record Special() implements What {}
  }

  /**
   * What is kept of an entry beside its name.
   *
   * @param mode permissions, without those that give the rights of another user
   * @param user numeric owner
   * @param group numeric group
   * @param seconds when it was changed, since 1970
   */
  record Attributes(int mode, long user, long group, long seconds) {

    /** Of a directory of which no layer says anything. */
    static final Attributes IMPLIED = new Attributes(0755, 0, 0, 0);
  }

  LayerEntry {
    path = List.copyOf(path);
  }

  /** Whether it says that something of a lower layer is not there any more. */
  boolean isWhiteout() {
    return !path.isEmpty() && path.getLast().startsWith(WHITEOUT);
  }
}
