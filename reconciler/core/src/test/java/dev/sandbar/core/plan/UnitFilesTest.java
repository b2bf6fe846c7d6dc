package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import org.junit.jupiter.api.Test;

final class UnitFilesTest {
  private static final UnitName PUMP = UnitName.of(new AppName("pump"));

  @Test
  void aLinkInThePlaceOfADropInDirectoryIsJudgedAsTheDropInsBehindIt() {
    assertThat(UnitFiles.isRemovable(PUMP, UnitFiles.own(PUMP) + ".d")).isTrue();
    assertThat(UnitFiles.isRemovable(PUMP, "/run/systemd/system/sandbar-.service.d")).isTrue();
    assertThat(UnitFiles.isShared("/run/systemd/system/sandbar-.service.d")).isTrue();
    assertThat(UnitFiles.isRemovable(PUMP, "/etc/systemd/system/service.d")).isFalse();
    assertThat(UnitFiles.isRemovable(PUMP, "/usr/lib/systemd/system/" + PUMP + ".d")).isFalse();
    assertThat(UnitFiles.isTolerated("/usr/lib/systemd/system/service.d")).isTrue();
  }
}
