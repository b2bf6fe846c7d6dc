package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bundle.FactsNode;
import dev.sandbar.core.catalog.DeviceClasses;
import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.DeviceSettingsReader;
import dev.sandbar.core.model.DeviceSettingsReader.Outcome;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permission.Level;
import dev.sandbar.core.model.PermissionRules;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SliceLimits;
import dev.sandbar.core.model.UnitName;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The last word of a device's owner over what apps ask for. */
class PolicyTest {

  private static DevicePolicy policy(boolean open, Level most, Permission... denied) {
    return new DevicePolicy(
        open, false, true, new TreeSet<>(Arrays.asList(denied)), most, SliceLimits.DEFAULT);
  }

  private static List<Diagnostic> denials(String spec, DevicePolicy policy) {
    var facts = TestDevice.with(257).with(policy);
    return switch (Compiler.compile(FlowText.read("app", "{" + RUN + spec + "}"), facts)) {
      case Compilation.Compiled _ -> List.of();
      case Compilation.Rejected(_, var errors) -> errors;
    };
  }

  @Test
  void theOpenModeIsDeniedUnlessTheOwnerAllowsIt() {
    assertThat(denials(", mode: Open", DevicePolicy.DEFAULT))
        .singleElement()
        .satisfies(
            d -> {
              assertThat(d.problem()).isEqualTo(Problem.POLICY_DENIED);
              assertThat(d.message()).contains("mode: Open").contains("denies");
              assertThat(d.help()).contains("openMode: Allow");
            });
    assertThat(denials(", mode: Open", policy(true, Level.DANGEROUS))).isEmpty();
    assertThat(denials("", DevicePolicy.DEFAULT)).isEmpty();
  }

  @Test
  void aWallIsOpenedOnlyWhereTheOwnerListsIt() {
    String raw =
        ", raw: [{directive: RestrictNamespaces, value: user, reason: asked for by this very"
            + " test}]";
    var other = DevicePolicy.DEFAULT.withRaw(new Listed.Only<>(new TreeSet<>(List.of("UMask"))));
    var listed =
        DevicePolicy.DEFAULT.withRaw(
            new Listed.Only<>(new TreeSet<>(List.of("RestrictNamespaces"))));
    for (DevicePolicy policy : List.of(DevicePolicy.DEFAULT, other)) {
      assertThat(denials(raw, policy))
          .singleElement()
          .satisfies(
              d -> {
                assertThat(d.problem()).isEqualTo(Problem.POLICY_DENIED);
                assertThat(d.message())
                    .contains("'RestrictNamespaces' is denied")
                    .contains("policy.raw does not list it");
                assertThat(d.help()).contains("policy: {raw: [...]}");
              });
    }
    assertThat(denials(raw, listed)).isEmpty();
    // Open mode is another consent, and a lower level denies whatever is listed.
    var any = new Listed.Any<String>();
    assertThat(denials(raw, policy(true, Level.SENSITIVE).withRaw(any)))
        .singleElement()
        .satisfies(d -> assertThat(d.message()).contains("its level is Dangerous"));
    // What it opens counts as the permission that it is a part of.
    assertThat(denials(raw, policy(true, Level.DANGEROUS, Permission.NESTED_SANDBOX).withRaw(any)))
        .singleElement()
        .satisfies(d -> assertThat(d.message()).contains("nestedSandbox"));
    // What runs by a spec that is no longer read stops too.
    Node unread = FlowText.parse("{spec: {" + RUN + raw + "}}");
    var why = List.of(Diagnostic.error(Problem.SYNTAX, Location.NOWHERE, "a", "b"));
    var facts = TestDevice.with(257).with(DevicePolicy.DEFAULT);
    assertThat(Compiler.unreadable(unread, why, facts).errors()).hasSize(2);
    assertThat(Compiler.unreadable(unread, why, facts.with(listed)).errors()).isEqualTo(why);
    // The control plane compiles with what the device says.
    assertThat(FactsNode.read(FactsNode.toNode(facts.with(listed))).policy()).isEqualTo(listed);
  }

  @Test
  void whatGoesOnWithoutItsSandboxIsDeniedUnlessTheOwnerAllowsIt() {
    var allowed =
        new DevicePolicy(false, true, true, new TreeSet<>(), Level.DANGEROUS, SliceLimits.DEFAULT);
    assertThat(denials(", enforcement: Permissive", DevicePolicy.DEFAULT))
        .singleElement()
        .satisfies(
            d -> {
              assertThat(d.problem()).isEqualTo(Problem.POLICY_DENIED);
              assertThat(d.help()).contains("permissive: Allow");
            });
    assertThat(denials(", enforcement: Permissive", allowed)).isEmpty();
    assertThat(denials(", enforcement: Strict", DevicePolicy.DEFAULT)).isEmpty();
    var why = List.of(Diagnostic.error(Problem.SYNTAX, Location.NOWHERE, "a", "b"));
    Node unread = FlowText.parse("{spec: {enforcement: Permissive}}");
    var facts = TestDevice.with(257).with(DevicePolicy.DEFAULT);
    assertThat(Compiler.unreadable(unread, why, facts).errors()).hasSize(2);
    assertThat(Compiler.unreadable(unread, why, facts.with(allowed)).errors()).isEqualTo(why);
  }

  @Test
  void theOwnerMayInsistOnLimits() {
    var insists =
        new DevicePolicy(
            false, false, false, new TreeSet<>(), Level.DANGEROUS, SliceLimits.DEFAULT);
    DeviceFacts whole = TestDevice.with(257).with(insists);
    DeviceFacts lacking = TestDevice.without(Feature.PIDS_CONTROLLER).with(insists);
    var app = FlowText.read("app", "{" + RUN + "}");
    assertThat(Compiler.compile(app, whole)).isInstanceOf(Compilation.Compiled.class);
    assertThat(Compiler.compile(app, lacking))
        .isInstanceOfSatisfying(
            Compilation.Rejected.class,
            it ->
                assertThat(it.errors())
                    .singleElement()
                    .satisfies(
                        d -> {
                          assertThat(d.problem()).isEqualTo(Problem.POLICY_DENIED);
                          assertThat(d.message()).contains("TasksMax", "policy");
                          assertThat(d.help()).contains("unenforcedLimits: Allow");
                        }));
    assertThat(Compiler.compile(app, lacking.with(DevicePolicy.DEFAULT)))
        .isInstanceOf(Compilation.Compiled.class);
  }

  /** What this release refuses for another reason must not run on as what it was. */
  @Test
  void aVersionInOpenModeThatIsNoLongerReadIsDeniedToo() {
    var facts = TestDevice.with(257).with(DevicePolicy.DEFAULT);
    var why = List.of(Diagnostic.error(Problem.SYNTAX, Location.NOWHERE, "a", "b"));
    Node open = FlowText.parse("{spec: {mode: Open}}");

    assertThat(Compiler.unreadable(open, why, facts).errors())
        .extracting(Diagnostic::problem)
        .containsExactly(Problem.SYNTAX, Problem.POLICY_DENIED);
    assertThat(Compiler.unreadable(FlowText.parse("{spec: {mode: Closed}}"), why, facts).errors())
        .isEqualTo(why);
    assertThat(Compiler.unreadable(open, why, facts.with(policy(true, Level.DANGEROUS))).errors())
        .isEqualTo(why);
  }

  /** What systemCalls opens is judged by the permission that opens the same. */
  @ParameterizedTest
  @CsvSource({
    "keyring,@keyring",
    "keyring,add_key",
    "scheduling,@resources",
    "debug,ptrace",
    "lockMemory,@memlock"
  })
  void theCallsOfADeniedPermissionAreDenied(String permission, String name) {
    var policy = policy(false, Level.DANGEROUS, Permission.find(permission).orElseThrow());
    String calls = ", systemCalls: {allow: [\"" + name + "\"]}";
    assertThat(denials(calls, policy))
        .singleElement()
        .satisfies(d -> assertThat(d.message()).startsWith(permission + ", which the spec"));
    assertThat(denials(calls, DevicePolicy.DEFAULT)).isEmpty();
  }

  /** Each permission alone against a policy that denies just it, and against all others. */
  @ParameterizedTest
  @EnumSource(Permission.class)
  void aDeniedPermissionIsGivenToNoAppAndNoOtherIsTakenForIt(Permission permission) {
    var facts = TestDevice.with(257);
    for (Permission denied : Permission.values()) {
      var sample = PermissionCatalog.sample(permission);
      var app = asking(sample);
      var policy =
          policy(true, Level.DANGEROUS, denied)
              .withDbus(new Listed.Any<>())
              .withTuning(new Listed.Any<>())
              .withLogs(new Listed.Any<>())
              .withModules(new Listed.Any<>())
              .withMounts(new Listed.Any<>())
              .withRaw(new Listed.Any<>());
      var compilation = Compiler.compile(app, facts.with(policy));

      assertThat(compilation instanceof Compilation.Compiled)
          .as("%s with %s denied", permission, denied)
          // The example of devices is a camera.
          .isEqualTo(
              sample.get(denied).isEmpty()
                  && !(permission == Permission.DEVICES && denied == Permission.CAMERA)
                  // What is on USB can be anything.
                  && !(permission == Permission.USB && DeviceClasses.permissions().contains(denied))
                  && !PermissionRules.comesWith(permission, denied));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Permission.class,
      names = {"SYSTEM_INFO", "RUN_FROM_DATA"})
  void whatComesWithANestedSandboxIsDeniedWithIt(Permission denied) {
    assertThat(
            denials(", permissions: {nestedSandbox: true}", policy(false, Level.SENSITIVE, denied)))
        .singleElement()
        .satisfies(
            d -> {
              assertThat(d.message()).contains(denied.key(), "which the spec comes to");
              assertThat(d.help()).contains("remove nestedSandbox, which comes with it");
            });
  }

  private static AppSpec asking(Permissions permissions) {
    AppSpec plain = FlowText.read("app", "{" + RUN + "}");
    return plain.with(permissions);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "NETWORK_NAMESPACE|, directives: {NetworkNamespacePath: /run/netns/uplink}",
        "LOCAL_NETWORK|, permissions: {internet: true, internetTo: [{cidr: 192.168.7.0/24}]}",
        "SERIAL|, permissions: {devices: [{device: /dev/ttyUSB0}]}",
        "SERIAL|, permissions: {devices: [{device: /dev/serial/by-id/usb-Acme}]}",
        "SERIAL|, permissions: {serial: [{vendor: \"0403\", product: \"6001\", optional: true}]}",
        "USB|, permissions: {devices: [{device: /dev/bus/usb/001/002}]}",
        "USB|, permissions: {devices: [{device: /dev/bus/usb}]}",
        "USB|, permissions: {serial: [{device: /dev/bus/usb/001/002}]}",
        "DEVICES|, permissions: {serial: [{device: /dev/video0}]}",
        "CAMERA|, permissions: {devices: [{device: /dev/video0}]}",
        "GPU|, permissions: {devices: [{device: /dev/dri/card0}]}",
        "INTERNET|, mode: Open",
        "JIT|, mode: Open, permissions: {internet: false}",
        "PORTS|, mode: Open, directives: {PrivateNetwork: no}",
        "SERIAL|, mode: Open, permissions: {internet: false}",
        "STORAGE|, mode: Open, permissions: {state: true}",
      })
  void whatComesToADeniedPermissionCountsAsAskingForIt(Permission denied, String spec) {
    assertThat(denials(spec, policy(true, Level.DANGEROUS, denied)))
        .anySatisfy(
            d -> {
              assertThat(d.problem()).isEqualTo(Problem.POLICY_DENIED);
              assertThat(d.message()).contains(denied.key());
            });
  }

  @ParameterizedTest
  @CsvSource({
    "INTERNET, internet: false",
    "LOCAL_NETWORK, localNetwork: false",
    "PORTS, ports: false",
    "STORAGE, storage: false",
    "SERIAL, serial: false",
    "JIT, jit: false"
  })
  void anOpenAppThatWithholdsADeniedPermissionByNameMayRun(Permission denied, String withheld) {
    assertThat(
            denials(
                ", mode: Open, permissions: {" + withheld + "}",
                policy(true, Level.DANGEROUS, denied)))
        .isEmpty();
  }

  @Test
  void aLevelBoundsEveryPermissionAboveIt() {
    var normal = policy(false, Level.NORMAL);
    assertThat(denials(", permissions: {state: true, jit: true}", normal)).isEmpty();
    assertThat(denials(", permissions: {internet: true}", normal))
        .singleElement()
        .extracting(Diagnostic::message)
        .asString()
        .contains("its level is Sensitive, and policy.maxLevel is Normal");
    assertThat(denials(", permissions: {internet: true}", policy(false, Level.SENSITIVE)))
        .isEmpty();
  }

  private static Outcome read(String policy) {
    return DeviceSettingsReader.read(
        FlowText.parse(
            "{apiVersion: sandbar.dev/v1alpha1, kind: AgentConfig, policy: " + policy + "}"));
  }

  @Test
  void theSettingsOfADeviceHoldIt() {
    assertThat(DeviceSettings.DEFAULT.policy()).isEqualTo(policy(false, Level.DANGEROUS));
    assertThat(
            read("{openMode: Allow, permissions: {deny: [serial, ACCESS_JIT]}, maxLevel: Normal}"))
        .isEqualTo(
            new Outcome.Read(
                DeviceSettings.DEFAULT.with(
                    policy(true, Level.NORMAL, Permission.SERIAL, Permission.JIT))));
    assertThat(read("{maxLevel: Sensitive}"))
        .isEqualTo(new Outcome.Read(DeviceSettings.DEFAULT.with(policy(false, Level.SENSITIVE))));
  }

  @Test
  void itLimitsAllAppsTogether() {
    var own = new SliceLimits("2G", "infinity", 20, 50);
    assertThat(read("{limits: {memoryMax: 2G, tasksMax: infinity, cpuWeight: 20}}"))
        .isEqualTo(
            new Outcome.Read(
                DeviceSettings.DEFAULT.with(
                    new DevicePolicy(false, false, true, new TreeSet<>(), Level.DANGEROUS, own))));
    assertThat(BaseUnits.texts(own).get(UnitName.SLICE))
        .contains("\nCPUWeight=20\nIOWeight=50\nMemoryMax=2G\nTasksMax=infinity\n");
    assertThat(BaseUnits.texts(SliceLimits.DEFAULT).get(UnitName.SLICE))
        .contains("\nCPUWeight=50\nIOWeight=50\nMemoryMax=80%\nTasksMax=50%\n");
    assertThat(read("{limits: {memoryMax: 2GB}}"))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused ->
                assertThat(refused.problems())
                    .singleElement()
                    .satisfies(
                        problem -> {
                          assertThat(problem.message()).contains("policy.limits.memoryMax", "2GB");
                          assertThat(problem.help()).contains("2G");
                        }));
    var facts =
        TestDevice.with(257)
            .with(new DevicePolicy(true, true, false, new TreeSet<>(), Level.NORMAL, own));
    assertThat(FactsNode.read(FactsNode.toNode(facts))).isEqualTo(facts);
  }

  /** A slip in a policy must never leave a device open. */
  @Test
  void aSlipInItIsAnErrorAndNeverNoPolicy() {
    for (String wrong :
        List.of(
            "{openMode: allow}",
            "{permissive: Strict}",
            "{unenforcedLimits: no}",
            "{openmode: Deny}",
            "{permissions: {deny: [internets]}}",
            "{permissions: {deny: internet}}",
            "{permissions: [internet]}",
            "{maxLevel: 1}",
            "{limits: {memoryMax: 0}}",
            "{limits: {memoryMax: 101%}}",
            "{limits: {memoryMax: 2GB}}",
            "{limits: {tasksMax: 1K}}",
            "{limits: {tasksMax: ''}}",
            "{limits: {cpuWeight: 10001}}",
            "{limits: {ioWeight: 0}}",
            "{limits: {memoryHigh: 1G}}",
            "{limits: 50%}",
            "{images: {}}",
            "{images: {signedBy: []}}",
            "{images: {unsigned: [/srv]}}",
            "{images: {signedBy: [/etc/a.pub]}}",
            "{images: {signedBy: [{key: a.pub}]}}",
            "{images: {signedBy: [{key: /etc/a.pub, from: []}]}}",
            "{images: {signedBy: [{key: /etc/a.pub, for: [a.example]}]}}",
            "{images: {signedBy: [{key: /etc/a.pub, from: ['a.example/*']}]}}",
            "{images: {signedBy: [{key: /etc/a.pub}], unsigned: ['*']}}",
            "{images: {signedBy: [{key: /etc/a.pub}], unsigned: [/]}}",
            "{images: {signedBy: [{key: /etc/a.pub}], unsigned: ['https://a.example/x']}}",
            "{images: {signedBy: [{key: /etc/a.pub}], unsigned: [a]}}",
            "{images: Deny}",
            "Deny")) {
      assertThat(read(wrong)).as(wrong).isInstanceOf(Outcome.Refused.class);
    }
  }

  @Test
  void savedFactsCarryIt() {
    Stream.of(DevicePolicy.NONE, DevicePolicy.DEFAULT, policy(true, Level.NORMAL, Permission.JIT))
        .map(TestDevice.with(257)::with)
        .forEach(facts -> assertThat(FactsNode.read(FactsNode.toNode(facts))).isEqualTo(facts));
  }
}
