package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.DeviceSettingsReader;
import dev.sandbar.core.model.DeviceSettingsReader.Outcome;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.KernelSettings;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permission.Level;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SliceLimits;
import dev.sandbar.core.model.SpecReader;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TuningLinesTest {

  private static final String SETTINGS =
      "[{name: net.core.somaxconn, value: 8192}, {name: net.ipv4.tcp_rmem, value: \"4096 131072"
          + " 6291456\"}]";

  @Test
  void aServiceSetsThemAndTheSandboxIsAsWithout() {
    CompiledApp app = CompilerTest.compiled(tuning(SETTINGS), TestDevice.with(257));
    String loader = KernelTuning.of(app.spec()).orElseThrow().loader().value();

    assertThat(app.text().lines())
        .contains(
            "Wants=" + loader,
            "After=" + loader,
            "Environment=\"SANDBAR_KERNEL_TUNING=net.core.somaxconn net.ipv4.tcp_rmem\"",
            "ProtectKernelTunables=yes",
            "CapabilityBoundingSet=")
        .noneMatch(line -> line.startsWith("Requires=sandbard-tuning"));
    assertThat(app.files())
        .extracting(file -> file.text())
        .containsExactly("net.core.somaxconn = 8192\nnet.ipv4.tcp_rmem = 4096 131072 6291456\n");
    var without =
        new TreeMap<>(CompilerTest.compiled("{" + RUN + "}", TestDevice.with(257)).effective());
    var with = new TreeMap<>(app.effective());
    without.remove("Environment");
    with.remove("Environment");
    assertThat(with).isEqualTo(without);
  }

  /** What gives root, opens other sandboxes or hides less, or turns the device into a router. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "kernel.core_pattern",
        "kernel.modprobe",
        "kernel.hotplug",
        "kernel.sysrq",
        "kernel.unprivileged_bpf_disabled",
        "kernel.unprivileged_userns_clone",
        "kernel.yama.ptrace_scope",
        "kernel.kptr_restrict",
        "kernel.dmesg_restrict",
        "kernel.perf_event_paranoid",
        "kernel.randomize_va_space",
        "kernel.modules_disabled",
        "kernel.poweroff_cmd",
        "kernel.sched_rt_runtime_us",
        "kernel.usermodehelper.bset",
        "user.max_user_namespaces",
        "vm.mmap_min_addr",
        "vm.drop_caches",
        "vm.panic_on_oom",
        "vm.min_free_kbytes",
        "vm.nr_hugepages",
        "vm.unprivileged_userfaultfd",
        "fs.protected_symlinks",
        "fs.suid_dumpable",
        "fs.file-max",
        "fs.binfmt_misc.register",
        "net.core.bpf_jit_enable",
        "net.core.bpf_jit_harden",
        "net.ipv4.ip_forward",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_available_congestion_control",
        "net.ipv4.tcp_allowed_congestion_control",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_mem",
        "net.ipv4.conf.all.rp_filter",
        "net.netfilter.nf_conntrack_max",
        "dev.tty.legacy_tiocsti"
      })
  void nobodyGetsWhatOpensTheDevice(String name) {
    assertThat(KernelSettings.all()).doesNotContainKey(name);
    assertThat(KernelSettings.matched(name)).isEmpty();
    for (String pattern : List.of("*", ".*", "kernel.*", "net.*", "vm.*", "fs.*", "user.*")) {
      assertThat(KernelSettings.matched(pattern)).doesNotContain(name);
    }
  }

  /** Everything goes into a line of sysctl.d(5), which knows comments, globs and signs. */
  @Test
  void noNameAndNoValueMeansMoreThanItself() {
    assertThat(KernelSettings.all().keySet())
        .allMatch(it -> it.matches("[a-z0-9]+([._-][a-z0-9]+)+"));
    for (String value :
        List.of("8192\nkernel.modprobe = /x", "8192 ", "-1", "+8192", "0x2000", "8192;", "")) {
      String spec = tuning("[{name: net.core.somaxconn, value: \"%s\"}]".formatted(quoted(value)));
      assertThat(SpecReader.read(FlowText.app("app", spec)))
          .as(value)
          .isInstanceOf(SpecReader.Refused.class);
    }
  }

  private static String quoted(String value) {
    return value.replace("\n", "\\n");
  }

  @Test
  void theOwnerListsWhatAppsMayAskFor() {
    assertThat(denials(DevicePolicy.DEFAULT))
        .hasSize(2)
        .allSatisfy(
            it -> {
              assertThat(it.problem()).isEqualTo(Problem.POLICY_DENIED);
              assertThat(it.help()).contains("policy: {kernelTuning: [...]}");
            });
    assertThat(denials(listing("net.core.*")))
        .singleElement()
        .satisfies(it -> assertThat(it.message()).contains("net.ipv4.tcp_rmem"));
    assertThat(denials(listing("net.core.somaxconn", "net.ipv4.*"))).isEmpty();
    assertThat(denials(listing("net.*"))).isEmpty();
    assertThat(denials(DevicePolicy.NONE)).isEmpty();
    assertThat(denials(listing(Level.SENSITIVE, Set.of())))
        .singleElement()
        .satisfies(it -> assertThat(it.message()).contains("maxLevel is Sensitive"));
    assertThat(denials(listing(Level.DANGEROUS, Set.of(Permission.KERNEL_TUNING)))).hasSize(1);
  }

  @Test
  void aPolicyListsWhatCanBeAskedForAlone() {
    assertThat(read("[net.core.*, vm.swappiness]"))
        .isEqualTo(
            new Outcome.Read(DeviceSettings.DEFAULT.with(listing("net.core.*", "vm.swappiness"))));
    for (String pattern : List.of("kernel.*", "'*'", "net.core.bpf_jit_harden", "net.core*")) {
      assertThat(read("[%s]".formatted(pattern))).as(pattern).isInstanceOf(Outcome.Refused.class);
    }
  }

  private static Outcome read(String policy) {
    return DeviceSettingsReader.read(
        FlowText.parse(
            "{apiVersion: sandbar.dev/v1alpha1, kind: AgentConfig, policy: {kernelTuning: "
                + policy
                + "}}"));
  }

  /** By the manifest alone: what the owner denies does not outlive the policy. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "permissions: {kernelTuning: [{name: net.core.somaxconn, value: never}]}",
        "permissions: {kernelTuning: [{name: kernel.modprobe}]}",
        "permissions: {ACCESS_KERNEL_TUNING: \"net.core.somaxconn=1\"}"
      })
  void aSpecThatIsNotReadIsDeniedToo(String spec) {
    assertThat(
            Compiler.unreadable(
                    FlowText.app("app", "{" + RUN + ", " + spec + "}"),
                    List.of(),
                    TestDevice.with(257).with(DevicePolicy.DEFAULT))
                .errors())
        .extracting(Diagnostic::problem)
        .containsExactly(Problem.POLICY_DENIED);
  }

  @Test
  void aDeviceWithoutTheServiceRefuses() {
    assertThat(CompilerTest.errors(tuning(SETTINGS), TestDevice.without(Feature.KERNEL_SETTINGS)))
        .singleElement()
        .satisfies(it -> assertThat(it.help()).contains("sandbard-tuning@.service"));
  }

  @Test
  void appsShareAValueAndNeverASetting() {
    var compiled = new TreeMap<AppName, Compilation>();
    for (String name : List.of("a", "b")) {
      put(compiled, name, 8192);
    }
    assertThat(AppClashes.refuse(compiled)).isEmpty();
    put(compiled, "c", 4096);

    assertThat(AppClashes.refuse(compiled))
        .extracting(Diagnostic::message)
        .containsExactly(
            "permissions.kernelTuning: app 'a' needs net.core.somaxconn=8192, and app 'c' needs"
                + " net.core.somaxconn=4096",
            "permissions.kernelTuning: app 'b' needs net.core.somaxconn=8192, and app 'c' needs"
                + " net.core.somaxconn=4096",
            "permissions.kernelTuning: app 'c' needs net.core.somaxconn=4096, and app 'a' needs"
                + " net.core.somaxconn=8192");
    assertThat(compiled.values()).allMatch(Compilation.Rejected.class::isInstance);
  }

  private static void put(TreeMap<AppName, Compilation> compiled, String name, int value) {
    compiled.put(
        new AppName(name),
        Compiler.compile(
            FlowText.read(name, tuning("[{name: net.core.somaxconn, value: %d}]".formatted(value))),
            TestDevice.with(257)));
  }

  private static List<Diagnostic> denials(DevicePolicy policy) {
    var facts = TestDevice.with(257).with(policy);
    return switch (Compiler.compile(FlowText.read("app", tuning(SETTINGS)), facts)) {
      case Compilation.Compiled _ -> List.of();
      case Compilation.Rejected(_, var errors) -> errors;
    };
  }

  private static DevicePolicy listing(String... patterns) {
    return DevicePolicy.DEFAULT.withTuning(new Listed.Only<>(new TreeSet<>(Set.of(patterns))));
  }

  private static DevicePolicy listing(Level most, Set<Permission> denied) {
    return new DevicePolicy(false, false, true, new TreeSet<>(denied), most, SliceLimits.DEFAULT)
        .withTuning(new Listed.Any<>());
  }

  private static String tuning(String settings) {
    return "{" + RUN + ", permissions: {kernelTuning: " + settings + "}}";
  }
}
