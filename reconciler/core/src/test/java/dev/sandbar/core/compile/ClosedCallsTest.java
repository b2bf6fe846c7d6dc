package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static dev.sandbar.core.compile.CompilerTest.compiled;
import static dev.sandbar.core.compile.CompilerTest.errors;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.RecordedUnits;
import dev.sandbar.core.property.Value;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What closed mode takes away stays away, whatever {@code systemCalls.allow} names. */
class ClosedCallsTest {

  /** Permissions and the calls that each opens. */
  private static final Map<String, List<String>> GRANTS =
      Map.of(
          "", List.of(),
          "jit: true", List.of("memfd_create"),
          "runFromData: true", List.of("memfd_create"),
          "localNetwork: true, ports: [{port: 8080}]",
              List.of("bind", "listen", "accept", "accept4"));

  /** Calls that are never opened by this field: a permission opens them, or nothing does. */
  private static final List<String> NEVER =
      List.of(
          "io_uring_setup",
          "io_uring_enter",
          "io_uring_register",
          "bind",
          "listen",
          "accept",
          "accept4",
          "memfd_create",
          "process_vm_readv",
          "process_vm_writev",
          "userfaultfd",
          "request_key",
          "kcmp",
          "pidfd_getfd",
          "name_to_handle_at",
          "mount",
          "bpf",
          "unshare",
          "setns",
          "reboot",
          "init_module");

  /** Groups that hold one thing to ask for, and nothing that ordinary programs call. */
  private static final List<String> ASKED =
      List.of("@chown", "@debug", "@keyring", "@memlock", "@resources", "@setuid");

  private static final List<String> WITHHELD_GROUPS =
      List.of(
          "@privileged",
          "@resources",
          "@keyring",
          "@memlock",
          "@debug",
          "@mount",
          "@obsolete",
          "@cpu-emulation",
          "@clock",
          "@module",
          "@raw-io",
          "@reboot",
          "@swap");

  @ParameterizedTest
  @ValueSource(ints = {252, 257, 262})
  void noGroupAndNoCallGivesBackWhatIsWithheld(int version) {
    DeviceFacts facts = device(version);
    var names = new TreeSet<>(facts.syscallGroups().keySet());
    names.addAll(facts.knownSyscalls());
    int opening = 0;
    for (var grant : GRANTS.entrySet()) {
      String base = "{" + RUN + ", permissions: {" + grant.getKey() + "}";
      SortedSet<String> open = filter(compiled(base + "}", facts));
      for (String name : names) {
        String spec = base + ", systemCalls: {allow: [\"" + name + "\"]}}";
        switch (Compiler.compile(FlowText.read("app", spec), facts)) {
          case Compilation.Rejected(_, var errors) ->
              assertThat(errors)
                  .as(name)
                  .isNotEmpty()
                  .allMatch(e -> e.problem() == Problem.LOOSENS_SANDBOX && !e.help().isEmpty());
          case Compilation.Compiled(var app, var warnings) -> {
            var opened = filter(app);
            opened.removeAll(open);
            opening += opened.isEmpty() ? 0 : 1;
            assertThat(opened).as(name).doesNotContainAnyElementsOf(NEVER);
            if (!ASKED.contains(name)) {
              var withheld = withheld(facts);
              withheld.retainAll(opened);
              assertThat(withheld).as("withheld and opened by " + name).isSubsetOf(name);
            }
            var left = members(facts, name);
            left.removeAll(open);
            boolean whole = !opened.isEmpty() && opened.containsAll(left);
            assertThat(warnings.isEmpty()).as(name + " " + warnings).isEqualTo(whole);
          }
        }
      }
    }
    assertThat(opening).as("names that open something").isGreaterThan(50);
  }

  @Test
  void whatAGroupDoesNotOpenIsSaid() {
    String spec = "{" + RUN + ", systemCalls: {allow: [\"@system-service\"]}}";
    Compilation compilation = Compiler.compile(FlowText.read("app", spec), TestDevice.with(257));
    assertThat(compilation)
        .isInstanceOfSatisfying(
            Compilation.Compiled.class,
            compiled -> {
              assertThat(compiled.app().directives())
                  .noneMatch(line -> line.because().equals("systemCalls"));
              assertThat(compiled.warnings())
                  .singleElement()
                  .satisfies(
                      w -> {
                        assertThat(w.message())
                            .startsWith(
                                "systemCalls.allow: @system-service opens nothing; withheld: ")
                            .contains("accept, accept4, add_key, bind");
                        assertThat(w.help()).contains("permission");
                        assertThat(w.at().line()).isEqualTo(2);
                      });
            });
  }

  @Test
  void whatAPermissionOpensIsNotSaidToBeWithheld() {
    String spec =
        "{"
            + RUN
            + ", permissions: {localNetwork: true, ports: [{port: 8080}]}, systemCalls: {allow:"
            + " [\"@system-service\"]}}";
    assertThat(Compiler.compile(FlowText.read("app", spec), TestDevice.with(257)))
        .isInstanceOfSatisfying(
            Compilation.Compiled.class,
            compiled ->
                assertThat(compiled.warnings())
                    .singleElement()
                    .satisfies(
                        w ->
                            assertThat(w.message())
                                .contains("withheld: add_key,")
                                .doesNotContain("accept", " bind")));
  }

  @ParameterizedTest
  @CsvSource({"@debug,perf_event_open", "ptrace,ptrace", "@resources,setpriority", "mlock,mlock"})
  void whatNoPermissionOpensIsGivenToWhoNamesIt(String name, String call) {
    CompiledApp app =
        compiled("{" + RUN + ", systemCalls: {allow: [\"" + name + "\"]}}", TestDevice.with(257));
    assertThat(filter(app)).contains(call);
    assertThat(app.directives())
        .filteredOn(line -> line.because().equals("systemCalls"))
        .singleElement()
        .satisfies(line -> assertThat(line.value()).contains(call).doesNotContain("@"));
  }

  @ParameterizedTest
  @CsvSource({
    "keyring,@keyring",
    "keyring,add_key",
    "scheduling,@resources",
    "debug,ptrace",
    "lockMemory,mlock"
  })
  void whatIsWithheldByNameIsNotAskedForByItsCalls(String permission, String name) {
    String spec =
        "{%s, permissions: {%s: false},\nsystemCalls: {allow: [\"%s\"]}}"
            .formatted(RUN, permission, name);
    assertThat(errors(spec, TestDevice.with(257)))
        .singleElement()
        .satisfies(
            e -> {
              assertThat(e.problem()).isEqualTo(Problem.CONFLICT);
              assertThat(e.message()).contains("permissions." + permission + " withholds");
              assertThat(e.at().line()).isPositive();
            });
  }

  /** Debian 12 cannot filter ports, so there the filter on calls alone must hold them. */
  @Test
  void aDeviceWithoutAFilterOnPortsIsJudgedByTheFinalFilter() {
    DeviceFacts facts = TestDevice.without(Feature.CGROUP_BPF_SOCKET_BIND);
    String internet = "{" + RUN + ", permissions: {internet: true";
    String asked = "}, systemCalls: {allow: [\"@system-service\", \"@ipc\"]}}";
    assertThat(filter(compiled(internet + asked, facts))).doesNotContain("bind");
    String port = ", ports: [{port: 8080}]";
    assertThat(errors(internet + port + "}}", facts))
        .extracting(Diagnostic::problem)
        .containsExactly(Problem.CANNOT_ENFORCE);
    assertThat(compiled(internet + port + "}, systemCalls: {deny: [bind]}}", facts).directives())
        .noneMatch(line -> line.name().equals("SocketBindDeny"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ptrace read", "@keyring @basic-io", "@pkey"})
  void aListOfCallsCannotNameWhatIsClosed(String list) {
    assertThat(
            errors(
                "{" + RUN + ", directives: {SystemCallFilter: \"" + list + "\"}}",
                TestDevice.with(257)))
        .singleElement()
        .satisfies(
            e -> {
              assertThat(e.problem()).isEqualTo(Problem.LOOSENS_SANDBOX);
              assertThat(e.help()).contains("systemCalls.allow");
            });
  }

  private static SortedSet<String> withheld(DeviceFacts facts) {
    var withheld = new TreeSet<>(NEVER);
    WITHHELD_GROUPS.forEach(group -> withheld.addAll(members(facts, group)));
    return withheld;
  }

  private static SortedSet<String> members(DeviceFacts facts, String name) {
    var members = new TreeSet<>(facts.syscallGroups().getOrDefault(name, new TreeSet<>()));
    if (!name.startsWith("@")) {
      members.add(name);
    }
    members.retainAll(facts.knownSyscalls());
    return members;
  }

  private static SortedSet<String> filter(CompiledApp app) {
    if (app.effective().get("SystemCallFilter") instanceof Value.Filter(boolean allow, var names)) {
      assertThat(allow).isTrue();
      return new TreeSet<>(names);
    }
    throw new AssertionError("no filter");
  }

  /** With the table that systemd of this version gave. */
  private static DeviceFacts device(int version) {
    DeviceFacts facts = TestDevice.with(version);
    Effective.Context context = RecordedUnits.context(version, "any.service");
    return new DeviceFacts(
        version,
        facts.kernel(),
        facts.architecture(),
        facts.features(),
        context.syscalls(),
        facts.labels(),
        facts.volumes());
  }
}
