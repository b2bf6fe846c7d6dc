package dev.sandbar.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Permissions.DeviceNode;
import dev.sandbar.core.model.Permissions.Mount;
import dev.sandbar.core.model.Permissions.Port;
import dev.sandbar.core.model.Permissions.Value;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AliasSettingTest {

  @ParameterizedTest
  @ValueSource(strings = {"no", "No", "false", "off", "0"})
  void systemdsWordsForNoWithhold(String word) {
    assertThat(value("ACCESS_INTERNET=" + word)).isEqualTo(new Value.Withheld());
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes", "true", "on", "1", " yes "})
  void systemdsWordsForYesGrant(String word) {
    assertThat(value("ACCESS_LOCAL_NETWORK=" + word)).isEqualTo(new Value.Granted());
  }

  @ParameterizedTest
  @EnumSource(Permission.class)
  void everyPermissionCanBeWithheldByItsAlias(Permission permission) {
    assertThat(value(permission.alias() + "=no")).isEqualTo(new Value.Withheld());
  }

  @Test
  void listsAreSeparatedByCommas() {
    assertThat(value("ACCESS_INTERNET_TO=10.0.0.0/8, mqtt.example.com,2001:db8::"))
        .isEqualTo(
            new Value.Destinations(
                List.of(
                    new Destination.Prefix(Cidr.parse("10.0.0.0/8").orElseThrow()),
                    new Destination.Host("mqtt.example.com"),
                    new Destination.Prefix(Cidr.parse("2001:db8::").orElseThrow()))));
    assertThat(value("ACCESS_PORTS=8080,5353/udp"))
        .isEqualTo(
            new Value.Ports(
                List.of(
                    new Port("tcp-8080", 8080, Port.Protocol.TCP),
                    new Port("udp-5353", 5353, Port.Protocol.UDP))));
    assertThat(value("ACCESS_PORTS=80,6000-6010/udp,any/udp"))
        .isEqualTo(
            new Value.Ports(
                List.of(
                    new Port("tcp-80", 80, Port.Protocol.TCP),
                    new Port("udp-6000", new PortRange(Port.Protocol.UDP, 6000, 6010)),
                    new Port("udp-0", PortRange.any(Port.Protocol.UDP)))));
    assertThat(value("ACCESS_SERIAL=/dev/serial/by-path/pci-0000:00:14.0-usb"))
        .isEqualTo(
            new Value.Devices(
                List.of(new DeviceNode("/dev/serial/by-path/pci-0000:00:14.0-usb", true))));
    assertThat(value("ACCESS_SERIAL=0403:6001:A5:01,10C4:EA60,/dev/ttyS0"))
        .isEqualTo(
            new Value.Devices(
                List.of(
                    new DeviceNode("/dev/sandbar/serial/0403_6001_A5:01", true, true),
                    new DeviceNode("/dev/sandbar/serial/10c4_ea60", true, true),
                    new DeviceNode("/dev/ttyS0", true))));
    assertThat(value("ACCESS_USB=0bda:2838"))
        .isEqualTo(
            new Value.Devices(List.of(new DeviceNode("/dev/sandbar/usb/0bda_2838", true, true))));
    assertThat(value("ACCESS_DEVICES=/dev/video0,/dev/i2c-1:rw"))
        .isEqualTo(
            new Value.Devices(
                List.of(new DeviceNode("/dev/video0", false), new DeviceNode("/dev/i2c-1", true))));
    assertThat(value("ACCESS_STORAGE=media:/data:ro,logs:/logs:rw"))
        .isEqualTo(
            new Value.Volumes(
                List.of(new Mount("media", "/data", false), new Mount("logs", "/logs", true))));
    assertThat(value("ACCESS_NETWORK_NAMESPACE=uplink")).isEqualTo(new Value.Namespace("uplink"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ACCESS_INTRENET=no|UNKNOWN_PERMISSION|did you mean ACCESS_INTERNET?",
        "internet=no|UNKNOWN_PERMISSION|ACCESS_INTERNET",
        "ACCESS_INTERNET=maybe|INVALID_VALUE|write ACCESS_INTERNET=yes",
        "ACCESS_INTERNET=|MISSING_FIELD|write ACCESS_INTERNET=yes",
        "ACCESS_INTERNET|MISSING_FIELD|write ACCESS_INTERNET=yes",
        "ACCESS_PORTS=yes|INVALID_VALUE|ports: [{name: web, port: 8080}]",
        "ACCESS_PORTS=90-80|INVALID_VALUE|write a number from 90 to 65535",
        "ACCESS_PORTS=80-|WRONG_TYPE|without quotes",
        "ACCESS_PORTS=any-80|INVALID_VALUE|port: 0 is every port from 1024 up",
        "ACCESS_PORTS=web|WRONG_TYPE|without quotes",
        "ACCESS_PORTS=8080/sctp|INVALID_VALUE|TCP or UDP",
        "ACCESS_INTERNET_TO=example|INVALID_VALUE|203.0.113.0/24",
        "ACCESS_INTERNET_TO=Example.com|INVALID_VALUE|in lower case",
        "ACCESS_INTERNET_TO=10.0.0.256|INVALID_VALUE|203.0.113.0/24",
        "ACCESS_STORAGE=media|MISSING_FIELD|add mountPath",
        "ACCESS_SERIAL=/dev/sda|INVALID_VALUE|/dev/ttyUSB0",
      })
  void refusesWithAMend(String text, Problem problem, String help) {
    assertThat(AliasSetting.parse(text, Location.NOWHERE))
        .isInstanceOfSatisfying(
            AliasSetting.Refused.class,
            refused ->
                assertThat(refused.errors())
                    .singleElement()
                    .satisfies(
                        d -> {
                          assertThat(d.problem()).isEqualTo(problem);
                          assertThat(d.help()).contains(help);
                        }));
  }

  private static Value value(String text) {
    return switch (AliasSetting.parse(text, Location.NOWHERE)) {
      case AliasSetting.Accepted(_, var request, _) -> request.value();
      case AliasSetting.Refused(var errors) -> throw new AssertionError(errors.toString());
    };
  }
}
