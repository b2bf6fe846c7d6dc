package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static dev.sandbar.core.compile.CompilerTest.compiled;
import static dev.sandbar.core.compile.CompilerTest.errors;
import static dev.sandbar.core.compile.CompilerTest.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.property.Capabilities;
import java.util.List;
import java.util.SortedSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who an app in open mode is, and what it can ever have. */
class RightsOverridesTest {

  private static final DeviceFacts FACTS = TestDevice.with(257);

  private static String open(String rest) {
    return "{%s, mode: Open, %s}".formatted(RUN, rest);
  }

  private static SortedSet<Permission> permissions(String rest) {
    var app = FlowText.read("app", open(rest));
    return Compiler.permissions(app, Compiler.widest(app, FACTS));
  }

  /** What is given to a user of its own is what the spec gives, and nothing that root keeps. */
  @ParameterizedTest
  @ValueSource(strings = {"DynamicUser: yes", "User: daemon", "NoNewPrivileges: yes"})
  void nothingIsAmbientThatTheSpecDoesNotGive(String user) {
    CompiledApp app =
        compiled(
            open("directives: {CapabilityBoundingSet: CAP_KILL CAP_CHOWN, %s}".formatted(user)),
            FACTS);
    assertThat(values(app, "CapabilityBoundingSet")).containsExactly("CAP_CHOWN CAP_KILL");
    assertThat(values(app, "AmbientCapabilities")).isEmpty();
    assertThat(app.kernel().capabilities())
        .isEqualTo(Capabilities.mask(List.of("CAP_CHOWN", "CAP_KILL")));
  }

  @Test
  void noCapabilityIsAWordOfItsOwn() {
    CompiledApp app = compiled(open("directives: {CapabilityBoundingSet: \"\"}"), FACTS);
    assertThat(app.text()).contains("\nCapabilityBoundingSet=\n");
    assertThat(app.kernel().capabilities()).isZero();
  }

  @Test
  void aProcessOfRootIsForeignWhereTheAppHasAnotherUser() {
    assertThat(compiled(open("directives: {User: daemon}"), FACTS).kernel().unprivilegedUser())
        .isTrue();
    CompiledApp root = compiled(open("directives: {User: root}"), FACTS);
    assertThat(root.kernel().unprivilegedUser()).isFalse();
    assertThat(values(root, "User")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "directives: {AmbientCapabilities: CAP_CHOWN, CapabilityBoundingSet: CAP_KILL}|by directives.CapabilityBoundingSet",
        "directives: {AmbientCapabilities: CAP_CHOWN, CapabilityBoundingSet: ''}|by directives.CapabilityBoundingSet",
        "'permissions: {rawNetwork: false}, directives: {AmbientCapabilities: CAP_NET_RAW}'|by a permission that is withheld",
        "directives: {CapabilityBoundingSet: CAP_NONSENSE}|is not usable",
        "directives: {CapabilityBoundingSet: ~}|is not usable",
        "permissions: {state: false}, directives: {StateDirectory: a}|permissions.state withholds",
        "permissions: {state: false}, directives: {ReadWritePaths: /srv}|permissions.state withholds",
        "permissions: {systemInfo: false}, directives: {ProcSubset: all}|permissions.systemInfo withholds",
        "permissions: {camera: false}, directives: {DevicePolicy: auto}|permissions.devices withholds",
        "permissions: {camera: false}, directives: {SupplementaryGroups: video}|permissions.devices withholds",
        "directives: {User: sandbar-other}|kept for Sandbar and its apps",
        "directives: {Group: sb-f904}|kept for Sandbar and its apps",
        "directives: {SupplementaryGroups: video sandbar-apps}|kept for Sandbar and its apps",
        "directives: {StateDirectory: sandbar-other}|kept for systemd or for Sandbar",
        "directives: {RuntimeDirectory: a private/b}|kept for systemd or for Sandbar",
        "directives: {UnsetEnvironment: A SANDBAR_GENERATION}|a variable of Sandbar itself",
        "directives: {Type: dbus}|waits for a name",
        "directives: {User: ''}|takes one value",
        "directives: {User: 'a b'}|is not usable",
        "directives: {User: '-1'}|is not usable",
        "directives: {Group: 'a:b'}|is not usable",
        "directives: {SupplementaryGroups: '%i'}|is not usable",
      })
  void whatCannotBeIsRefused(String rest, String message) {
    assertThat(errors(open(rest.replace("''", "\"\"").replaceAll("^'|'$", "")), FACTS))
        .extracting(Diagnostic::message)
        .anySatisfy(it -> assertThat(it).contains(message));
  }

  /** In closed mode nobody says who an app is. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "User: daemon",
        "Group: daemon",
        "SupplementaryGroups: dialout",
        "CapabilityBoundingSet: CAP_CHOWN",
        "CapabilityBoundingSet: \"\"",
        "AmbientCapabilities: CAP_CHOWN",
        "SecureBits: noroot",
      })
  void inClosedModeNoneIsAccepted(String directive) {
    assertThat(errors("{%s, directives: {%s}}".formatted(RUN, directive), FACTS))
        .extracting(Diagnostic::message)
        .containsExactly("directives.%s is not accepted".formatted(directive.split(":", -1)[0]));
    assertThat(errors("{run: {unit: a.service}, mode: Open, directives: {User: daemon}}", FACTS))
        .isNotEmpty();
  }

  /** A list of capabilities is no way around the policy of an owner. */
  @Test
  void anAppWithoutCapabilitiesHasWhatOpenModeGives() {
    SortedSet<Permission> all = permissions("directives: {Nice: 1}");
    SortedSet<Permission> without = permissions("directives: {CapabilityBoundingSet: \"\"}");
    all.removeAll(without);
    assertThat(all).containsExactly(Permission.NETWORK_NAMESPACE);
    assertThat(permissions("directives: {CapabilityBoundingSet: \"\", User: \"a b\"}"))
        .contains(Permission.NETWORK_NAMESPACE);
  }
}
