package dev.sandbar.core.attest;

import dev.sandbar.core.attest.Finding.Holds;
import dev.sandbar.core.attest.Finding.Lacks;
import dev.sandbar.core.attest.Finding.Silent;
import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.property.Value;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * Whether quotas hold on the directories of an app. Of a directory with a project quota that is
 * enforced, and that hands its project down, the kernel shows the quota in place of the file system
 * (statfs(2): ext4_statfs_project, xfs_qm_statvfs, f2fs_statfs_project).
 */
public final class QuotaChecks {

  /** No file system has larger blocks; the size that it shows is a multiple of them. */
  private static final long LARGEST_BLOCK = 65_536;

  /** In which the kernel counts (quotactl(2)). */
  private static final long UNIT = 1_024;

  private static final String NONE = "infinity";

  private QuotaChecks() {}

  /**
   * Where the directories may be of which the size is limited.
   *
   * @param values of a unit, by directive
   * @return directive that limits it to paths
   */
  public static SortedMap<String, SortedSet<String>> paths(SortedMap<String, Value> values) {
    var paths = new TreeMap<String, SortedSet<String>>();
    for (AppDirectory directory : AppDirectory.values()) {
      String limit = directory.quota();
      Value names = values.get(directory.directive());
      if (names != null
          && values.get(limit) instanceof Value.Text(var text)
          && !text.equals(NONE)) {
        paths.put(limit, MountChecks.directoryPaths(directory.parent() + "/", names));
      }
    }
    return paths;
  }

  /**
   * @param sizes of the directories, in bytes
   */
  static Finding of(Value value, SortedMap<String, Long> sizes) {
    if (!(value instanceof Value.Text(var text)) || !text.matches("[0-9]{1,18}")) {
      return new Silent("");
    }
    if (sizes.isEmpty()) {
      return new Silent("no directory that can be read");
    }
    long declared = Long.parseLong(text);
    long most = (declared + UNIT - 1) / UNIT * UNIT;
    Finding all = new Holds("");
    for (var size : sizes.entrySet()) {
      String shown = "statfs: %d bytes in %s".formatted(size.getValue(), size.getKey());
      all =
          all.and(
              size.getValue() > most
                  ? new Lacks(shown)
                  : size.getValue() > declared - LARGEST_BLOCK
                      ? new Holds(shown)
                      : new Silent(shown + ", which is less than the quota"));
    }
    return all;
  }
}
