package dev.sandbar.operator.enrol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceSpec;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a Role gives, and the number that says so to devices of earlier releases. */
class DeviceRightsTest {
  private static final String COMMON =
      """
      devices get
      devices/status get,patch
      %sdevicebundles get,list,watch
      devicebundles/status get,patch
      appcontents get
      devicequeries get
      devicequeries/status get,patch
      leases get,update,patch
      events create
      """;

  private static String rights(String identity) {
    var device = new Device();
    device.getMetadata().setName("pump-1");
    device.setSpec(
        Serialization.unmarshal(
            "{\"identity\": {\"type\": \"%s\", \"publicKey\": \"\"}}".formatted(identity),
            DeviceSpec.class));
    return DeviceRights.rules(device).stream()
        .flatMap(
            rule ->
                Stream.of(rule.getResources().getFirst() + " " + String.join(",", rule.getVerbs())))
        .map(line -> line + "\n")
        .reduce("", String::concat);
  }

  @Test
  void everyChangeOfTheRightsIsANewEdition() {
    assertThat(DeviceRights.EDITION).as("count it up with the rights below").isEqualTo(4);
    assertThat(rights("ClientCertificate"))
        .isEqualTo(COMMON.formatted("devices/certificates create\n"));
    assertThat(rights("ServiceAccount"))
        .isEqualTo(COMMON.formatted("") + "serviceaccounts/token create\n");
  }
}
