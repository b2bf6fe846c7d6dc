package dev.sandbar.device.observe;

import static dev.sandbar.device.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.sandbar.core.attest.ContentChecks;
import dev.sandbar.core.attest.DeviceNumber;
import dev.sandbar.core.attest.Finding;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.plan.ObservedUnit.ProcessEvidence;
import dev.sandbar.core.plan.StoredImage;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.property.Value;
import dev.sandbar.device.kernel.KnownFilters;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.DbusSystemd;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.vdev.RunningProgram;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Every layer of a real device of each systemd version. */
@ParameterizedClass
@EnumSource(Suite.class)
final class ObserverTest {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final UnitName SLICE = new UnitName("sandbar.slice");

  private static final String SEALED =
      """
      [Service]
      Type=exec
      ExecStart=/usr/bin/sleep 1h
      Slice=sandbar.slice
      Environment=SANDBAR_GENERATION=g1
      DynamicUser=yes
      NoNewPrivileges=yes
      CapabilityBoundingSet=
      SystemCallFilter=~@reboot
      PrivateNetwork=yes
      PrivateUsers=yes
      PrivateIPC=yes
      ProtectHostname=yes
      IPAddressDeny=any
      DevicePolicy=closed
      SocketBindDeny=any
      """;

  @SuppressWarnings("NullAway.Init")
  private static VirtualDevice device;

  @SuppressWarnings("NullAway.Init")
  private static DbusSystemd systemd;

  @SuppressWarnings("NullAway.Init")
  private static Observer observer;

  ObserverTest(Suite suite) {
    assertThat(device.suite()).isEqualTo(suite);
  }

  @BeforeParameterizedClassInvocation
  static void boot(Suite suite) {
    device = VirtualDevice.named("observe").suite(suite).boot();
    systemd = DbusSystemd.connect("unix:path=" + device.busSocket());
    observer =
        Observer.of(
            device.root(), systemd, new ImageStore(device.root())::verified, KnownFilters.none());
  }

  @AfterParameterizedClassInvocation
  static void remove() {
    systemd.close();
    device.close();
  }

  @Test
  void seesTheKernelEvidenceOfASealedApp() {
    UnitName unit = start("sealed", SEALED);
    ObservedUnit observed = observe(unit);
    assertThat(observed.loaded())
        .returns("loaded", Loaded::loadState)
        .returns("active", Loaded::activeState)
        .returns("running", Loaded::subState)
        .returns("g1", Loaded::generation)
        .returns("/etc/systemd/system/" + unit, Loaded::fragmentPath);
    assertThat(observed.loaded().invocationId()).matches("[0-9a-f]{32}");
    assertThat(observed.properties()).containsEntry("PrivateNetwork", new Raw.Bool(true));
    assertThat(observed.files())
        .extracting(ObservedUnit.File::path, ObservedUnit.File::sha256)
        .containsExactly(tuple("/etc/systemd/system/" + unit, Sha256.of(SEALED).hex()));
    // Debian 12 builds its systemd without the BPF framework: SocketBindDeny fails open there.
    var programs =
        device.suite() == Suite.BOOKWORM
            ? List.of("INGRESS", "EGRESS", "DEVICE")
            : List.of("INGRESS", "EGRESS", "DEVICE", "BIND4", "BIND6");
    assertThat(observed.cgroupPrograms()).containsExactlyElementsOf(programs);
    assertThat(observed.processes())
        .singleElement()
        .satisfies(
            process -> {
              assertThat(process.pid()).isEqualTo(systemd.processes(unit).getFirst().intValue());
              assertThat(process.command()).isEqualTo("sleep");
              assertThat(process.uid()).isBetween(61184, 65519);
              assertThat(process.noNewPrivileges()).isTrue();
              assertThat(process.seccomp()).isEqualTo(2);
              assertThat(process.capEffective()).isZero();
              assertThat(process.capAmbient()).isZero();
              assertThat(process.generation()).isEqualTo("g1");
              assertThat(process.ownNamespaces())
                  .containsAllEntriesOf(
                      Map.of(
                          "net", true, "mnt", true, "user", true, "ipc", true, "uts", true, "pid",
                          false, "cgroup", false));
            });
  }

  @Test
  void seesThatProgramsOnDevicesAndPortsHaveTheListsOfTheirUnit() {
    String lists =
        "DeviceAllow=/dev/loop-control rw\nDeviceAllow=char-misc r\nDeviceAllow=/dev/none rw\n";
    UnitName unit = start("listed", SEALED + lists + "SocketBindAllow=tcp:8080\n");
    ObservedUnit observed = observe(unit);
    var outside = observed.kernel().outside();
    var loop = new DeviceNumber(false, 10, 237);
    assertThat(outside.nodes())
        .containsEntry("/dev/loop-control", List.of(loop))
        .containsEntry("char-misc", List.of(new DeviceNumber(false, 10, -1)))
        .containsEntry("/dev/none", List.of());
    var devices = Map.of("/dev/loop-control", "rw", "char-misc", "r", "/dev/none", "rw");
    var declared =
        new TreeMap<String, Value>(
            Map.of(
                "DevicePolicy", new Value.Text("closed"),
                "DeviceAllow", new Value.Keyed(new TreeMap<>(devices)),
                "SocketBindAllow", new Value.Names(new TreeSet<>(Set.of("tcp:8080"))),
                "SocketBindDeny", new Value.Names(new TreeSet<>(Set.of("any")))));
    for (CgroupProgram kind :
        List.of(CgroupProgram.DEVICE, CgroupProgram.BIND4, CgroupProgram.BIND6)) {
      if (observed.cgroupPrograms().contains(kind.name())) {
        assertThat(ContentChecks.of(kind, declared, outside)).isEqualTo(new Finding.Holds(""));
        var without = new TreeMap<>(declared);
        without.keySet().removeIf(name -> name.endsWith("Allow"));
        assertThat(ContentChecks.of(kind, without, outside)).isInstanceOf(Finding.Lacks.class);
      }
    }
  }

  @Test
  void seesThatAnOpenAppHasNothingOfThat() {
    UnitName unit =
        start("open", "[Service]\nType=exec\nExecStart=/usr/bin/sleep 1h\nSlice=sandbar.slice\n");
    ObservedUnit observed = observe(unit);
    assertThat(observed.cgroupPrograms()).isEmpty();
    ProcessEvidence process = observed.processes().getFirst();
    assertThat(process.uid()).isZero();
    assertThat(process.noNewPrivileges()).isFalse();
    assertThat(process.seccomp()).isZero();
    assertThat(process.capBounding()).isNotZero();
    assertThat(process.ownNamespaces().values()).containsOnly(false);
    assertThat(process.generation()).isEmpty();
  }

  @Test
  void seesAForeignProcessInASubgroupOfTheApp() {
    UnitName unit = start("invaded", SEALED);
    String group = "/sys/fs/cgroup/sandbar.slice/" + unit + "/sub";
    try (RunningProgram intruder =
        device.start(
            List.of(
                "sh",
                "-c",
                "mkdir " + group + " && echo $$ > " + group + "/cgroup.procs && exec sleep 1h"),
            Map.of())) {
      eventually("it is seen", () -> observe(unit).processes().size() == 2);
      List<ProcessEvidence> processes = observe(unit).processes();
      assertThat(processes.get(0).seccomp()).isEqualTo(2);
      assertThat(processes.get(1).seccomp()).isZero();
      assertThat(processes.get(1).uid()).isZero();
      assertThat(processes.get(1).ownNamespaces()).containsEntry("net", false);
      assertThat(intruder).isNotNull();
    }
  }

  @Test
  void seesWhatTheManagerHasNotReadYet() {
    UnitName unit = start("edited", SEALED);
    device.write("/etc/systemd/system/" + unit + ".d/50-x.conf", "[Service]\nIPAddressDeny=\n");
    device.write("/run/systemd/transient/" + unit, "[Service]\nExecStart=/usr/bin/sleep 2h\n");
    ObservedUnit observed = observe(unit);
    assertThat(observed.loaded().dropInPaths()).isEmpty();
    assertThat(observed.files())
        .extracting(ObservedUnit.File::path)
        .containsExactly(
            "/run/systemd/transient/" + unit,
            "/etc/systemd/system/" + unit,
            "/etc/systemd/system/" + unit + ".d/50-x.conf");
  }

  @Test
  void seesAnOldProcessUnderNewSettings() {
    UnitName unit = start("pending", SEALED);
    device.write("/etc/systemd/system/" + unit, SEALED.replace("=g1", "=g2"));
    systemd.reload();
    ObservedUnit observed = observe(unit);
    assertThat(observed.loaded().generation()).isEqualTo("g2");
    assertThat(observed.processes().getFirst().generation()).isEqualTo("g1");
  }

  @Test
  void seesTheSlicesAbove() {
    UnitName unit = start("sliced", SEALED);
    device
        .exec("systemctl", "set-property", "--runtime", "sandbar.slice", "IPAddressAllow=any")
        .orThrow();
    ObservedUnit slice =
        Objects.requireNonNull(observer.observe(List.of(unit), List.of(SLICE)).units().get(SLICE));
    assertThat(slice.properties().get("IPAddressAllow")).isNotEqualTo(new Raw.Array(List.of()));
    assertThat(slice.files()).anyMatch(file -> file.path().contains("system.control"));
    assertThat(slice.processes()).isEmpty();
    device.exec("systemctl", "revert", "sandbar.slice").orThrow();
  }

  @Test
  void aSweepSeesWhatAFreshLookSees() {
    UnitName unit = start("swept", SEALED);
    String own = "/etc/systemd/system/" + unit;
    String dropIn = "/run/systemd/system.control/" + unit + ".d/50-CPUWeight.conf";
    sweepsAgree(unit);
    // Live, with a drop-in that systemd writes; then without its file; then forgotten.
    device.exec("systemctl", "set-property", "--runtime", unit.value(), "CPUWeight=77").orThrow();
    assertThat(sweepsAgree(unit).properties()).containsEntry("CPUWeight", new Raw.Int(77));
    device.exec("rm", dropIn).orThrow();
    assertThat(sweepsAgree(unit).loaded().dropInPaths()).contains(dropIn);
    systemd.reload();
    assertThat(sweepsAgree(unit).loaded().dropInPaths()).isEmpty();
    // The text of the file and what of it shows in the Unit interface only, loaded and not.
    device.write(own, "[Unit]\nStartLimitBurst=99\n" + SEALED);
    assertThat(sweepsAgree(unit).properties())
        .doesNotContainEntry("StartLimitBurst", new Raw.Int(99));
    systemd.reload();
    assertThat(sweepsAgree(unit).properties()).containsEntry("StartLimitBurst", new Raw.Int(99));
    // Its life.
    String before = sweepsAgree(unit).loaded().invocationId();
    systemd.run(List.of(new Job(Verb.RESTART, unit)), LONG);
    assertThat(sweepsAgree(unit).loaded().invocationId()).isNotEqualTo(before);
    device.exec("systemctl", "enable", unit.value()).orThrow();
    sweepsAgree(unit);
    systemd.run(List.of(new Job(Verb.STOP, unit)), LONG);
    assertThat(sweepsAgree(unit).loaded().activeState()).isEqualTo("inactive");
    device.exec("rm", own).orThrow();
    sweepsAgree(unit);
    systemd.reload();
    assertThat(sweepsAgree(unit).loaded().loadState()).isEqualTo("not-found");
  }

  /** The last of three sweeps, which only asks anew where it must, against one without a past. */
  private static ObservedUnit sweepsAgree(UnitName unit) {
    ObservedUnit fresh =
        Observer.of(
                device.root(),
                systemd,
                new ImageStore(device.root())::verified,
                KnownFilters.none())
            .observe(List.of(unit), List.of(SLICE))
            .units()
            .get(unit);
    ObservedUnit swept = ObservedUnit.absent(unit);
    for (int i = 0; i < 3; i++) {
      swept =
          Objects.requireNonNull(observer.sweep(List.of(unit), List.of(SLICE)).units().get(unit));
      assertThat(swept).isEqualTo(fresh);
    }
    return swept;
  }

  @Test
  void aUnitThatIsNotThereIsNotFound() {
    ObservedUnit observed = observe(new UnitName("sandbar-none.service"));
    assertThat(observed.loaded().loadState()).isEqualTo("not-found");
    assertThat(observed.properties()).isEmpty();
    assertThat(observed.files()).isEmpty();
    assertThat(observed.processes()).isEmpty();
  }

  @Test
  void whatAnAppCallsItsProgramsCostsNothing() {
    device.exec("sh", "-c", "mkdir -p /srv/systemd && cp /usr/bin/sleep /srv/systemd/systemd");
    UnitName unit =
        start(
            "crowd",
            "[Service]\nType=exec\nExecStart=/usr/bin/sh -c 'for i in $(seq 150); do"
                + " /srv/systemd/systemd 600 & done; wait'\n");
    // A look that the machine is too busy for sees fewer: the next one counts.
    eventually(
        "all of them are seen by one look that is short",
        () -> {
          long begun = System.nanoTime();
          int seen = observe(unit).processes().size();
          Duration taken = Duration.ofNanos(System.nanoTime() - begun);
          return seen == 151 && taken.compareTo(Duration.ofSeconds(3)) < 0;
        });
    systemd.run(List.of(new Job(Verb.STOP, unit)), LONG);
  }

  @Test
  void aFailedAppTellsHow() {
    var unit = new UnitName("sandbar-failing.service");
    device.write("/etc/systemd/system/" + unit, "[Service]\nExecStart=/usr/bin/sh -c 'exit 7'\n");
    systemd.reload();
    systemd.run(List.of(new Job(Verb.START, unit)), LONG);
    eventually("it failed", () -> observe(unit).loaded().activeState().equals("failed"));
    assertThat(observe(unit).loaded())
        .returns("exit-code", Loaded::result)
        .returns(7, Loaded::exitStatus);
  }

  @Test
  void knowsEveryDirectoryThatThisSystemdReads() {
    String path = device.exec("systemctl", "show", "--property=UnitPath", "--value").orThrow();
    var known = new TreeSet<>(new UnitDirectories(device.root()).loadPath());
    // On a merged file system that is /usr/lib/systemd/system once more.
    known.add("/lib/systemd/system");
    assertThat(known).containsAll(List.of(path.strip().split("\\s+")));
  }

  @Test
  void seesTheImagesThatAreWhole() {
    var images = new ImageStore(device.root());
    device.write("/srv/app.raw", "hsqs: an image");
    assertThat(images.add("/srv/app.raw", Sha256.of("hsqs: an image")))
        .isInstanceOf(ImageStore.Stored.Kept.class);
    assertThat(observer.observe(List.of(), List.of()).images())
        .containsEntry(
            Sha256.of("hsqs: an image").hex(),
            StoredImage.plain(ImageStore.path(Sha256.of("hsqs: an image"))));
  }

  private static ObservedUnit observe(UnitName unit) {
    Observation observation = observer.observe(List.of(unit), List.of());
    return Objects.requireNonNull(observation.units().get(unit));
  }

  private static UnitName start(String name, String text) {
    var unit = new UnitName("sandbar-" + name + ".service");
    device.write("/etc/systemd/system/" + unit, text);
    systemd.reload();
    assertThat(systemd.run(List.of(new Job(Verb.START, unit)), LONG)).allMatch(JobOutcome::done);
    return unit;
  }
}
