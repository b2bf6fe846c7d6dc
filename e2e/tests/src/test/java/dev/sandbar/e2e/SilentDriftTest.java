package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Changes that neither systemd nor a file announces, all at once, with the settings that hold by
 * default: each is found within the interval of the quick check.
 */
class SilentDriftTest {

  private static final Duration INTERVAL = DeviceSettings.DEFAULT.quickCheck();

  private static final String PORT = ", permissions: {localNetwork: true, ports: [{port: 8080}]}";

  private static final String YEARLY = "0 0 1 1 *";

  /** What is done to the app of each, whose drift has to be named; see {@link Tampering}. */
  private static final List<Tampering> ALL =
      List.of(
          tampering("mounted", "$IN mount --bind /etc /mnt", "PROCESS foreign mount: /mnt .*"),
          tampering("remounted", "$IN mount -o remount,bind,rw /", "PROCESS ProtectSystem: .*"),
          tampering("shown", "$IN mount -o remount,hidepid=0 /proc", "PROCESS ProtectProc: .*"),
          tampering(
              "spared",
              "echo 0 >/proc/$P/oom_score_adj",
              "PROCESS OOMScoreAdjust: .*",
              ", directives: {OOMScoreAdjust: '500'}"),
          tampering("frozen", "echo 1 >/sys/fs/cgroup$G/cgroup.freeze", "PROCESS frozen: yes.*"),
          tampering("stopped", "kill -STOP $P", "PROCESS stopped: .*"),
          tampering(
              "moved",
              "mkdir -p /sys/fs/cgroup/elsewhere; echo $P >/sys/fs/cgroup/elsewhere/cgroup.procs",
              "PROCESS main process: .*"),
          tampering(
              "intruded",
              "sleep infinity >/dev/null 2>&1 & echo $! >/sys/fs/cgroup$G/cgroup.procs",
              "PROCESS foreign process: .*"),
          tampering(
              "entered",
              "nsenter -t $P -m -n sleep infinity >/dev/null 2>&1 &",
              "PROCESS process from outside: .*"),
          tampering(
              "detached", "$BPF detach /sys/fs/cgroup$G 1", "PROCESS BPF EGRESS: not attached.*"),
          tampering(
              "replaced",
              "$BPF detach /sys/fs/cgroup$G 6; $BPF attach /sys/fs/cgroup$G 6 15 sd_devices",
              "PROCESS BPF DEVICE: lets through .*"),
          tampering(
              "opened",
              "$BPF allow /sys/fs/cgroup$G 1 192.0.2.0 24",
              "PROCESS BPF EGRESS: lets packets of 192.0.2.0, .*",
              ", permissions: {internet: true, internetTo: [{cidr: 203.0.113.0/24}]}"),
          tampering(
              "port",
              "$BPF rule /sys/fs/cgroup$G 8 sd_bind_allow 0 0 6 100 8080",
              "PROCESS BPF BIND4: lets through tcp:8081, .*",
              PORT));

  @TempDir private Path folder;

  private static Tampering tampering(String app, String script, String drift) {
    return tampering(app, script, drift, "");
  }

  private static Tampering tampering(String app, String script, String drift, String spec) {
    return new Tampering(app, false, script, drift, spec);
  }

  @Test
  void whatNothingSignalsIsFoundWithinTheIntervalOfTheQuickCheck() throws Exception {
    GitRepository repository = GitRepository.create(folder.resolve("fleet"));
    for (Tampering t : ALL) {
      repository.write(
          t.app() + ".yaml", Apps.waiting(t.app(), "drift: {mode: Detect}" + t.spec()));
    }
    repository.write("untouched.yaml", Apps.waiting("untouched", "drift: {mode: Detect}"));
    repository.write(
        "yearly.yaml",
        Apps.manifest(
            "yearly",
            "run: {command: [/usr/bin/true], schedule: '%s'}, drift: {mode: Detect}"
                .formatted(YEARLY)));
    repository.commitAll("Apps");
    try (var device = VirtualDevice.named("silent").suite(Suite.TRIXIE).boot();
        var loop = DeviceLoop.start(device, repository, DeviceLoop.checking(INTERVAL))) {
      device.write("/tmp/bpf", BpfScript.TEXT);
      var apps = new ArrayList<>(ALL.stream().map(Tampering::app).toList());
      apps.add("untouched");
      apps.add("yearly");
      Apps.awaitReady(loop, apps);
      // New versions are judged at the end of their probation, which is no part of this.
      Instant quiet = writtenAt(loop);
      await()
          .atMost(Apps.SOON)
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> Instant.now().isAfter(writtenAt(loop).plusSeconds(4)));
      assertThat(writtenAt(loop)).isAfterOrEqualTo(quiet);

      var script = new StringBuilder("export LC_ALL=C\n");
      for (Tampering t : ALL) {
        script
            .append("(set -e; U=")
            .append(Apps.unit(t.app()))
            .append("; P=$(systemctl show --value -p MainPID $U)")
            .append("; G=$(systemctl show --value -p ControlGroup $U)")
            .append("; IN=\"nsenter -t $P -m\"; BPF='perl /tmp/bpf'\n")
            .append(t.script())
            .append("\n) || echo 'failed: ")
            .append(t.app())
            .append("'\n");
      }
      device.write("/tmp/tamper", script.toString());
      Instant begun = Instant.now();
      assertThat(device.exec("sh", "-c", "sh /tmp/tamper 2>&1").orThrow())
          .doesNotContain("failed: ");
      Instant done = Instant.now();
      for (Tampering t : ALL) {
        Apps.awaitDrift(loop, t.app(), t.drift());
        assertThat(since(loop, t.app()))
            .as(t.app())
            .isAfterOrEqualTo(begun)
            .isBeforeOrEqualTo(done.plus(INTERVAL));
      }
      assertThat(loop.drifts("untouched")).isEmpty();
      assertThat(loop.drifts("yearly")).isEmpty();

      // What becomes of a timer is signalled: that waits for no check.
      device
          .exec("systemctl", "stop", CalendarParity.timer("yearly", YEARLY).unit().value())
          .orThrow();
      Instant stopped = Instant.now();
      Apps.awaitDrift(loop, "yearly", ".*[.]timer.*");
      assertThat(since(loop, "yearly")).isBefore(stopped.plusSeconds(5));

      // A property of the slice is announced by the file that systemd writes.
      device
          .exec("systemctl", "set-property", "--runtime", "sandbar.slice", "IPAddressAllow=any")
          .orThrow();
      Apps.awaitDrift(loop, "untouched", ".*IPAddressAllow.*");
    }
  }

  private static Instant since(DeviceLoop loop, String app) throws Exception {
    return Instant.parse(Texts.at(Texts.items(loop.app(app), "drift").getFirst(), "since"));
  }

  private static Instant writtenAt(DeviceLoop loop) throws Exception {
    String at = Texts.at(loop.status(), "writtenAt");
    return at.isEmpty() ? Instant.EPOCH : Instant.parse(at);
  }
}
