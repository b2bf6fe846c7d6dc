package dev.sandbar.device.container;

import java.util.List;

/**
 * One entry of a layer.
 *
 * @param path components of its name, from the root of the image
 * @param what it is
 * @param mode permissions, without those that give the rights of another user
 * @param user numeric owner
 * @param group numeric group
 * @param seconds when it was changed, since 1970
 */
record LayerEntry(List<String> path, What what, int mode, long user, long group, long seconds) {

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

  LayerEntry {
    path = List.copyOf(path);
  }
}
