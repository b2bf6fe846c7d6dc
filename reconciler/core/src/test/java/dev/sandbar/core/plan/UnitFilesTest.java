package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import org.junit.jupiter.api.Test;

final class UnitFilesTest {
  private static final UnitName PUMP = UnitName.own(new AppName("pump"));

  @Test
  void aLinkInThePlaceOfADropInDirectoryIsJudgedAsTheDropInsBehindIt() {
    assertThat(isRemovable(UnitFiles.own(PUMP) + ".d", "")).isTrue();
    assertThat(isRemovable("/run/systemd/system/sandbar-.service.d", "")).isTrue();
    assertThat(UnitFiles.isShared("/run/systemd/system/sandbar-.service.d")).isTrue();
    assertThat(isRemovable("/etc/systemd/system/service.d", "")).isFalse();
    assertThat(isRemovable("/usr/lib/systemd/system/" + PUMP + ".d", "")).isFalse();
    assertThat(UnitFiles.isTolerated("/usr/lib/systemd/system/service.d")).isTrue();
  }

  @Test
  void linksThatStartOrRenameTheUnitGoWhereverTheyAre() {
    assertThat(
            isRemovable("/etc/systemd/system/multi-user.target.wants/" + PUMP, "link:../" + PUMP))
        .isTrue();
    assertThat(isRemovable("/run/systemd/system/" + PUMP + ".requires/x.service", "link:../x"))
        .isTrue();
    assertThat(isRemovable("/etc/systemd/system/other.service", "link:" + PUMP)).isTrue();
    assertThat(isRemovable("/etc/systemd/system/other.service", "link:" + UnitFiles.own(PUMP)))
        .isTrue();
    assertThat(isRemovable("/usr/lib/systemd/system/other.service", "link:" + PUMP)).isFalse();
    assertThat(isRemovable("/etc/systemd/system/other.service", "link:not-" + PUMP)).isFalse();
    assertThat(isRemovable("/etc/systemd/system/other.service", "ab")).isFalse();
  }

  private static boolean isRemovable(String path, String digest) {
    return UnitFiles.isRemovable(PUMP, new ObservedUnit.File(path, digest));
  }
}
