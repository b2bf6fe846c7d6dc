package dev.sandbar.core.enrol;

import static org.assertj.core.api.Assertions.assertThat;

import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;

class DeviceUserTest {
  private static final String UID = "5a1c6a86-df9d-4096-b1d5-a65e0862f19a";

  @Test
  void theUidIsFoundInItsOwnSubjectAndInThatWhichTheClusterMakesOfIt() {
    var device = new DeviceUser("line-1", "pump-1");
    String own = device.subject(UID).getName();

    assertThat(DeviceUser.uidIn(device.subject(UID))).contains(UID);
    // Go writes several organizations as one name with several values.
    assertThat(DeviceUser.uidIn(new X500Principal(own.replace(",O=", "+O=")))).contains(UID);
    assertThat(DeviceUser.uidIn(new X500Principal("CN=sandbar:device:a:b,O=sandbar:devices")))
        .isEmpty();
    assertThat(DeviceUser.uidIn(new X500Principal("CN=\"x,O=sandbar:device:uid:" + UID + "\"")))
        .as("a name that only looks like it")
        .isEmpty();
  }
}
