package dev.sandbar.device.systemd;

import static dev.sandbar.device.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.device.systemd.SystemdException.Kind;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** On a real systemd of each version. */
@ParameterizedClass
@EnumSource(Suite.class)
final class DbusSystemdTest {

  private static final Duration LONG = Duration.ofSeconds(60);

  @SuppressWarnings("NullAway.Init")
  private static VirtualDevice device;

  @SuppressWarnings("NullAway.Init")
  private static DbusSystemd systemd;

  private final Suite suite;

  DbusSystemdTest(Suite suite) {
    this.suite = suite;
  }

  @BeforeParameterizedClassInvocation
  static void boot(Suite suite) {
    device = VirtualDevice.named("bus").suite(suite).boot();
    systemd = DbusSystemd.connect("unix:path=" + device.busSocket());
  }

  @AfterParameterizedClassInvocation
  static void remove() {
    systemd.close();
    device.close();
  }

  @Test
  void tellsItsVersion() {
    assertThat(systemd.version()).startsWith(Integer.toString(suite.systemd()));
  }

  @Test
  void readsEveryKindOfPropertyOfAUnit() {
    UnitName unit =
        write(
            "kinds",
            """
            [Service]
            ExecStart=/usr/bin/sleep 1h
            IPAddressDeny=any
            SocketBindDeny=ipv4:tcp:80-81
            DeviceAllow=/dev/null rw
            Environment=SANDBAR_GENERATION=g1 "B=two words"
            RestrictNamespaces=yes
            RestrictAddressFamilies=AF_UNIX
            TasksMax=77
            TemporaryFileSystem=/var:ro
            """);
    var properties = systemd.properties(unit);
    assertThat(properties).containsEntry("LoadState", new Raw.Str("loaded"));
    assertThat(properties).containsEntry("TasksMax", new Raw.Int(77));
    assertThat(properties).containsEntry("MemoryMax", new Raw.Int(-1));
    assertThat(properties).containsEntry("RestrictNamespaces", new Raw.Int(0));
    assertThat(properties)
        .containsEntry("Environment", strings("SANDBAR_GENERATION=g1", "B=two words"));
    assertThat(properties)
        .containsEntry("DeviceAllow", array(tuple(new Raw.Str("/dev/null"), new Raw.Str("rw"))));
    assertThat(properties)
        .containsEntry(
            "SocketBindDeny",
            array(tuple(new Raw.Int(2), new Raw.Int(6), new Raw.Int(2), new Raw.Int(80))));
    assertThat(properties)
        .containsEntry("RestrictAddressFamilies", tuple(new Raw.Bool(true), strings("AF_UNIX")));
    assertThat(properties.get("IPAddressDeny"))
        .isInstanceOfSatisfying(
            Raw.Array.class,
            deny ->
                assertThat(deny.items())
                    .contains(
                        tuple(
                            new Raw.Int(2),
                            array(new Raw.Int(0), new Raw.Int(0), new Raw.Int(0), new Raw.Int(0)),
                            new Raw.Int(0))));
    assertThat(properties)
        .containsEntry("TemporaryFileSystem", array(tuple(new Raw.Str("/var"), new Raw.Str("ro"))));
  }

  @Test
  void aUnitThatDoesNotExistIsNotFoundAndNoError() {
    assertThat(systemd.properties(new UnitName("no-such.service")))
        .containsEntry("LoadState", new Raw.Str("not-found"));
  }

  @Test
  void runsJobsAtTheSameTimeAndWaitsForAll() {
    var jobs = new ArrayList<Job>();
    for (int i = 0; i < 100; i++) {
      jobs.add(
          new Job(
              Verb.START,
              write(
                  "many-" + i,
                  "[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nRemainAfterExit=yes\n"
                      + "ExecStart=/usr/bin/sleep 1\n")));
    }
    systemd.reload();
    long begun = System.nanoTime();
    var outcomes = systemd.run(jobs, LONG);
    Duration took = Duration.ofNanos(System.nanoTime() - begun);
    assertThat(outcomes).extracting(JobOutcome::job).isEqualTo(jobs);
    assertThat(outcomes).allMatch(JobOutcome::done);
    assertThat(systemd.units(List.of("sandbar-many-*")).values())
        .hasSize(100)
        .containsOnly("active");
    // One after the other they would take 100 s.
    assertThat(took).isLessThan(Duration.ofSeconds(50));
    var stops = jobs.stream().map(job -> new Job(Verb.STOP, job.unit())).toList();
    assertThat(systemd.run(stops, LONG)).allMatch(JobOutcome::done);
  }

  @Test
  void tellsHowEachJobEnded() {
    UnitName good = write("good", "[Service]\nType=exec\nExecStart=/usr/bin/sleep 1h\n");
    UnitName bad = write("bad", "[Service]\nType=exec\nExecStart=/no/such/program\n");
    UnitName slow = write("slow", "[Service]\nType=oneshot\nExecStart=/usr/bin/sleep 1h\n");
    UnitName missing = new UnitName("sandbar-missing.service");
    systemd.reload();
    var outcomes =
        systemd.run(
            List.of(
                new Job(Verb.START, bad),
                new Job(Verb.START, missing),
                new Job(Verb.START, slow),
                new Job(Verb.RESTART, good)),
            Duration.ofSeconds(3));
    assertThat(outcomes.get(0).result()).isEqualTo("failed");
    assertThat(outcomes.get(1).result()).contains("sandbar-missing.service not found");
    assertThat(outcomes.get(2).result()).isEqualTo("no-answer");
    assertThat(outcomes.get(3).done()).isTrue();
    assertThat(systemd.processes(good)).hasSize(1);
    assertThat(systemd.properties(bad)).containsEntry("Result", new Raw.Str("exit-code"));

    systemd.resetFailed(bad);
    assertThat(systemd.properties(bad)).containsEntry("Result", new Raw.Str("success"));
    systemd.kill(slow);
    systemd.kill(good);
    eventually(
        "killed", () -> new Raw.Str("failed").equals(systemd.properties(good).get("ActiveState")));
  }

  @Test
  void refusalsSayWhichKindTheyAre() {
    assertThatThrownBy(() -> systemd.processes(new UnitName("sandbar-none.service")))
        .isInstanceOfSatisfying(
            SystemdException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NO_SUCH_UNIT))
        .hasMessageContaining("sandbar-none.service");
    assertThatThrownBy(() -> systemd.enable(List.of(new UnitName("sandbar-none.service"))))
        .isInstanceOf(SystemdException.class)
        .hasMessageContaining("sandbar-none.service");
  }

  @Test
  void enablesDisablesAndUnmasks() {
    UnitName unit =
        write(
            "boot", "[Service]\nExecStart=/usr/bin/true\n[Install]\nWantedBy=multi-user.target\n");
    systemd.reload();
    systemd.enable(List.of(unit));
    assertThat(systemd.properties(unit)).containsEntry("UnitFileState", new Raw.Str("enabled"));
    systemd.disable(unit);
    systemd.reload();
    assertThat(systemd.properties(unit)).containsEntry("UnitFileState", new Raw.Str("disabled"));

    device.exec("rm", "/etc/systemd/system/" + unit).orThrow();
    device.exec("systemctl", "mask", unit.value()).orThrow();
    assertThat(systemd.properties(unit)).containsEntry("LoadState", new Raw.Str("masked"));
    systemd.unmask(List.of(unit));
    systemd.reload();
    assertThat(systemd.properties(unit)).containsEntry("LoadState", new Raw.Str("not-found"));
  }

  @Test
  void everyLivePropertyTakesWhatItGives() {
    UnitName set =
        write(
            "set",
            """
            [Service]
            Type=exec
            ExecStart=/usr/bin/sleep 1h
            IPAddressDeny=any
            IPAddressAllow=10.1.0.0/16 fd00::/8
            SocketBindDeny=any
            SocketBindAllow=ipv6:udp:5000-5009
            DeviceAllow=/dev/null rw
            DeviceAllow=char-pts r
            DevicePolicy=closed
            RestrictNetworkInterfaces=~eth7
            IPAccounting=yes
            MemoryMax=100M
            MemoryHigh=infinity
            MemoryLow=1M
            TasksMax=99
            CPUQuota=25%
            CPUWeight=77
            IOWeight=66
            """);
    UnitName plain = write("plain", "[Service]\nType=exec\nExecStart=/usr/bin/sleep 1h\n");
    systemd.reload();
    assertThat(systemd.run(List.of(new Job(Verb.START, set), new Job(Verb.START, plain)), LONG))
        .allMatch(JobOutcome::done);
    Map<String, Raw> wanted = new TreeMap<>(systemd.properties(set));
    wanted.keySet().retainAll(DirectiveTable.liveSignatures().keySet());
    assertThat(wanted).containsKeys("IPAddressDeny", "CPUQuotaPerSecUSec");

    systemd.setProperties(plain, wanted);

    Map<String, Raw> now = new TreeMap<>(systemd.properties(plain));
    now.keySet().retainAll(DirectiveTable.liveSignatures().keySet());
    now.replaceAll((_, value) -> sorted(value));
    wanted.replaceAll((_, value) -> sorted(value));
    assertThat(now).isEqualTo(wanted);
    systemd.run(List.of(new Job(Verb.STOP, set), new Job(Verb.STOP, plain)), LONG);
  }

  @Test
  void aSandboxSettingCannotBeSetLive() {
    UnitName unit = new UnitName("sandbar-any.service");
    assertThatThrownBy(
            () -> systemd.setProperties(unit, Map.of("NoNewPrivileges", new Raw.Bool(true))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NoNewPrivileges");
    assertThatThrownBy(() -> systemd.setProperties(unit, Map.of("TasksMax", new Raw.Bool(true))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static Raw sorted(Raw raw) {
    return raw instanceof Raw.Array(List<Raw> items)
        ? new Raw.Array(
            items.stream().sorted((a, b) -> a.toString().compareTo(b.toString())).toList())
        : raw;
  }

  private static UnitName write(String name, String text) {
    var unit = new UnitName("sandbar-" + name + ".service");
    device.write("/etc/systemd/system/" + unit, text);
    return unit;
  }

  private static Raw array(Raw... items) {
    return new Raw.Array(List.of(items));
  }

  private static Raw tuple(Raw... fields) {
    return new Raw.Tuple(List.of(fields));
  }

  private static Raw strings(String... texts) {
    return new Raw.Array(List.of(texts).stream().<Raw>map(Raw.Str::new).toList());
  }
}
