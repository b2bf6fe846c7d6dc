package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SpecReader;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Permissions that an app in open mode has, being root: a "no" that nothing holds is refused. */
class ClosedOnlyTest {

  @ParameterizedTest
  @EnumSource(
      value = Permission.class,
      names = {"OTHER_APPS", "RUN_FROM_DATA", "CACHE", "LOGS"})
  void cannotBeWithheldInOpenMode(Permission permission) {
    assertThat(permission.canBeWithheldInOpenMode()).isFalse();
    String no = "{%s, mode: %s, permissions: {%s: false}}";
    var open =
        SpecReader.read(
            FlowText.app("app", no.formatted(CompilerTest.RUN, "Open", permission.key())));
    assertThat(((SpecReader.Refused) open).diagnostics())
        .singleElement()
        .satisfies(
            error -> {
              assertThat(error.problem()).isEqualTo(Problem.CONFLICT);
              assertThat(error.message()).contains(permission.key() + " cannot be withheld");
              assertThat(error.help()).contains("mode: Closed");
            });
    assertThat(
            CompilerTest.compiled(
                    no.formatted(CompilerTest.RUN, "Closed", permission.key()),
                    TestDevice.with(257))
                .text())
        .isNotEmpty();
  }

  /** The owner's policy holds all the same: such an app is refused whole. */
  @ParameterizedTest
  @EnumSource(
      value = Permission.class,
      names = {"OTHER_APPS", "RUN_FROM_DATA", "CACHE", "LOGS"})
  void aPolicyThatDeniesThemDeniesOpenMode(Permission permission) {
    var denied = new TreeSet<Permission>();
    denied.add(permission);
    DevicePolicy none = DevicePolicy.NONE;
    var policy =
        new DevicePolicy(true, true, true, denied, Permission.Level.DANGEROUS, none.limits());
    DeviceFacts facts = TestDevice.with(257).with(policy);
    assertThat(
            CompilerTest.errors(
                "{%s, mode: Open, permissions: {internet: true}}".formatted(CompilerTest.RUN),
                facts))
        .singleElement()
        .satisfies(
            error -> {
              assertThat(error.problem()).isEqualTo(Problem.POLICY_DENIED);
              assertThat(error.help()).startsWith("use mode: Closed");
            });
    assertThat(
            CompilerTest.errors(
                "{%s, permissions: {%s: true}}".formatted(CompilerTest.RUN, permission.key()),
                facts))
        .singleElement()
        .satisfies(error -> assertThat(error.problem()).isEqualTo(Problem.POLICY_DENIED));
    assertThat(
            CompilerTest.compiled(
                    "{%s, permissions: {jit: true, systemInfo: true}}".formatted(CompilerTest.RUN),
                    facts)
                .text())
        .isNotEmpty();
  }
}
