package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.property.Value;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompilerTest {

  private static final List<CgroupProgram> BIND = List.of(CgroupProgram.BIND4, CgroupProgram.BIND6);

  static final String RUN = "run: {command: [/usr/bin/app]}";

  @Test
  void theSameInputGivesTheSameBytes() {
    String spec = "{" + RUN + ", permissions: {internet: true, state: true, jit: true}}";
    String shuffled = "{permissions: {jit: true, state: true, internet: true}, " + RUN + "}";
    CompiledApp one = compiled(spec, TestDevice.with(257));
    CompiledApp other = compiled(shuffled, TestDevice.with(257));
    assertThat(other.text()).isEqualTo(one.text());
    assertThat(other.generation()).isEqualTo(one.generation());
  }

  @Test
  void theGenerationIsTheDigestOfTheRest() {
    CompiledApp app = compiled("{" + RUN + "}", TestDevice.with(257));
    String rest = app.text().replaceFirst("Environment=\"SANDBAR_GENERATION=[0-9a-f]{64}\"\n", "");
    assertThat(rest).isNotEqualTo(app.text()).doesNotContain("SANDBAR_GENERATION");
    assertThat(Sha256.of(rest)).isEqualTo(app.generation());
  }

  @Test
  void theStampChangesOnlyWithWhatAProcessGetsAtItsStart() {
    String spec = "{" + RUN + ", directives: {TasksMax: %s, LimitNOFILE: %s}}";
    CompiledApp base = compiled(spec.formatted("64", "100"), TestDevice.with(257));
    CompiledApp live = compiled(spec.formatted("65", "100"), TestDevice.with(257));
    CompiledApp restart = compiled(spec.formatted("64", "101"), TestDevice.with(257));
    assertThat(values(live, "Environment")).isEqualTo(values(base, "Environment"));
    assertThat(live.generation()).isNotEqualTo(base.generation());
    assertThat(values(restart, "Environment")).isNotEqualTo(values(base, "Environment"));
  }

  @Test
  void everyLineOfTheTextHasItsReason() {
    CompiledApp app = compiled("{" + RUN + ", permissions: {state: true}}", TestDevice.with(257));
    List<String> lines =
        app.text()
            .lines()
            .filter(l -> !l.isEmpty() && !l.startsWith("#") && !l.startsWith("["))
            .toList();
    assertThat(app.directives()).extracting(Directive::line).isEqualTo(lines);
    assertThat(app.directives()).extracting(Directive::because).doesNotContain("");
  }

  @Test
  void onePathHasOneOwner() {
    for (String spec :
        List.of("", ", permissions: {state: true, storage: [{source: media, mountPath: /data}]}")) {
      CompiledApp app = compiled("{" + RUN + spec + "}", TestDevice.with(257));
      assertThat(values(app, "NoExecPaths").toString()).doesNotContain("/dev/shm", "/run");
      assertThat(values(app, "DevicePolicy")).containsExactly("closed");
    }
  }

  @ParameterizedTest
  @CsvSource({"252,yes,yes", "256,yes,yes", "257,disconnected,strict", "262,disconnected,strict"})
  void wordsThatOlderSystemdsIgnoreAreNotWritten(int version, String tmp, String cgroups) {
    CompiledApp app = compiled("{" + RUN + "}", TestDevice.with(version));
    assertThat(values(app, "PrivateTmp")).containsExactly(tmp);
    assertThat(values(app, "ProtectControlGroups")).containsExactly(cgroups);
    assertThat(values(app, "RestartSteps")).hasSize(version >= 254 ? 1 : 0);
  }

  @Test
  void withholdingTheInternetStopsEverySocketInBothModes() {
    for (String mode : List.of("Closed", "Open")) {
      CompiledApp app =
          compiled(
              "{" + RUN + ", mode: " + mode + ", permissions: {internet: false}}",
              TestDevice.with(257));
      assertThat(values(app, "PrivateNetwork")).as(mode).containsExactly("yes");
      assertThat(values(app, "IPAddressDeny")).containsExactly("any");
      assertThat(values(app, "IPAddressAllow")).isEmpty();
      // In open mode withholding the internet leaves bind to sockets of other families.
      boolean binds = allows(app, "SystemCallFilter", "bind");
      assertThat(binds).isEqualTo(mode.equals("Open"));
      assertThat(values(app, "SocketBindDeny")).isEqualTo(binds ? List.of("any") : List.of());
      assertThat(values(app, "SocketBindAllow")).isEmpty();
      assertThat(values(app, "SystemCallArchitectures")).containsExactly("native");
      for (String family : List.of("AF_INET", "AF_INET6", "AF_PACKET", "AF_VSOCK")) {
        assertThat(allows(app, "RestrictAddressFamilies", family)).as(mode + family).isFalse();
      }
      for (String call : List.of("io_uring_setup", "io_uring_enter", "io_uring_register")) {
        assertThat(allows(app, "SystemCallFilter", call)).as(mode + call).isFalse();
      }
      assertThat(app.kernel().ownNamespaces()).contains("net");
      assertThat(app.kernel().cgroupPrograms()).contains(CgroupProgram.EGRESS);
      assertThat(app.kernel().cgroupPrograms().containsAll(BIND)).isEqualTo(binds);
    }
  }

  @Test
  void openModeWithNothingWithheldRestrictsNothing() {
    CompiledApp app = compiled("{" + RUN + ", mode: Open}", TestDevice.with(257));
    assertThat(app.kernel())
        .isEqualTo(
            new KernelExpectation(
                false,
                false,
                -1,
                false,
                new java.util.TreeSet<>(),
                true,
                new java.util.TreeSet<>()));
  }

  @Test
  void aLocalNetworkGrantedInOpenModeSurvivesTheWithheldInternet() {
    CompiledApp app =
        compiled(
            "{" + RUN + ", mode: Open, permissions: {internet: false, localNetwork: true}}",
            TestDevice.with(257));
    assertThat(values(app, "PrivateNetwork")).isEmpty();
    assertThat(allows(app, "RestrictAddressFamilies", "AF_INET")).isTrue();
    assertThat(allows(app, "RestrictAddressFamilies", "AF_PACKET")).isFalse();
    assertThat(values(app, "IPAddressAllow").getFirst())
        .contains("192.168.0.0/16")
        .doesNotContain("2000::/3");
  }

  @Test
  void internetToReachesExactlyItsPrefixes() {
    CompiledApp app =
        compiled(
            "{" + RUN + ", permissions: {internet: true, internetTo: [{cidr: 203.0.113.7/24}]}}",
            TestDevice.with(257));
    assertThat(values(app, "IPAddressAllow")).containsExactly("203.0.113.0/24");
  }

  @Test
  void aNamespaceAloneOpensNoSocket() {
    CompiledApp app =
        compiled("{" + RUN + ", permissions: {networkNamespace: uplink}}", TestDevice.with(257));
    assertThat(values(app, "NetworkNamespacePath")).containsExactly("/run/netns/uplink");
    assertThat(values(app, "PrivateNetwork")).isEmpty();
    assertThat(values(app, "RestrictAddressFamilies")).containsExactly("none");
    assertThat(app.kernel().ownNamespaces()).contains("net");
  }

  @Test
  void listenIsGoneUnlessATcpPortIsGrantedAndBindUnlessAnyIs() {
    String base = "{" + RUN + ", permissions: {internet: true";
    for (String call : List.of("listen", "accept", "accept4")) {
      assertThat(allows(compiled(base + "}}", TestDevice.with(257)), "SystemCallFilter", call))
          .isFalse();
      assertThat(
              allows(
                  compiled(base + ", ports: [{port: 8080}]}}", TestDevice.with(257)),
                  "SystemCallFilter",
                  call))
          .isTrue();
      assertThat(
              allows(
                  compiled(base + ", ports: [{port: 5353, protocol: UDP}]}}", TestDevice.with(257)),
                  "SystemCallFilter",
                  call))
          .isFalse();
    }
    assertThat(allows(compiled(base + "}}", TestDevice.with(257)), "SystemCallFilter", "bind"))
        .isFalse();
    assertThat(
            allows(
                compiled(base + ", ports: [{port: 5353, protocol: UDP}]}}", TestDevice.with(257)),
                "SystemCallFilter",
                "bind"))
        .isTrue();
  }

  @Test
  void denyWinsOverAllow() {
    CompiledApp app =
        compiled(
            "{"
                + RUN
                + ", permissions: {jit: true}, systemCalls: {allow: [\"@debug\"], deny: [ptrace,"
                + " memfd_create]}}",
            TestDevice.with(257));
    assertThat(allows(app, "SystemCallFilter", "perf_event_open")).isTrue();
    assertThat(allows(app, "SystemCallFilter", "ptrace")).isFalse();
    assertThat(allows(app, "SystemCallFilter", "memfd_create")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "@mount",
        "@privileged",
        "@module",
        "@aio",
        "@network-io",
        "io_uring_setup",
        "mount",
        "listen",
        "memfd_create",
        "reboot",
        "init_module",
        "bpf",
        "unshare"
      })
  void callsThatOpenWhatPermissionsCloseCannotBeAllowed(String call) {
    assertThat(
            errors("{" + RUN + ", systemCalls: {allow: [\"" + call + "\"]}}", TestDevice.with(257)))
        .singleElement()
        .satisfies(
            d -> {
              assertThat(d.problem()).isEqualTo(Problem.LOOSENS_SANDBOX);
              assertThat(d.at().line()).isEqualTo(2);
              assertThat(d.help()).isNotEmpty();
            });
  }

  @Test
  void anUnknownSystemCallIsRefusedWithTheNearest() {
    assertThat(
            errors(
                "{" + RUN + ", systemCalls: {deny: [ptrase, \"@reebot\"]}}", TestDevice.with(257)))
        .extracting(Diagnostic::help)
        .containsExactly("did you mean ptrace?", "did you mean @reboot?");
  }

  @Test
  void anUnknownVolumeIsNamedWithTheFileToFix() {
    assertThat(
            errors(
                "{" + RUN + ", permissions: {storage: [{source: musik, mountPath: /data}]}}",
                TestDevice.with(257)))
        .singleElement()
        .satisfies(
            d -> {
              assertThat(d.message()).contains("no volume musik");
              assertThat(d.help()).contains("/etc/sandbar/agent.yaml");
            });
  }

  @Test
  void anOldSystemdIsRefused() {
    assertThat(errors("{" + RUN + "}", TestDevice.with(249)))
        .singleElement()
        .satisfies(d -> assertThat(d.message()).contains("systemd 249").contains("too old"));
  }

  @Test
  void aProgramWhereNothingCanBeExecutedIsRefused() {
    assertThat(errors("{run: {command: [/tmp/app]}}", TestDevice.with(257)))
        .extracting(Diagnostic::problem)
        .containsExactly(Problem.UNSAFE_PATH);
  }

  @Test
  void readOnlyDevicesAreReadOnlyAndGrantsAddUp() {
    CompiledApp app =
        compiled(
            "{"
                + RUN
                + ", permissions: {devices: [{device: /dev/video0}, {device: /dev/ttyS1}],"
                + " serial: [{device: /dev/ttyS1}]}}",
            TestDevice.with(257));
    assertThat(values(app, "DeviceAllow")).containsExactly("/dev/ttyS1 rw", "/dev/video0 r");
    assertThat(values(app, "BindPaths")).containsExactly("-/dev/ttyS1", "-/dev/video0");
    assertThat(values(app, "SupplementaryGroups")).containsExactly("dialout video");
    assertThat(app.kernel().cgroupPrograms()).contains(CgroupProgram.DEVICE);
  }

  @ParameterizedTest
  @EnumSource(Permission.class)
  void everyPermissionIsClosedByDefaultAndOpensSomething(Permission permission) {
    var entry = PermissionCatalog.entry(permission);
    assertThat(entry.opens()).endsWith(".");
    assertThat(entry.withheld()).endsWith(".");
    assertThat(Explainer.explain(permission).grants()).isNotEmpty();
  }

  @Test
  void onTheRealFiltersTooAGrantNeverClosesAnything() {
    var random = new Random(11);
    for (int i = 0; i < 60; i++) {
      AppSpec base = FlowText.read("app", "{" + RUN + "}");
      var some = base.permissions();
      var more = base.permissions();
      for (Permission permission : Permission.values()) {
        // Not together with others, or not beside a network of the device.
        if (EnumSet.of(
                Permission.INTERNET_TO,
                Permission.SYSTEM_INFO,
                Permission.ASYNC_IO,
                Permission.RAW_NETWORK,
                Permission.TALK_TO,
                Permission.ACCEPT_FROM,
                Permission.DBUS,
                Permission.BLUETOOTH,
                Permission.REBOOT,
                Permission.HOSTNAME,
                Permission.CLOCK,
                Permission.READ_LOGS)
            .contains(permission)) {
          continue;
        }
        var sample = PermissionCatalog.sample(permission).requests();
        boolean first = random.nextInt(3) == 0;
        some = first ? some.with(sample) : some;
        more = first || random.nextInt(3) == 0 ? more.with(sample) : more;
      }
      CompiledApp less = compiledWith(base, some);
      CompiledApp wider = compiledWith(base, more);
      for (String filter : List.of("SystemCallFilter", "RestrictAddressFamilies")) {
        Value.Filter a = filter(less, filter);
        Value.Filter b = filter(wider, filter);
        assertThat(a.allow() && b.allow()).isTrue();
        assertThat(b.names()).containsAll(a.names());
      }
    }
  }

  static CompiledApp compiled(String spec, DeviceFacts facts) {
    return switch (Compiler.compile(FlowText.read("app", spec), facts)) {
      case Compilation.Compiled(var app, _) -> app;
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
    };
  }

  static List<Diagnostic> errors(String spec, DeviceFacts facts) {
    return switch (Compiler.compile(FlowText.read("app", spec), facts)) {
      case Compilation.Compiled(var app, _) -> throw new AssertionError(app.text());
      case Compilation.Rejected(_, var errors) -> errors;
    };
  }

  static List<String> values(CompiledApp app, String name) {
    return app.directives().stream()
        .filter(line -> line.name().equals(name))
        .map(Directive::value)
        .toList();
  }

  private static CompiledApp compiledWith(
      AppSpec app, dev.sandbar.core.model.Permissions permissions) {
    var changed = app.with(permissions);
    return switch (Compiler.compile(changed, TestDevice.with(257))) {
      case Compilation.Compiled(var compiled, _) -> compiled;
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
    };
  }

  static boolean allows(CompiledApp app, String filter, String name) {
    Value.Filter value = filter(app, filter);
    return value.allow() == value.names().contains(name);
  }

  private static Value.Filter filter(CompiledApp app, String name) {
    Value value = app.effective().get(name);
    if (value instanceof Value.Filter filter) {
      return filter;
    }
    throw new AssertionError(name + " is " + value);
  }
}
