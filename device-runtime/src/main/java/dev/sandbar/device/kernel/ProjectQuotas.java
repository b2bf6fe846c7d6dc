package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.KernelFacts.Mount;
import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.PathText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Which file systems of a device enforce project quotas, as the mount table of PID 1 says: ext4,
 * XFS and f2fs show the option {@code prjquota} then. Whether the quota of an app holds its own
 * directory shows.
 */
public final class ProjectQuotas {

  private static final String ENFORCED = "prjquota";
  private static final int MOUNTS_LIMIT = 1 << 20;

  private final Path root;
  private final List<Mount> mounts;

  private ProjectQuotas(Path root, List<Mount> mounts) {
    this.root = root;
    this.mounts = mounts;
  }

  /**
   * Those of a device now.
   *
   * @param root of its file system
   */
  public static ProjectQuotas read(Path root) {
    Path init = root.resolve("proc/1");
    try {
      String table = ProcFile.read(init.resolve("mountinfo"), MOUNTS_LIMIT);
      return new ProjectQuotas(init.resolve("root"), Mount.parse(table));
    } catch (IOException | IllegalArgumentException e) {
      return new ProjectQuotas(init.resolve("root"), List.of());
    }
  }

  /** Whether they are where apps in closed mode have directories of this kind. */
  public boolean hold(AppDirectory directory) {
    return List.of(directory.privateParent(), directory.parent()).stream()
        .flatMap(path -> InaccessibleNodes.resolved(root, path).stream())
        .findFirst()
        .flatMap(this::mountOf)
        .filter(mount -> mount.has(ENFORCED))
        .isPresent();
  }

  /** Of two at one place the later one is on top. */
  private Optional<Mount> mountOf(String path) {
    return mounts.reversed().stream()
        .filter(mount -> mount.point().equals("/") || PathText.within(path, mount.point()))
        .max(Comparator.comparingInt(mount -> mount.point().length()));
  }
}
