package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DeviceSettingsReader;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.property.Syscalls;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever else is wrong with a spec, what the owner of the device denies is among it. */
class PolicyFirstTest {

  private static final String DIGEST = "ab".repeat(32);
  private static final String LONG = "x".repeat(64);

  /** What the owner denies, and how a spec asks for it. */
  enum Denied {
    OPEN_MODE("{openMode: Deny}", "mode: Open"),
    PERMISSIVE("{permissive: Deny}", "enforcement: Permissive"),
    RAW(
        "{raw: [RestrictRealtime]}",
        "raw: [{directive: RestrictNamespaces, value: user, reason: asked for by this very test}]"),
    RAW_NETWORK("{raw: [RestrictRealtime]}", "permissions: {rawNetwork: true}"),
    UNSIGNED(
        "{images: {signedBy: [{key: /etc/a.pub}]}}",
        "image: {path: /opt/a.raw, sha256: %s}".formatted(DIGEST)),
    UNSIGNED_ROOT(
        "{images: {signedBy: [{key: /etc/a.pub}]}}", "directives: {RootImage: /opt/a.raw}"),
    ADOPT("{adopt: [other.service]}", "run: {unit: some.service}"),
    PERMISSION("{permissions: {deny: [internet]}}", "permissions: {internet: true}"),
    LEVEL("{maxLevel: Normal}", "permissions: {internet: true}"),
    OPEN_PERMISSION("{openMode: Allow, permissions: {deny: [serial]}}", "mode: Open"),
    OPEN_LEVEL("{openMode: Allow, maxLevel: Normal}", "mode: Open"),
    CALLS("{permissions: {deny: [keyring]}}", "systemCalls: {allow: [\"@keyring\"]}"),
    OPENED_WALL(
        "{raw: [RestrictNamespaces], permissions: {deny: [nestedSandbox]}}",
        "raw: [{directive: RestrictNamespaces, value: user, reason: asked for by this very test}]"),
    NAMESPACE(
        "{permissions: {deny: [networkNamespace]}}",
        "directives: {NetworkNamespacePath: /run/netns/uplink}"),
    HARDWARE("{permissions: {deny: [serial]}}", "permissions: {devices: [{device: /dev/ttyUSB0}]}"),
    MODULES("{kernelModules: [wireguard]}", "permissions: {kernelModules: [msr]}"),
    TUNING(
        "{kernelTuning: [net.core.rmem_max]}",
        "permissions: {kernelTuning: [{name: net.core.wmem_max, value: 8388608}]}"),
    LOGS("{readLogs: [a.service]}", "permissions: {readLogs: [b.service]}"),
    MOUNTS("{}", "permissions: {mounts: [{source: stick, mountPath: /stick}]}"),
    BUS(
        "{dbus: [org.freedesktop.timedate1]}",
        "permissions: {dbus: {talk: [org.freedesktop.login1]}}"),
    LIMITS("{unenforcedLimits: Deny}", "permissions: {state: true}");

    final DevicePolicy policy;
    final String spec;

    Denied(String policy, String spec) {
      this.policy = read(policy);
      this.spec = spec;
    }

    private static DevicePolicy read(String policy) {
      Node settings =
          FlowText.parse(
              "{apiVersion: sandbar.dev/v1alpha1, kind: AgentConfig, policy: " + policy + "}");
      if (DeviceSettingsReader.read(settings) instanceof DeviceSettingsReader.Outcome.Read read) {
        return read.settings().policy();
      }
      throw new AssertionError(policy + DeviceSettingsReader.read(settings));
    }

    DeviceFacts on(DeviceFacts facts) {
      return (this == LIMITS ? facts.with(Feature.PIDS_CONTROLLER, false) : facts).with(policy);
    }
  }

  /** Why an app may be refused before, or while, its unit is made. */
  enum Fault {
    LABEL("files: [{path: /etc/a, content: \"${device.labels.row}\"}]", it -> it),
    VARIABLE(
        "variables: [{name: site}], files: [{path: /etc/a, content: \"${variables.site}\"}]",
        it -> it),
    TOO_LONG(
        "files: [{path: /etc/a, content: \"%s\"}]".formatted("${device.name}".repeat(2000)),
        it -> it),
    OLD_SYSTEMD("", it -> TestDevice.with(249)),
    NO_CALLS("", it -> it.with(Syscalls.NONE)),
    OTHER_FACTS("", it -> it.with(Feature.SECCOMP, false)),
    DIRECTIVE("directives: {Unknown: 1}", it -> it),
    LOOSENED("directives: {PrivateDevices: no, ProtectClock: no}", it -> it),
    UNREADABLE_NAMESPACE("directives: {MemoryMax: many}", it -> it),
    UNKNOWN_CALL("systemCalls: {deny: [\"@none\"]}", it -> it),
    UNKNOWN_VOLUME("permissions: {storage: [{source: none, mountPath: /a}]}", it -> it),
    SECRET("directives: {LimitNOFILE: \"-1\"}", it -> it),
    FAULT("", it -> it),
    DEEP_FAULT("", it -> it);

    final String spec;
    final UnaryOperator<DeviceFacts> device;

    Fault(String spec, UnaryOperator<DeviceFacts> device) {
      this.spec = spec;
      this.device = device;
    }
  }

  /** A device that cannot be asked for its features once the fault is there. */
  private static DeviceFacts failing(DeviceFacts facts, AtomicReference<Throwable> fault) {
    var features =
        new TreeSet<Feature>(
            (one, other) -> {
              if (fault.get() instanceof StackOverflowError e) {
                throw e;
              }
              if (fault.get() instanceof RuntimeException e) {
                throw e;
              }
              return one.compareTo(other);
            });
    features.addAll(facts.features());
    return new DeviceFacts(
        facts.systemdVersion(),
        facts.kernel(),
        facts.architecture(),
        features,
        facts.syscalls(),
        facts.labels(),
        facts.volumes(),
        facts.owners(),
        facts.resolvers(),
        facts.name(),
        facts.policy());
  }

  private static Node field(Node one, Node other) {
    if (one instanceof Node.Mapping(var at, var entries) && other instanceof Node.Mapping) {
      var all = new TreeMap<String, Node.Entry>();
      entries.forEach(it -> all.put(it.key(), it));
      ((Node.Mapping) other)
          .entries()
          .forEach(
              it ->
                  all.merge(
                      it.key(),
                      it,
                      (a, b) -> new Node.Entry(a.keyAt(), a.key(), field(a.value(), b.value()))));
      return new Node.Mapping(at, List.copyOf(all.values()));
    }
    return other;
  }

  private static Node document(Denied denied, Fault fault, String more) {
    Node spec =
        denied == Denied.ADOPT
            ? Node.mapping(List.of())
            : FlowText.parse("{" + CompilerTest.RUN + "}");
    for (String part : List.of(fault.spec, denied.spec, more)) {
      spec = field(spec, FlowText.parse("{" + part + "}"));
    }
    Node whole = FlowText.app("app", "{}");
    return field(whole, Node.mapping(List.of(Node.entry("spec", spec))));
  }

  private static Compilation compile(AppSpec app, DeviceFacts facts, Fault fault) {
    var thrown = new AtomicReference<Throwable>();
    DeviceFacts device = facts;
    if (fault == Fault.FAULT || fault == Fault.DEEP_FAULT) {
      device = failing(facts, thrown);
      thrown.set(
          fault == Fault.FAULT ? new IllegalStateException("fault") : new StackOverflowError());
    }
    return Compiler.compile(app, device);
  }

  private static DeviceFacts device(Fault fault) {
    return fault.device.apply(TestDevice.with(257)).named(LONG);
  }

  private static List<Problem> problems(Compilation compilation) {
    return switch (compilation) {
      case Compilation.Compiled _ -> List.of();
      case Compilation.Rejected(_, var errors) -> errors.stream().map(Diagnostic::problem).toList();
    };
  }

  @ParameterizedTest
  @EnumSource(Denied.class)
  void noOtherFaultHidesADenial(Denied denied) {
    int compiled = 0;
    for (Fault fault : Fault.values()) {
      Node document = document(denied, fault, "");
      DeviceFacts facts = denied.on(device(fault));
      if (SpecReader.read(document) instanceof SpecReader.Read(var app, _)) {
        assertThat(problems(compile(app, facts, fault)))
            .as("%s with %s", denied, fault)
            .contains(Problem.POLICY_DENIED);
        assertThat(problems(compile(app, facts.with(DevicePolicy.NONE), fault)))
            .as("%s without a policy", fault)
            .doesNotContain(Problem.POLICY_DENIED);
        compiled++;
      }
      // What a later release no longer reads; limits are judged by the unit alone.
      if (denied != Denied.LIMITS) {
        assertThat(unread(document(denied, fault, "tomorrow: true"), facts))
            .as("%s with %s, which is not read", denied, fault)
            .contains(Problem.POLICY_DENIED);
      }
    }
    assertThat(compiled).as("faults of a spec that is read").isGreaterThanOrEqualTo(6);
  }

  /** Each fault is met by an app that is otherwise all right, and is no denial. */
  @ParameterizedTest
  @EnumSource(Fault.class)
  void aFaultAloneIsNoDenial(Fault fault) {
    for (Denied denied : Denied.values()) {
      if (denied == Denied.LIMITS || denied == Denied.LEVEL || denied == Denied.OPEN_LEVEL) {
        continue;
      }
      Node document = FlowText.app("app", "{%s, %s}".formatted(CompilerTest.RUN, fault.spec));
      SpecReader.Outcome read = SpecReader.read(document);
      assertThat(read).as(read.toString()).isInstanceOf(SpecReader.Read.class);
      var app = ((SpecReader.Read) read).app();
      assertThat(problems(compile(app, denied.on(device(fault)), fault)))
          .as("%s under %s", fault, denied)
          .doesNotContain(Problem.POLICY_DENIED)
          .isNotEmpty();
    }
  }

  private static List<Problem> unread(Node manifest, DeviceFacts facts) {
    return problems(
        Compiler.unreadable(
            manifest,
            List.of(Diagnostic.error(Problem.SYNTAX, Location.NOWHERE, "unread", "")),
            facts));
  }

  /** What cannot be judged is denied where the policy denies anything, and only there. */
  @Test
  void whatCannotBeJudgedIsDenied() {
    var facts = TestDevice.with(257).with(DevicePolicy.NONE);
    var strict = facts.with(Denied.PERMISSION.policy);
    for (String manifest :
        List.of(
            "{spec: {permissions: {internets: true}}}",
            "{spec: {permissions: all}}",
            "{spec: {directives: [PrivateNetwork]}}",
            "{spec: open}",
            "{}",
            "[]")) {
      assertThat(unread(FlowText.parse(manifest), strict))
          .as(manifest)
          .contains(Problem.POLICY_DENIED);
      assertThat(unread(FlowText.parse(manifest), facts))
          .as(manifest)
          .doesNotContain(Problem.POLICY_DENIED);
    }
    Stream.of("{spec: {mode: open}}", "{spec: {mode: [Open]}}", "{spec: {enforcement: Loose}}")
        .forEach(
            manifest ->
                assertThat(unread(FlowText.parse(manifest), facts.with(DevicePolicy.DEFAULT)))
                    .as(manifest)
                    .contains(Problem.POLICY_DENIED));
    // It is judged, and denies nothing of this.
    assertThat(unread(FlowText.parse("{spec: {permissions: {state: true}, tomorrow: 1}}"), strict))
        .doesNotContain(Problem.POLICY_DENIED);
  }

  @Test
  void everyKindOfPolicyDeniesSomething() {
    assertThat(Arrays.stream(Denied.values()).map(it -> it.policy.deniesAnything()))
        .doesNotContain(false);
    assertThat(DevicePolicy.NONE.deniesAnything()).isFalse();
    assertThat(DevicePolicy.DEFAULT.deniesAnything()).isTrue();
  }
}
