package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permission.Level;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SliceLimits;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveOverride.Setting;
import dev.sandbar.core.property.DirectiveTable;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which drift a spec can have ignored. */
class IgnoreCheckTest {

  private static Compilation compile(String spec, int version) {
    var policy =
        new DevicePolicy(true, false, true, new TreeSet<>(), Level.DANGEROUS, SliceLimits.DEFAULT)
            .withTuning(new Listed.Any<>())
            .withLogs(new Listed.Any<>())
            .withModules(new Listed.Any<>())
            .withDbus(new Listed.Any<>())
            .withMounts(new Listed.Any<>())
            .withRaw(new Listed.Any<>());
    return Compiler.compile(
        FlowText.read("app", "{" + RUN + spec + "}"), TestDevice.with(version).with(policy));
  }

  private static List<Diagnostic> errors(String property) {
    String rule = ", drift: {ignore: [{property: %s, reason: tuned}]}".formatted(property);
    return switch (compile(rule, 257)) {
      case Compilation.Compiled _ -> List.of();
      case Compilation.Rejected(_, var errors) -> errors;
    };
  }

  private static void emitted(String spec, SortedSet<String> names) {
    for (int version : new int[] {252, 257, 262}) {
      switch (compile(spec, version)) {
        case Compilation.Compiled(var app, _) ->
            app.directives().forEach(line -> names.add(line.name()));
        case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
      }
    }
  }

  /**
   * A default that a spec may replace by any other value, loosely or tightly, is no wall. Of locked
   * memory the default is none, and any other value comes to a permission.
   */
  private static boolean isFree(String name) {
    return !name.equals("LimitMEMLOCK")
        && !name.endsWith("PressureWatch")
        && DirectiveTable.find(name).map(DirectiveInfo::override).orElseThrow()
            instanceof Setting(var closed, var open)
        && closed.equals(open);
  }

  /** Otherwise a rule could hide that the sandbox is open. */
  @Test
  void nothingThatTheSandboxOrAPermissionWritesCanBeIgnored() {
    var names = new TreeSet<String>();
    emitted("", names);
    emitted(", mode: Open", names);
    for (Permission permission : Permission.values()) {
      String beside =
          switch (permission) {
            case INTERNET_TO, PORTS -> "internet: true, ";
            default -> "";
          };
      emitted(", permissions: {" + beside + permission.example() + "}", names);
      if (permission.canBeWithheldInOpenMode()) {
        emitted(", mode: Open, permissions: {" + permission.key() + ": false}", names);
      }
    }
    assertThat(names).hasSizeGreaterThan(60).contains("ExecStart", "IPAddressDeny", "LimitCORE");
    assertThat(names.stream().filter(IgnoreCheckTest::isFree))
        .containsExactly("Restart", "RestartSec", "TasksMax", "TimeoutStopSec");
    names.removeIf(IgnoreCheckTest::isFree);
    assertThat(names)
        .allSatisfy(
            name ->
                assertThat(errors(name))
                    .as(name)
                    .singleElement()
                    .satisfies(
                        error -> {
                          assertThat(error.problem()).isEqualTo(Problem.LOOSENS_SANDBOX);
                          assertThat(error.message()).contains(name + " is never ignored");
                          assertThat(error.help()).contains("only resource limits");
                        }));
  }

  /** What decides who the app is and what it reaches, though no default writes it. */
  @Test
  void neitherCanWhatWouldOpenIt() {
    assertThat(
            List.of(
                "User",
                "Group",
                "RootImage",
                "RootDirectory",
                "ExecStartPre",
                "BindPaths",
                "ReadWritePaths",
                "DeviceAllow",
                "AmbientCapabilities",
                "PrivateNetwork",
                "Slice",
                "Delegate",
                "KillMode",
                "NotifyAccess",
                "EnvironmentFile",
                "LoadCredential",
                "WorkingDirectory",
                "JoinsNamespaceOf",
                "IPIngressFilterPath"))
        .allSatisfy(name -> assertThat(errors(name)).as(name).hasSize(1));
  }

  @Test
  void limitsSchedulingAndRestartsCan() {
    assertThat(
            List.of(
                "CPUWeight",
                "CPUQuota",
                "MemoryMax",
                "MemoryHigh",
                "TasksMax",
                "IOWeight",
                "Nice",
                "OOMScoreAdjust",
                "LimitNOFILE",
                "Restart",
                "RestartSec",
                "TimeoutStopSec"))
        .allSatisfy(name -> assertThat(errors(name)).as(name).isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "CPUWieght, did you mean CPUWeight?",
    "cpuweight, did you mean CPUWeight?",
    "CPUQuotaPerSecUSec, did you mean CPUQuota?",
    "Colour, 'write the name of a resource limit, for example CPUWeight, MemoryMax or TasksMax'"
  })
  void anUnknownNameGetsTheNearest(String name, String help) {
    assertThat(errors(name))
        .singleElement()
        .satisfies(
            error -> {
              assertThat(error.problem()).isEqualTo(Problem.UNKNOWN_DIRECTIVE);
              assertThat(error.message())
                  .isEqualTo("drift.ignore: unknown property '" + name + "'");
              assertThat(error.help()).isEqualTo(help);
              assertThat(error.at().line()).isEqualTo(2);
            });
  }
}
