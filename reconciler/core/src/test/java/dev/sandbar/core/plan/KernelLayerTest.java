package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.CallFilter;
import dev.sandbar.core.attest.CallFilter.Instruction;
import dev.sandbar.core.attest.CallFilters;
import dev.sandbar.core.attest.CallTable;
import dev.sandbar.core.attest.KernelFacts;
import dev.sandbar.core.attest.KernelFacts.Joined;
import dev.sandbar.core.attest.KernelFacts.Limit;
import dev.sandbar.core.attest.KernelFacts.Mount;
import dev.sandbar.core.attest.KernelFacts.Outside;
import dev.sandbar.core.attest.KernelFacts.ProcessFacts;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Tables as Linux 6.12 and systemd 257 showed them of a default app, shortened. */
class KernelLayerTest {

  private static final String DEVICE =
      """
      2785 1422 0:191 / / rw,relatime shared:95 - ext4 /dev/vda1 rw
      1589 2785 0:205 / /run rw,nosuid,nodev,relatime shared:105 - tmpfs tmpfs rw,mode=755
      2139 2785 0:207 / /dev rw,nosuid,relatime shared:106 - tmpfs tmpfs rw,size=4096k,mode=755
      1489 2139 0:218 / /dev/pts rw,relatime shared:107 - devpts devpts rw,gid=5,mode=620
      2795 2785 0:226 / /proc rw,nosuid,nodev,noexec,relatime shared:109 - proc proc rw
      3287 2795 0:226 /sys /proc/sys ro,nosuid,nodev,noexec,relatime shared:110 - proc proc rw
      3548 2785 0:240 / /sys ro,nosuid,nodev,noexec,relatime shared:122 - sysfs sysfs rw
      3564 3548 0:38 / /sys/fs/cgroup rw,nosuid,nodev,noexec - cgroup2 cgroup2 rw
      4426 2785 0:409 / /tmp rw,nosuid,nodev shared:131 - tmpfs tmpfs rw
      4500 2785 8:17 / /media/stick rw,nosuid,nodev shared:140 - vfat /dev/sdb1 rw
      """;

  private static final String APP =
      """
      7682 7651 0:191 / / ro,nosuid,noexec,relatime shared:4129 master:95 - ext4 /dev/vda1 rw
      7691 7682 0:226 / /proc rw,nosuid,nodev,noexec master:109 - proc proc rw
      7692 7691 0:226 /sys /proc/sys ro,nosuid,nodev,noexec master:110 - proc proc rw
      7711 7682 0:409 / /tmp rw,nosuid,nodev shared:4150 master:131 - tmpfs tmpfs rw
      7713 7682 0:205 /systemd/inaccessible/dir /boot ro,nosuid master:105 - tmpfs tmpfs rw
      7714 7682 0:573 / /dev ro,nosuid,noexec shared:4153 - tmpfs tmpfs rw
      7715 7714 0:218 / /dev/pts rw,nosuid,relatime shared:4154 master:107 - devpts devpts rw
      7690 7714 0:571 / /dev/mqueue rw,nosuid,nodev,noexec - mqueue mqueue rw
      7716 7714 0:574 / /dev/shm rw,nosuid,nodev,noexec - tmpfs tmpfs rw,size=65536k
      7718 7682 0:205 /systemd/inaccessible/dir /home ro,nosuid master:105 - tmpfs tmpfs rw
      7732 7682 0:191 /opt /opt ro,nosuid,relatime master:95 - ext4 /dev/vda1 rw
      7733 7691 0:575 / /proc rw,nosuid - proc proc rw,hidepid=invisible,subset=pid
      7693 7682 0:205 /systemd/inaccessible/dir /root ro,nosuid master:105 - tmpfs tmpfs rw
      7683 7682 0:576 / /run rw,nosuid,nodev,noexec shared:4162 - tmpfs tmpfs rw,size=1024k
      7684 7683 0:205 /systemd/propagate/sandbar-pump.service /run/systemd/incoming ro - tmpfs t rw
      7685 7682 0:577 / /sys ro,nosuid,nodev,noexec,relatime shared:4164 - sysfs sysfs rw
      7709 7685 0:38 /sandbar.slice/sandbar-pump.service /sys/fs/cgroup ro,nosuid - cgroup2 c rw
      7710 7711 0:572 /tmp /tmp rw,nosuid,nodev,noexec shared:4151 - tmpfs tmpfs rw
      7734 7682 0:191 /usr /usr ro,nosuid,relatime shared:4173 master:95 - ext4 /dev/vda1 rw
      7743 7682 0:572 /var-tmp /var/tmp rw,nosuid,nodev,noexec shared:4182 - tmpfs tmpfs rw
      7744 7682 8:17 / /media/stick rw,nosuid,nodev master:140 - vfat /dev/sdb1 rw
      """;

  private static final List<String> PLACES =
      List.of(
          "/",
          "/usr",
          "/etc",
          "/var",
          "/boot",
          "/home",
          "/root",
          "/proc",
          "/proc/sys",
          "/sys",
          "/sys/fs/cgroup",
          "/dev",
          "/dev/shm",
          "/tmp",
          "/var/tmp",
          "/run",
          "/opt");

  private static final SortedMap<String, String> LIMITS = new TreeMap<>(Map.of("pids.max", "100"));

  private static final String SPEC = "run: {command: [/usr/bin/app]}, directives: {TasksMax: 100}";

  private CompiledApp app = app("{" + SPEC + "}");

  private static CompiledApp app(String spec) {
    return switch (Compiler.compile(FlowText.read("pump", spec), ReferenceDevice.facts())) {
      case Compilation.Compiled(var compiled, _) -> compiled;
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
    };
  }

  private static ProcessFacts process(int pid, long core, int oom, String mounts) {
    return new ProcessFacts(
        pid,
        "pump",
        new TreeSet<>(List.of(61200)),
        new TreeSet<>(List.of(61200)),
        "0077",
        true,
        2,
        31,
        new TreeMap<>(),
        new TreeMap<>(
            Map.of(
                "Max core file size", new Limit(core, core), "Max locked memory", new Limit(0, 0))),
        new TreeMap<>(Map.of("mnt", mounts)),
        oom,
        "",
        false);
  }

  private static KernelFacts facts(
      List<ProcessFacts> processes,
      int escaped,
      String table,
      String device,
      SortedMap<String, String> limits) {
    var places = new TreeMap<String, String>();
    PLACES.forEach(place -> places.put(place, place));
    return new KernelFacts(
        "/sandbar.slice/sandbar-pump.service",
        processes,
        escaped,
        Mount.parse(table),
        Mount.parse(device),
        places,
        new TreeMap<>(),
        new TreeMap<>(),
        limits,
        CallFilters.UNREAD,
        Outside.NOTHING);
  }

  private List<String> differences(KernelFacts kernel) {
    ObservedUnit seen =
        DifferTest.asDeclared(AppVariants.compile("pump", "closed", DriftMode.DETECT, 257), 257);
    var out = new ArrayList<Difference>();
    KernelLayer.compare(
        app,
        new ObservedUnit(
            seen.name(),
            seen.files(),
            seen.loaded(),
            seen.properties(),
            seen.processes(),
            seen.cgroupPrograms(),
            kernel),
        out);
    return out.stream().map(d -> d.subject() + ": " + d.observed()).toList();
  }

  private List<String> mounted(UnaryOperator<String> change) {
    return differences(
        facts(List.of(process(10, 0, 0, "mnt:[1]")), 0, change.apply(APP), DEVICE, LIMITS));
  }

  @Test
  void whatSystemdMakesAndWhatTheDeviceMountsIsNoDrift() {
    assertThat(mounted(table -> table)).isEmpty();
    // What nothing could be read of is no drift either.
    assertThat(differences(KernelFacts.NOTHING)).isEmpty();
    assertThat(differences(facts(List.of(process(10, 0, 0, "mnt:[1]")), 0, APP, "", LIMITS)))
        .isEmpty();
  }

  private static KernelFacts with(Outside outside) {
    KernelFacts facts = facts(List.of(process(10, 0, 0, "mnt:[1]")), 0, APP, DEVICE, LIMITS);
    return new KernelFacts(
        facts.controlGroup(),
        facts.processes(),
        facts.escaped(),
        facts.mounts(),
        facts.deviceMounts(),
        facts.places(),
        facts.images(),
        facts.deviceNamespaces(),
        facts.limits(),
        facts.filters(),
        outside);
  }

  @Test
  void aProcessThatEnteredItsNamespacesIsNamedWithWhatToDo() {
    var joined = new Joined(77, "sleep", new TreeSet<>(List.of("mnt")));
    assertThat(differences(with(new Outside(List.of(joined), List.of(), new TreeMap<>()))))
        .containsExactly(
            "process from outside: 77 (sleep) entered its namespaces; Sandbar ends no process"
                + " outside the app's cgroup: end it with 'kill 77'");
    // Units may share a network that has a name.
    var named = new Joined(77, "sleep", new TreeSet<>(List.of("net")));
    app = app("{" + SPEC + ", permissions: {internet: true}}");
    assertThat(differences(with(new Outside(List.of(named), List.of(), new TreeMap<>()))))
        .doesNotContain("process from outside");
  }

  @Test
  void foreignProgramsAtItsCgroupAreNamed() {
    assertThat(differences(with(new Outside(List.of(), List.of("CONNECT4 evil"), new TreeMap<>()))))
        .containsExactly("foreign BPF program: CONNECT4 evil");
  }

  @Test
  void aProgramThatLetsThroughWhatIsDeniedIsNamed() {
    var egress = new TreeMap<>(Map.of("192.0.2.1", true, "::1", false));
    var outside = new Outside(List.of(), List.of(), new TreeMap<>(Map.of("EGRESS", egress)));
    assertThat(differences(with(outside)))
        .containsExactly("BPF EGRESS: lets packets of 192.0.2.1 through");
    app = app("{" + SPEC + ", permissions: {internet: true, internetTo: [{cidr: 192.0.2.0/24}]}}");
    assertThat(differences(with(outside))).noneMatch(it -> it.startsWith("BPF EGRESS"));
  }

  @Test
  void aMainProcessThatASignalStoppedIsNamed() {
    ProcessFacts runs = process(10, 0, 0, "mnt:[1]");
    var stopped =
        new ProcessFacts(
            runs.pid(),
            runs.command(),
            runs.users(),
            runs.groups(),
            runs.umask(),
            runs.noNewPrivileges(),
            runs.seccomp(),
            runs.filterCount(),
            runs.capabilities(),
            runs.limits(),
            runs.namespaces(),
            runs.oomScoreAdjust(),
            runs.generation(),
            true);
    assertThat(differences(facts(List.of(stopped), 0, APP, DEVICE, LIMITS)))
        .containsExactly("stopped: process 10 was stopped by a signal");
  }

  @Test
  void aMountThatNothingExplainsIsNamedWithItsSource() {
    assertThat(mounted(table -> table + "1 2 0:191 /etc /mnt rw - ext4 /dev/vda1 rw\n"))
        .containsExactly("foreign mount: /mnt (/etc)");
    assertThat(mounted(table -> table + "1 2 0:205 /lock /srv rw - tmpfs tmpfs rw\n"))
        .containsExactly("foreign mount: /srv (/run/lock)");
    assertThat(mounted(table -> table + "1 2 8:33 / /srv rw - ext4 /dev/sdc1 rw\n"))
        .containsExactly("foreign mount: /srv (ext4 8:33)");
    assertThat(mounted(table -> table + "1 2 0:900 / /usr/share rw - tmpfs none rw\n"))
        .containsExactly("foreign mount: /usr/share (tmpfs 0:900)");
    // The stick of the device, somewhere else.
    assertThat(mounted(table -> table + "1 2 8:17 / /srv rw - vfat /dev/sdb1 rw\n"))
        .containsExactly("foreign mount: /srv (/media/stick)");
  }

  @Test
  void aPlaceThatIsMountedOverItselfIsDriftIfItCanBeWritten() {
    assertThat(mounted(table -> table + "1 2 0:191 /usr/lib /usr/lib ro - ext4 /dev/vda1 rw\n"))
        .isEmpty();
    assertThat(mounted(table -> table + "1 2 0:191 /var/x /var/x rw - ext4 /dev/vda1 rw\n"))
        .containsExactly("foreign mount: /var/x (writable)");
  }

  @Test
  void aMountThatIsGoneOrOpenedIsNamedByItsDirective() {
    assertThat(mounted(table -> without(table, " /home ")))
        .containsExactly("ProtectHome: /home not hidden");
    assertThat(mounted(table -> table.replace("/ / ro,", "/ / rw,")))
        .anyMatch(it -> it.startsWith("ProtectSystem: ") && it.contains("/etc"));
    assertThat(mounted(table -> table.replace("nosuid,noexec,relatime shared:4129", "nosuid")))
        .anyMatch(it -> it.startsWith("NoExecPaths: / not noexec"));
    assertThat(mounted(table -> table.replace("hidepid=invisible,", "")))
        .containsExactly("ProtectProc: /proc as the device has it");
    String pressure = "/sys/fs/cgroup/memory.pressure";
    assertThat(mounted(table -> table + "1 2 0:38 / " + pressure + " rw - cgroup2 cgroup2 rw\n"))
        .contains("MemoryPressureWatch: " + pressure + " mounted");
    assertThat(mounted(table -> without(table, " /dev/shm ")))
        .containsExactly("TemporaryFileSystem: /dev/shm not tmpfs");
    assertThat(mounted(table -> without(table, " /usr "))).isEmpty();
    assertThat(mounted(table -> table.replace("/usr /usr ro,", "/usr /usr rw,")))
        .contains("BindReadOnlyPaths: /usr not bound, read-only");
    // Below them the device has a tmpfs, too.
    assertThat(mounted(table -> without(table, " /tmp /tmp ")))
        .containsExactly("NoExecPaths: /tmp not noexec", "PrivateTmp: /tmp not its own");
    assertThat(mounted(table -> without(table, " /run rw") + "9 9 0:205 / /run rw - tmpfs t rw\n"))
        .contains("TemporaryFileSystem: /run not tmpfs");
  }

  @Test
  void anAppThatMayMakeMountNamespacesMountsWhatItLikes() {
    app = app("{mode: Open, " + SPEC + "}");
    assertThat(app.effective().get("RestrictNamespaces"))
        .isNotEqualTo(new Value.Names(new TreeSet<>()));
    assertThat(mounted(table -> without(table, " /home ") + "1 2 0:9 / /mnt rw - tmpfs t rw\n"))
        .isEmpty();
  }

  private static String without(String table, String part) {
    return String.join("\n", table.lines().filter(line -> !line.contains(part)).toList()) + "\n";
  }

  @Test
  void limitsThatWereRaisedAreNamedOfTheAppsOwnProcessesAlone() {
    assertThat(differences(facts(List.of(process(10, -1, 0, "m")), 0, APP, DEVICE, LIMITS)))
        .containsExactly("LimitCORE: at most infinity in process 10 (pump)");
    var child = List.of(process(10, 0, 0, "m"), process(11, 4096, 0, "m"));
    assertThat(differences(facts(child, 0, APP, DEVICE, LIMITS)))
        .containsExactly("LimitCORE: at most 4096 in process 11 (pump)");
    var foreign = List.of(process(10, 0, 0, "m"), process(11, 4096, 0, "other"));
    assertThat(differences(facts(foreign, 0, APP, DEVICE, LIMITS)))
        .containsExactly("foreign process: 11 (pump): in other namespaces");
  }

  @Test
  void aLimitOfTheCgroupIsReadFromItsFile() {
    var processes = List.of(process(10, 0, 0, "m"));
    for (String held : List.of("max", "101", "99")) {
      assertThat(
              differences(
                  facts(processes, 0, APP, DEVICE, new TreeMap<>(Map.of("pids.max", held)))))
          .as(held)
          .containsExactly("TasksMax: pids.max " + held);
    }
  }

  @Test
  void anAppThatIsFrozenOrOutsideItsCgroupIsNamed() {
    var frozen = new TreeMap<>(Map.of("cgroup.freeze", "1", "pids.max", "100"));
    var processes = List.of(process(10, 0, 0, "m"));
    assertThat(differences(facts(processes, 0, APP, DEVICE, frozen)))
        .containsExactly("frozen: yes");
    assertThat(differences(facts(List.of(), 10, "", DEVICE, LIMITS)))
        .containsExactly("main process: process 10 is in another one");
  }

  private static final CallTable MACHINE =
      new CallTable(
          0xC000003E,
          new TreeMap<>(Map.of("bind", 49, "listen", 50, "ptrace", 101, "unshare", 272)));

  private List<String> filtered(int answer) {
    var filter = CallFilter.of(List.of(new Instruction(0x06, 0, 0, answer)));
    return differences(
        facts(List.of(process(10, 0, 0, "m")), 0, APP, DEVICE, LIMITS)
            .with(CallFilters.of(List.of(filter), MACHINE)));
  }

  /**
   * Nobody takes a filter away, but a unit can be put back after the app was started by another.
   */
  @Test
  void anAppThatWasStartedUnderOtherFiltersIsNamedByWhatTheyLetThrough() {
    assertThat(filtered(0x00050001)).as("all calls fail with EPERM").isEmpty();
    assertThat(filtered(0x7fff0000))
        .as("all calls are let through")
        .contains("SystemCallFilter: lets through bind, listen, ptrace")
        .anyMatch(it -> it.startsWith("RestrictNamespaces: lets through unshare(cgroup)"))
        .doesNotHaveDuplicates();
    assertThat(filtered(0x00050026))
        .as("all calls fail, but with ENOSYS")
        .allMatch(it -> it.startsWith("SystemCallErrorNumber: "));
  }

  @Test
  void aLongListIsShownByItsLength() {
    var few = new Value.Filter(false, new TreeSet<>(List.of("bind", "listen")));
    var names = new TreeSet<String>();
    for (int i = 0; i < 300; i++) {
      names.add("call" + i);
    }
    assertThat(ShownValues.alone(few)).isEqualTo("all but bind listen");
    assertThat(ShownValues.alone(new Value.Filter(true, names))).isEqualTo("only 300 names");
    assertThat(ShownValues.alone(new Value.Text("strict"))).isEqualTo("strict");
  }

  @Test
  void aProcessInOtherNamespacesWasNotStartedByAnAppThatMayMakeNone() {
    var processes = List.of(process(10, 0, 0, "m"), process(11, 0, 0, "m"), process(12, 0, 0, "x"));
    assertThat(differences(facts(processes, 0, APP, DEVICE, LIMITS)))
        .containsExactly("foreign process: 12 (pump): in other namespaces");
    app = app("{mode: Open, " + SPEC + "}");
    assertThat(differences(facts(processes, 0, APP, DEVICE, LIMITS))).isEmpty();
  }

  /** systemd gives each command mounts of its own: what one leaves behind is no stranger. */
  @Test
  void whatACommandOfAServiceLeavesBehindIsNoForeignProcess() {
    app = app("{run: {unit: pump.service}, directives: {TasksMax: 100}}");
    assertThat(foreign("x", "d")).isEmpty();
    assertThat(foreign("d", "d"))
        .containsExactly("foreign process: 12 (pump): in other namespaces");
    assertThat(foreign("x", "")).isNotEmpty();
    app = app("{" + SPEC + "}");
    assertThat(foreign("x", "d")).isNotEmpty();
  }

  private List<String> foreign(String mounts, String ofDevice) {
    KernelFacts facts =
        facts(List.of(process(10, 0, 0, "m"), process(12, 0, 0, mounts)), 0, APP, DEVICE, LIMITS);
    return differences(
            new KernelFacts(
                facts.controlGroup(),
                facts.processes(),
                facts.escaped(),
                facts.mounts(),
                facts.deviceMounts(),
                facts.places(),
                facts.images(),
                new TreeMap<>(ofDevice.isEmpty() ? Map.of() : Map.of("mnt", ofDevice)),
                facts.limits(),
                facts.filters(),
                facts.outside()))
        .stream()
        .filter(it -> it.startsWith("foreign process"))
        .toList();
  }
}
