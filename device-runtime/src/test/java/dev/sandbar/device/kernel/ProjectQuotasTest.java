package dev.sandbar.device.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProjectQuotasTest {

  private static final String ROOT =
      "20 1 254:0 / / rw,noatime shared:1 - ext4 /dev/vda rw,prjquota\n";
  private static final String PLAIN = "21 20 254:1 / /var rw shared:2 - ext4 /dev/vdb rw\n";
  private static final String XFS =
      "22 21 254:2 / /var/lib rw shared:3 - xfs /dev/vdc rw,attr2,inode64,prjquota\n";
  private static final String UNENFORCED =
      "22 21 254:2 / /var/lib rw shared:3 - xfs /dev/vdc rw,attr2,inode64,pqnoenforce\n";

  @TempDir Path root;

  private boolean hold(String table, AppDirectory directory) throws IOException {
    Path init = Files.createDirectories(root.resolve("proc/1"));
    for (AppDirectory each : AppDirectory.values()) {
      Files.createDirectories(init.resolve("root").resolve(each.parent().substring(1)));
    }
    Files.writeString(init.resolve("mountinfo"), table);
    return ProjectQuotas.read(root).hold(directory);
  }

  @Test
  void theFileSystemThatHoldsTheDirectoryCounts() throws IOException {
    assertThat(hold(ROOT, AppDirectory.STATE)).isTrue();
    assertThat(hold(ROOT + PLAIN, AppDirectory.STATE)).isFalse();
    assertThat(hold(ROOT + PLAIN + XFS, AppDirectory.STATE)).isTrue();
    assertThat(hold(ROOT + PLAIN + XFS, AppDirectory.CACHE)).isFalse();
    assertThat(hold(ROOT + PLAIN + UNENFORCED, AppDirectory.STATE)).isFalse();
    // What is mounted last is on top.
    assertThat(hold(ROOT + XFS + UNENFORCED, AppDirectory.STATE)).isFalse();
  }

  @Test
  void linksAreFollowed() throws IOException {
    Path lib = root.resolve("proc/1/root/var/lib");
    Files.createDirectories(lib.getParent());
    Files.createDirectories(root.resolve("proc/1/root/data/lib"));
    Files.createSymbolicLink(lib, Path.of("../data/lib"));
    Path init = root.resolve("proc/1");
    String data = "23 20 254:3 / /data rw - f2fs /dev/vdd rw,prjquota\n";
    Files.writeString(init.resolve("mountinfo"), ROOT.replace(",prjquota", "") + data);

    assertThat(ProjectQuotas.read(root).hold(AppDirectory.STATE)).isTrue();
    Files.writeString(init.resolve("mountinfo"), ROOT + data.replace(",prjquota", ""));
    assertThat(ProjectQuotas.read(root).hold(AppDirectory.STATE)).isFalse();
  }

  @Test
  void whatCannotBeReadHoldsNone() {
    assertThat(ProjectQuotas.read(root).hold(AppDirectory.STATE)).isFalse();
  }
}
