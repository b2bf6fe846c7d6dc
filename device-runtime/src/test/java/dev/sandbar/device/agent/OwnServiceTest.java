package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.UnitName;
import org.junit.jupiter.api.Test;

class OwnServiceTest {

  @Test
  void isNamedByItsCgroup() {
    assertThat(OwnService.named("0::/system.slice/sandbard.service\n"))
        .hasValue(new UnitName("sandbard.service"));
    assertThat(OwnService.named("1:name=systemd:/a.service\n0::/system.slice/b.service\n"))
        .as("cgroup v1 beside it")
        .hasValue(new UnitName("b.service"));
  }

  @Test
  void isNoneInASessionAContainerOrAFolderOfAService() {
    assertThat(OwnService.named("0::/user.slice/user-0.slice/session-1.scope\n")).isEmpty();
    assertThat(OwnService.named("0::/\n")).isEmpty();
    assertThat(OwnService.named("0::/system.slice/a.service/below\n")).isEmpty();
    assertThat(OwnService.named("0::/system.slice/a b.service\n")).isEmpty();
    assertThat(OwnService.named("")).isEmpty();
  }
}
