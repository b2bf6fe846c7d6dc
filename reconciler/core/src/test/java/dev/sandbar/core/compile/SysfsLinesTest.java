package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static dev.sandbar.core.compile.CompilerTest.compiled;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.property.Value;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Of /sys, that it is bound read-only where ProtectKernelTunables alone does not hold. */
class SysfsLinesTest {
  static final String SETTINGS = "ProtectKernelTunables";

  private static final String BINDS = "BindReadOnlyPaths";
  private static final String SYS = "/sys:/sys";
  private static final String RAW =
      ", raw: [{directive: ProtectKernelTunables, value: no, reason: asked for by this very test}]";

  /** Whether two values of a directive are lists of binds that differ in /sys alone. */
  static boolean isAllButSys(String directive, Value with, Value without) {
    if (!directive.equals(BINDS)
        || !(with instanceof Value.Names(var more))
        || !(without instanceof Value.Names(var fewer))) {
      return false;
    }
    var others = new TreeSet<>(more);
    return others.remove(SYS) && others.equals(fewer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "257 | permissions: {internet: true}                                          | default",
        "262 | permissions: {canBus: true}                                            | default",
        "262 | mode: Open, directives: {ProtectKernelTunables: yes}                   | directives",
        "262 | network: Own, permissions: {internet: true}                           |",
        "262 | mode: Open, directives: {ProtectKernelTunables: yes, PrivateNetwork: yes} |",
        "262 | mode: Open                                                             |",
        "257 | permissions: {}                                                        |",
        "252 | permissions: {internet: true}                                          |",
      })
  void sysIsBoundWhereTheDeviceWouldLeaveItWritable(int version, String spec, String because) {
    CompiledApp app = compiled("{" + RUN + ", " + spec + "}", TestDevice.with(version));
    assertThat(bound(app)).isEqualTo(Optional.ofNullable(because));
  }

  @ParameterizedTest
  @CsvSource({"257", "262"})
  void whoOpensTheWallByNameOpensAllOfIt(int version) {
    CompiledApp app =
        compiled(
            "{" + RUN + ", permissions: {internet: true}" + RAW + "}", TestDevice.with(version));
    assertThat(bound(app)).isEmpty();
    assertThat(app.effective().get(SETTINGS)).hasToString(new Value.Flag(false).toString());
  }

  /** Why it is. */
  private static Optional<String> bound(CompiledApp app) {
    return app.directives().stream()
        .filter(line -> line.line().equals(BINDS + "=/sys"))
        .map(Directive::because)
        .reduce(
            (_, _) -> {
              throw new AssertionError("twice");
            });
  }
}
