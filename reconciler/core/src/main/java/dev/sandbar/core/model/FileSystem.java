package dev.sandbar.core.model;

import java.util.List;

/**
 * A file system that the owner of a device lets apps have mounted, in the words of
 * systemd.mount(5). No app says any of it but the name.
 *
 * @param name of the volume
 * @param what a path of the device, {@code HOST:/PATH}, {@code //HOST/SHARE}, or {@code tmpfs}
 * @param type as mount(8) takes it
 * @param options of the owner, beside those that every one has
 * @param readOnly whether nobody writes it
 * @param group that opens it, as a directory of mode 2770 is opened; empty if anybody does whom its
 *     files let
 */
public record FileSystem(
    String name, String what, String type, List<String> options, boolean readOnly, String group)
    implements Comparable<FileSystem> {

  public FileSystem {
    options = List.copyOf(options);
  }

  @Override
  public int compareTo(FileSystem other) {
    return name.compareTo(other.name);
  }
}
