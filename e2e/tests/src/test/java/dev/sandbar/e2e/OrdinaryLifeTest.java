package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What happens on a device every day is no drift: programs that fork, fail and change themselves as
 * daemons do, and everything that others do to the device. Each happens once; with {@code
 * -Dsandbar.life.minutes=60} all of them again and again for an hour, in another order each time.
 */
class OrdinaryLifeTest {

  private static final Duration LIMIT = Duration.ofSeconds(90);

  /** By name the shell text that an app runs. */
  private static final Map<String, String> PROGRAMS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("forks", "while :; do timeout 0.05 bash -c :; done"),
              Map.entry("pipes", "while :; do seq 100 | sort | tail -1; sleep 0.01; done"),
              Map.entry("daemons", "while :; do (setsid sleep 0.3 &); sleep 0.2; done"),
              Map.entry("ends", "sleep 7"),
              Map.entry("crashes", "sleep 8; kill -s SEGV $$"),
              Map.entry("logs", "while :; do seq 20; sleep 0.05; done"),
              Map.entry("raises", "ulimit -Sn 4096; exec sleep infinity"),
              Map.entry("lowers", "ulimit -Hc 0; ulimit -Hs 4096; exec sleep infinity"),
              Map.entry("masks", "umask 027; exec sleep infinity"),
              Map.entry("nices", "nice -n 5 sleep infinity & wait"),
              Map.entry("spares", "echo 500 >/proc/self/oom_score_adj; exec sleep infinity"),
              Map.entry("renames", "exec -a 'worker: idle' sleep infinity"),
              Map.entry("writes", "while :; do date >>$STATE_DIRECTORY/log; sleep 0.1; done"),
              Map.entry("spools", "while :; do f=$(mktemp); rm $f; sleep 0.05; done"),
              Map.entry("calls", "while :; do echo >/dev/udp/198.51.100.2/99; sleep 0.1; done")));

  /**
   * Programs that end by themselves. systemd pauses longer before each further start of them, up to
   * a minute: they are hardly ever ready, let alone at the same time.
   */
  private static final List<String> ENDING = List.of("ends", "crashes");

  /** What permissions they have. */
  private static final Map<String, String> PERMISSIONS =
      Map.of(
          "writes", "permissions: {state: true}",
          "calls", "permissions: {internet: true}",
          "forks", "permissions: {localNetwork: true}",
          "pipes", "permissions: {internet: true, ports: [{port: 8080}]}");

  /** By name what others do on the device. */
  private static final Map<String, String> OTHERS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("reload", "systemctl daemon-reload"),
              Map.entry("reload often", "for i in 1 2 3 4 5; do systemctl daemon-reload; done"),
              Map.entry("reexec", "systemctl daemon-reexec"),
              Map.entry(
                  "upgrade of systemd",
                  """
                  v=$(dpkg-query -W -f '${Version}' systemd)
                  DPKG_MAINTSCRIPT_PACKAGE=systemd DPKG_MAINTSCRIPT_NAME=postinst \\
                    /var/lib/dpkg/info/systemd.postinst configure "$v"
                  """),
              Map.entry(
                  "install and remove a package",
                  """
                  d=$(mktemp -d)
                  mkdir -p "$d/DEBIAN" "$d/usr/lib/systemd/system"
                  printf '%s\\n' 'Package: other' 'Version: 1' 'Architecture: all' \\
                    'Maintainer: A <a@example.org>' 'Description: other' >"$d/DEBIAN/control"
                  printf '#!/bin/sh\\nsystemctl daemon-reload\\nsystemctl restart other\\n' \\
                    >"$d/DEBIAN/postinst"
                  printf '#!/bin/sh\\nsystemctl stop other\\n' >"$d/DEBIAN/prerm"
                  printf '#!/bin/sh\\nsystemctl daemon-reload\\n' >"$d/DEBIAN/postrm"
                  chmod 755 "$d" "$d"/DEBIAN/p*
                  printf '[Service]\\nExecStart=/usr/bin/sleep infinity\\nDynamicUser=yes\\n' \\
                    >"$d/usr/lib/systemd/system/other.service"
                  dpkg-deb -b "$d" "$d.deb" && dpkg -i "$d.deb" && dpkg -r other
                  rm -r "$d" "$d.deb"
                  """),
              Map.entry("other service", "systemd-run --wait --quiet sleep 0.2"),
              Map.entry(
                  "sandboxed service",
                  "systemd-run --wait --quiet -p DynamicUser=yes -p ProtectSystem=strict"
                      + " -p PrivateNetwork=yes -p NoNewPrivileges=yes sleep 0.2"),
              Map.entry(
                  "settings of another service",
                  """
                  mkdir -p /etc/systemd/system/ssh.service.d
                  printf '[Service]\\nNice=1\\n' >/etc/systemd/system/ssh.service.d/x.conf
                  systemctl daemon-reload
                  rm -r /etc/systemd/system/ssh.service.d
                  """),
              Map.entry(
                  "weight of another slice",
                  "systemctl set-property --runtime user.slice CPUWeight=50"),
              Map.entry("restart of journald", "systemctl restart systemd-journald"),
              Map.entry("restart of logind", "systemctl restart systemd-logind"),
              Map.entry("logs are rotated", "journalctl --rotate; journalctl --vacuum-size=1M"),
              Map.entry("temporary files", "systemd-tmpfiles --clean; systemd-tmpfiles --create"),
              Map.entry("users and libraries", "systemd-sysusers; ldconfig"),
              Map.entry(
                  "login",
                  """
                  id someone >/dev/null 2>&1 || useradd --create-home someone
                  u=$(id -u someone)
                  systemctl start "user@$u" && runuser -u someone -- ls / >/dev/null
                  systemctl stop "user@$u"
                  """),
              Map.entry("host name", "hostname other; hostname \"$(cat /etc/hostname)\""),
              Map.entry("time zone", "ln -sf /usr/share/zoneinfo/Asia/Tokyo /etc/localtime"),
              Map.entry("failed units", "systemctl reset-failed"),
              Map.entry("backup", "tar -cf /dev/null --one-file-system /etc /usr/lib/systemd"),
              Map.entry(
                  "looking about",
                  """
                  systemctl status --no-pager >/dev/null || true
                  systemctl show '*' >/dev/null
                  systemd-analyze security --no-pager >/dev/null
                  ps -ef >/dev/null
                  for i in /proc/[0-9]*; do cat "$i"/maps "$i"/status || true; done >/dev/null 2>&1
                  """),
              Map.entry(
                  "network goes and comes",
                  "ip link set eth0 down; sleep 0.2; ip link set eth0 up"),
              Map.entry(
                  "interface comes and goes",
                  """
                  ip link add plugged type veth peer name plugged1
                  ip address add 10.9.8.7/24 dev plugged && ip link set plugged up
                  sleep 0.2; ip link del plugged
                  """),
              Map.entry(
                  "namespace comes and goes",
                  "ip netns add x && ip netns exec x true; ip netns del x"),
              Map.entry(
                  "stick comes and goes",
                  "mkdir -p /media/stick && mount -t tmpfs stick /media/stick && sleep 0.3;"
                      + " umount /media/stick"),
              Map.entry("packet filter", "nft add table inet other; nft delete table inet other"),
              Map.entry("app restarted by hand", "systemctl restart sandbar-raises"),
              Map.entry("app killed", "systemctl kill -s KILL sandbar-masks")));

  private static String manifest(String name, String program) {
    String more = PERMISSIONS.getOrDefault(name, "");
    return """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: %s}
        spec:
          run:
            command: [/usr/bin/bash, -c, '%s']
          %s
        """
        .formatted(name, program.replace("'", "''"), more);
  }

  @Test
  void isNoDrift(@TempDir Path folder) throws Exception {
    GitRepository repository = GitRepository.create(folder.resolve("fleet"));
    PROGRAMS.forEach((name, program) -> commit(repository, name, manifest(name, program)));
    try (var network = VirtualNetwork.create();
        var device = VirtualDevice.named("life").network(network).boot();
        var server = new EventServer()) {
      List<String> apps = new ArrayList<>(PROGRAMS.keySet());
      for (int i = 1; i <= 20 - PROGRAMS.size(); i++) {
        var image = Images.probe(folder, i);
        device.put(image.file(), image.source());
        apps.add("image" + i);
        commit(repository, "image" + i, image.app("image" + i, ""));
      }
      String alerts = "- {name: hook, webhook: '%s'}".formatted(server.url());
      try (var loop =
          DeviceLoop.start(
              device,
              repository,
              s ->
                  DeviceLoop.alerting(alerts)
                      .apply(DeviceLoop.sweeping(Duration.ofSeconds(1)).apply(s)))) {
        apps.removeAll(ENDING);
        Apps.awaitReady(loop, apps);
        awaitAnotherStart(device);
        String image = Apps.pid(device, "image1");
        live(device, server, repository);
        Apps.awaitReady(loop, apps);
        awaitAnotherStart(device);
        assertThat(alarms(server)).isEmpty();
        assertThat(Apps.pid(device, "image1")).as("nobody restarted it").isEqualTo(image);
      }
    }
  }

  /** Those that end go on being started, each by another start than its last. */
  private static void awaitAnotherStart(VirtualDevice device) {
    Map<String, String> last = new TreeMap<>();
    ENDING.forEach(app -> last.put(app, Apps.invocation(device, app)));
    last.forEach((app, invocation) -> Apps.awaitReturn(device, app, invocation));
  }

  /** Ends at once with what was reported, and the names of what happened before. */
  private static void live(VirtualDevice device, EventServer server, GitRepository repository) {
    Instant end =
        Instant.now().plus(Duration.ofMinutes(Integer.getInteger("sandbar.life.minutes", 0)));
    var random = new Random(Long.getLong("sandbar.life.seed", 1));
    var history = new ArrayList<String>();
    do {
      var others = new ArrayList<>(OTHERS.entrySet());
      Collections.shuffle(others, random);
      for (Map.Entry<String, String> one : others) {
        history.add(one.getKey());
        var result = device.exec(LIMIT, "sh", "-exc", one.getValue());
        assertThat(result.exitCode()).as("%s: %s", one.getKey(), result.stderr()).isZero();
        if (random.nextInt(10) == 0) {
          history.add("commit");
          commit(
              repository,
              "spools",
              manifest("spools", PROGRAMS.get("spools") + " # " + random.nextInt()));
        }
        assertThat(alarms(server)).as("after %s", history).isEmpty();
      }
    } while (Instant.now().isBefore(end));
  }

  private static List<String> alarms(EventServer server) {
    return server.events().stream()
        .map(EventServer.Event::body)
        .filter(body -> body.contains("\"DriftDetected\""))
        .toList();
  }

  private static void commit(GitRepository repository, String name, String manifest) {
    try {
      var _ = repository.commit(name + ".yaml", manifest);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
