package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static dev.sandbar.core.compile.CompilerTest.errors;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Problem;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a device cannot enforce is refused, never applied weaker. */
class EnforceabilityTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SECCOMP|{RUN}|SystemCallFilter",
        "MOUNT_NAMESPACE|{RUN}|ProtectSystem",
        "NETWORK_NAMESPACE|{RUN}|PrivateNetwork",
        "IPC_NAMESPACE|{RUN}|PrivateIPC",
        "DYNAMIC_USER|{RUN}|DynamicUser",
        "ROOT_IMAGE|{RUN, image: {path: /a, sha256: \"SHA\"}}|RootImage",
        "CGROUP_BPF_IP|{RUN, permissions: {internet: true}}|IPAddressDeny",
        "CGROUP_BPF_IP|{RUN, permissions: {networkNamespace: a}}|IPAddressDeny",
        "CGROUP_BPF_SOCKET_BIND|{RUN, permissions: {internet: true, ports: [{port:"
            + " 8080}]}}|SocketBindAllow",
        "CGROUP_BPF_SOCKET_BIND|{RUN, mode: Open, permissions: {ports: false}}|SocketBindDeny",
        "CGROUP_BPF_DEVICE|{RUN, permissions: {devices: [{device: /dev/video0}]}}|DeviceAllow",
        "CGROUP_BPF_DEVICE|{RUN, mode: Open, permissions: {serial: false}}|DevicePolicy",
        "MEMORY_CONTROLLER|{RUN, directives: {MemoryMax: 64M}}|MemoryMax",
        "PIDS_CONTROLLER|{RUN, directives: {TasksMax: 64}}|TasksMax",
        "CPU_CONTROLLER|{RUN, directives: {CPUWeight: 50}}|CPUWeight",
        "IO_CONTROLLER|{RUN, directives: {IOWeight: 50}}|IOWeight",
        "USER_NAMESPACE|{RUN, mode: Open, directives: {PrivateUsers: yes}}|PrivateUsers",
        "CGROUP_BPF_IP|{RUN, mode: Open, permissions: {localNetwork: false}}|IPAddressDeny",
        "PROC_SUBSET|{RUN, mode: Open, permissions: {systemInfo: false}}|ProcSubset",
      })
  void refuses(Feature missing, String spec, String directive) {
    String text = spec.replace("RUN", RUN).replace("SHA", "a".repeat(64));
    assertThat(errors(text, TestDevice.without(missing)))
        .singleElement()
        .satisfies(
            d -> {
              assertThat(d.problem()).isEqualTo(Problem.CANNOT_ENFORCE);
              assertThat(d.message()).contains(directive).contains(missing.title());
              assertThat(d.help()).isNotEmpty();
            });
  }

  @ParameterizedTest
  @CsvSource({
    "CGROUP_BPF_IP,IPAddressDeny",
    "CGROUP_BPF_DEVICE,DevicePolicy",
    "USER_NAMESPACE,PrivateUsers",
    "UTS_NAMESPACE,ProtectHostname",
    "PROC_SUBSET,ProtectProc",
    "PIDS_CONTROLLER,TasksMax"
  })
  void leavesOutWithAWarningWhatOtherWallsCover(Feature missing, String directive) {
    var compilation =
        Compiler.compile(FlowText.read("app", "{" + RUN + "}"), TestDevice.without(missing));
    assertThat(compilation)
        .isInstanceOfSatisfying(
            Compilation.Compiled.class,
            compiled -> {
              assertThat(compiled.app().text()).doesNotContain("\n" + directive + "=");
              assertThat(compiled.warnings())
                  .singleElement()
                  .extracting(Diagnostic::message)
                  .asString()
                  .contains(directive);
            });
  }

  @Test
  void withoutABindFilterTheSystemCallFilterStillLetsNothingBind() {
    for (String spec :
        new String[] {
          "{" + RUN + ", permissions: {internet: true}}",
          "{" + RUN + ", mode: Open, permissions: {internet: false}}"
        }) {
      var compilation =
          Compiler.compile(
              FlowText.read("app", spec), TestDevice.without(Feature.CGROUP_BPF_SOCKET_BIND));
      assertThat(compilation)
          .isInstanceOfSatisfying(
              Compilation.Compiled.class,
              c -> {
                assertThat(c.app().text()).doesNotContain("SocketBind");
                assertThat(
                        CompilerTest.allows(c.app(), "SystemCallFilter", "bind")
                            && CompilerTest.allows(c.app(), "RestrictAddressFamilies", "AF_INET"))
                    .isFalse();
              });
    }
  }

  /** It may call bind, and has no socket that a port can be bound with. */
  @Test
  void withoutABindFilterAnAppOnTheCanBusHasNoSocketsForPorts() {
    String spec = "{" + RUN + ", permissions: {canBus: true}}";
    DeviceFacts facts = TestDevice.without(Feature.CGROUP_BPF_SOCKET_BIND);
    assertThat(Compiler.compile(FlowText.read("app", spec), facts))
        .isInstanceOfSatisfying(
            Compilation.Compiled.class,
            c -> {
              assertThat(c.app().text()).doesNotContain("SocketBind");
              assertThat(c.app().notEnforced()).isEmpty();
              assertThat(c.warnings())
                  .singleElement()
                  .extracting(Diagnostic::message)
                  .asString()
                  .contains("SocketBindDeny");
            });
    assertThat(errors(spec, SpareLinesTest.on("s390x", facts)))
        .extracting(Diagnostic::problem)
        .containsExactly(Problem.CANNOT_ENFORCE);
  }

  @Test
  void twoMissingPiecesAreBothNamed() {
    assertThat(
            errors("{" + RUN + "}", TestDevice.without(Feature.SECCOMP, Feature.NETWORK_NAMESPACE)))
        .extracting(Diagnostic::message)
        .anyMatch(m -> m.contains("seccomp"))
        .anyMatch(m -> m.contains("network namespaces"));
  }

  @Test
  void withoutUserNamespacesTheCapabilitiesAreExpectedToBeGone() {
    var compiled =
        Compiler.compile(
            FlowText.read("app", "{" + RUN + "}"), TestDevice.without(Feature.USER_NAMESPACE));
    assertThat(compiled)
        .isInstanceOfSatisfying(
            Compilation.Compiled.class,
            c -> {
              assertThat(c.app().kernel().capabilities()).isZero();
              assertThat(c.app().kernel().ownNamespaces()).doesNotContain("user");
            });
  }

  /** A limit is open without it; where other walls hold the same, nothing is. */
  @ParameterizedTest
  @CsvSource({
    "PIDS_CONTROLLER,TasksMax",
    "PROC_SUBSET,ProcSubset ProtectProc",
    "CGROUP_BPF_IP,''",
    "UTS_NAMESPACE,''"
  })
  void namesWhatIsNotEnforcedAndWarnsOfItOncePerDevice(Feature missing, String directives) {
    var warnings = new ArrayList<Diagnostic>();
    for (String name : List.of("one", "two")) {
      switch (Compiler.compile(FlowText.read(name, "{" + RUN + "}"), TestDevice.without(missing))) {
        case Compilation.Compiled(var app, var found) -> {
          assertThat(String.join(" ", app.notEnforced())).isEqualTo(directives);
          warnings.addAll(found);
        }
        case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
      }
    }
    assertThat(warnings).hasSize(2);
    assertThat(Diagnostic.oncePerDevice(warnings)).hasSize(1);
  }

  /** What is expected of the kernel must never be what the device was found not to have. */
  @ParameterizedTest
  @ValueSource(strings = {"ProtectClock", "ProtectHostname", "MemoryDenyWriteExecute"})
  void aDirectiveAloneIsRefusedOrLeavesTheEvidenceThatIsExpected(String directive) {
    String spec = "{" + RUN + ", mode: Open, directives: {" + directive + ": yes}}";
    switch (Compiler.compile(FlowText.read("app", spec), TestDevice.without(Feature.SECCOMP))) {
      case Compilation.Compiled(var app, _) ->
          assertThat(app.kernel().seccompFilter()).as(app.text()).isFalse();
      case Compilation.Rejected(_, var errors) ->
          assertThat(errors).allMatch(d -> d.problem() == Problem.CANNOT_ENFORCE);
    }
    CompiledApp held = CompilerTest.compiled(spec, TestDevice.with(257));
    assertThat(held.kernel().seccompFilter())
        .isEqualTo(!directive.equals("MemoryDenyWriteExecute"));
  }

  @Test
  void capabilitiesAreExpectedOfAnAppInAUserNamespaceToo() {
    CompiledApp app = CompilerTest.compiled("{" + RUN + "}", TestDevice.with(257));
    assertThat(app.kernel().ownNamespaces()).contains("user");
    assertThat(app.kernel().capabilities()).isZero();
  }
}
