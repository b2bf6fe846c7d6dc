package dev.sandbar.vdev;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a device must really enforce, or tests on it would prove nothing. */
class EnforcementTest {
  /** Listens on loopback and connects to itself, with one second of patience. */
  private static final String CONNECT =
      """
      use IO::Socket::INET;
      my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1) or die;
      my $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $s->sockport, Timeout => 1);
      print $c ? "reached" : "blocked";
      """;

  @TempDir Path temp;

  @ParameterizedTest
  @EnumSource(Suite.class)
  void systemdAndTheKernelReallyEnforce(Suite suite) {
    try (var device = VirtualDevice.named("enforce").suite(suite).boot()) {
      itIsTheSystemdOfTheSuiteWithoutAFailedUnit(device);
      aDynamicUserHasASeccompFilter(device);
      aDeniedAddressIsBlockedByTheKernel(device);
      anImageIsTheRootOfAService(device);
      aCredentialReachesItsService(device);
    }
  }

  private static void itIsTheSystemdOfTheSuiteWithoutAFailedUnit(VirtualDevice device) {
    CommandResult version =
        device.exec(
            "busctl",
            "get-property",
            "org.freedesktop.systemd1",
            "/org/freedesktop/systemd1",
            "org.freedesktop.systemd1.Manager",
            "Version");
    assertThat(version.orThrow()).contains("\"" + device.suite().systemd());
    assertThat(device.exec("systemctl", "is-system-running").orThrow()).isEqualTo("running");
  }

  private static void aDynamicUserHasASeccompFilter(VirtualDevice device) {
    String status =
        service(
            device,
            List.of("DynamicUser=yes", "SystemCallFilter=@system-service"),
            "cat",
            "/proc/self/status");
    assertThat(status).contains("Seccomp:\t2").contains("NoNewPrivs:\t1");
    assertThat(status).containsPattern("Uid:\t6[1-5]\\d\\d\\d\t");
  }

  private static void aDeniedAddressIsBlockedByTheKernel(VirtualDevice device) {
    assertThat(service(device, List.of(), "perl", "-e", CONNECT)).isEqualTo("reached");
    assertThat(service(device, List.of("IPAddressDeny=any"), "perl", "-e", CONNECT))
        .isEqualTo("blocked");
  }

  private void anImageIsTheRootOfAService(VirtualDevice device) {
    device.put(TestImage.squashfs(temp, device), "/var/lib/app.squashfs");
    String listing =
        service(
            device,
            List.of("RootImage=/var/lib/app.squashfs", "DynamicUser=yes", "PrivateDevices=yes"),
            "/bin/busybox",
            "ls",
            "/");
    assertThat(listing).contains("only-in-the-image").doesNotContain("home");
  }

  private static void aCredentialReachesItsService(VirtualDevice device) {
    device.write("/etc/secret", "word");
    assertThat(
            service(
                device,
                List.of("LoadCredential=secret:/etc/secret"),
                "sh",
                "-c",
                "cat $CREDENTIALS_DIRECTORY/secret"))
        .isEqualTo("word");
  }

  private static String service(VirtualDevice device, List<String> properties, String... argv) {
    var command = new ArrayList<>(List.of("systemd-run", "--quiet", "--wait", "--pipe"));
    properties.forEach(property -> command.addAll(List.of("-p", property)));
    command.add("--");
    command.addAll(List.of(argv));
    return device.exec(command.toArray(String[]::new)).orThrow();
  }
}
