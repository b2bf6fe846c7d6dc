package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.UsbDevice;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hardware that is named as USB names it. */
class HardwareLinesTest {

  private static final DeviceFacts DEVICE = TestDevice.with(257);

  private static String spec(String permissions) {
    return "{%s, permissions: {%s}}".formatted(CompilerTest.RUN, permissions);
  }

  private static List<String> lines(String permissions) {
    return CompilerTest.compiled(spec(permissions), DEVICE)
        .text()
        .lines()
        .filter(
            line ->
                line.contains("sandbar/")
                    || line.contains("dev-sandbar")
                    || line.contains("/dev/bus")
                    || line.startsWith("SupplementaryGroups"))
        .toList();
  }

  @Test
  void anAppIsBoundToItsSerialLine() {
    assertThat(lines("serial: [{vendor: \"0403\", product: \"6001\", serial: A5-0.1:B_2}]"))
        .containsExactly(
            "After=dev-sandbar-serial-0403_6001_A5\\x2d0.1:B_2.device",
            "Requisite=dev-sandbar-serial-0403_6001_A5\\x2d0.1:B_2.device",
            "StopPropagatedFrom=dev-sandbar-serial-0403_6001_A5\\x2d0.1:B_2.device",
            "BindPaths=\"-/dev/sandbar/serial/0403_6001_A5-0.1:B_2\"",
            "DeviceAllow=/dev/sandbar/serial/0403_6001_A5-0.1:B_2 rw",
            "SupplementaryGroups=dialout",
            "WantedBy=dev-sandbar-serial-0403_6001_A5\\x2d0.1:B_2.device");
  }

  /** A rule of the site names it as it likes. */
  @Test
  void aSerialLineOfAnyNameHasTheGroupOfSerialLines() {
    assertThat(lines("serial: [{device: /dev/scale}]"))
        .containsExactly("SupplementaryGroups=dialout");
    assertThat(lines("devices: [{device: /dev/scale}]")).isEmpty();
  }

  @Test
  void optionalHardwareKeepsNoAppFromRunning() {
    assertThat(lines("serial: [{vendor: \"10C4\", product: EA60, optional: true}]"))
        .containsExactly(
            "BindPaths=-/dev/sandbar/serial/10c4_ea60",
            "DeviceAllow=/dev/sandbar/serial/10c4_ea60 rw",
            "SupplementaryGroups=dialout");
  }

  @Test
  void aUsbDeviceIsSeenByItsNumberAndNoOtherIsOpened() {
    assertThat(lines("usb: [{vendor: \"0bda\", product: \"2838\"}]"))
        .containsExactly(
            "After=dev-sandbar-usb-0bda_2838.device",
            "Requisite=dev-sandbar-usb-0bda_2838.device",
            "StopPropagatedFrom=dev-sandbar-usb-0bda_2838.device",
            "BindPaths=-/dev/sandbar/usb/0bda_2838",
            "BindPaths=-/dev/bus/usb",
            "DeviceAllow=/dev/sandbar/usb/0bda_2838 rw",
            "SupplementaryGroups=sandbar-usb",
            "WantedBy=dev-sandbar-usb-0bda_2838.device");
  }

  @Test
  void theLongestSerialNumberMakesTheNameOfAUnit() {
    var longest = new UsbDevice("0403", "6001", "-".repeat(UsbDevice.LONGEST_SERIAL));
    assertThat(
            lines(
                "serial: [{vendor: \"0403\", product: \"6001\", serial: %s}]"
                    .formatted("\"" + longest.serial() + "\"")))
        .hasSize(7);
  }

  @ParameterizedTest
  @CsvSource({"serial", "usb"})
  void aDeviceThatNamesNoHardwareRefusesIt(String permission) {
    String named = permission + ": [{vendor: \"0bda\", product: \"2838\", optional: true}]";
    assertThat(CompilerTest.errors(spec(named), TestDevice.without(Feature.HARDWARE_NAMES)))
        .singleElement()
        .satisfies(
            error -> {
              assertThat(error.problem()).isEqualTo(Problem.CANNOT_ENFORCE);
              assertThat(error.message()).contains("permissions." + permission, "udev");
              assertThat(error.help()).contains("70-sandbar.rules");
            });
  }

  @Test
  void withoutTheGroupNoUsbDeviceIsOpened() {
    var owners = new TreeMap<>(DEVICE.owners());
    owners.remove("/dev/bus/usb/#/#");
    assertThat(
            CompilerTest.errors(
                spec("usb: [{vendor: \"0bda\", product: \"2838\"}]"),
                DEVICE.surrounded(owners, DEVICE.resolvers())))
        .singleElement()
        .satisfies(error -> assertThat(error.message()).contains("no group sandbar-usb"));
  }

  @Test
  void onlyWhatIsRequiredIsWaitedFor() {
    assertThat(
            CompilerTest.compiled(
                    spec(
                        "serial: [{vendor: \"0403\", product: \"6001\"}, {device: /dev/ttyS0}],"
                            + " usb: [{vendor: \"0bda\", product: \"2838\", optional: true}]"),
                    DEVICE)
                .requiredHardware())
        .containsExactly("/dev/sandbar/serial/0403_6001");
  }
}
