package dev.sandbar.core.rollback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.rollback.Withdrawal.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WithdrawalTest {
  private static final DeviceFacts FACTS = ReferenceDevice.facts();
  private static final String RUN = "run: {command: [/usr/bin/app]}";

  private static Node document(String spec) {
    return FlowText.app("app", "{" + RUN + (spec.isEmpty() ? "" : ", " + spec) + "}");
  }

  private static AppSpec app(Node document) {
    return switch (SpecReader.read(document)) {
      case SpecReader.Read(var app, _) -> app;
      case SpecReader.Refused refused -> throw new AssertionError(refused.toString());
    };
  }

  private static Outcome outcome(String older, String newest) {
    Node declared = document(newest);
    return Withdrawal.of(document(older), app(declared), declared, FACTS);
  }

  /** Without any version a service of the device would have all that its owner gave it. */
  @Test
  void aConfinedServiceGoesBackToItsOlderConfinement() {
    Node older = FlowText.app("app", "{run: {unit: web.service}}");
    Node newest =
        FlowText.app("app", "{run: {unit: web.service}, systemCalls: {deny: [\"@network-io\"]}}");
    assertThat(Withdrawal.of(older, app(newest), newest, FACTS)).isInstanceOf(Outcome.Within.class);
    assertThat(outcome("", "systemCalls: {deny: [\"@network-io\"]}"))
        .isNotInstanceOf(Outcome.Within.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "permissions: {internet: true, networkStatus: true} | permissions: {internet: true} |"
            + " networkStatus",
        "permissions: {networkStatus: true} | `` | networkStatus",
        "permissions: {networkStatus: true} | permissions: {networkStatus: false} | networkStatus",
        "permissions: {ACCESS_INTERNET: yes} | permissions: {state: true} | internet",
        "permissions: {internet: true} | permissions: {internet: true, internetTo: [{cidr:"
            + " 1.1.1.0/24}]} | internet",
        "permissions: {internet: true} | permissions: {internet: true, internetTo: [{host:"
            + " a.example}]} | internet",
        "permissions: {internet: true, internetTo: [{host: a.example}, {host: b.example}]} |"
            + " permissions: {internet: true, internetTo: [{host: b.example}]} |"
            + " internetTo=a.example",
        "permissions: {internet: true, internetTo: [{cidr: 1.1.1.0/24}, {cidr: 8.8.8.0/24}]} |"
            + " permissions: {internet: true, internetTo: [{cidr: 8.8.8.0/24}]} |"
            + " internetTo=1.1.1.0/24",
        "permissions: {serial: [{device: /dev/ttyUSB0}, {device: /dev/ttyUSB1}]} | permissions:"
            + " {serial: [{device: /dev/ttyUSB1}]} | serial=/dev/ttyUSB0:rw",
        "permissions: {readLogs: [a.service, b.service]} | permissions: {readLogs: [b.service]} |"
            + " readLogs=a.service",
        "permissions: {kernelModules: [msr, wireguard]} | permissions: {kernelModules: [wireguard]}"
            + " | kernelModules=msr",
        "permissions: {dbus: {talk: [org.a.B, org.a.C]}} | permissions: {dbus: {talk: [org.a.C]}} |"
            + " dbus=talk:org.a.B",
        "mode: Open | `` | mode: Open",
        "mode: Open | permissions: {state: true} | mode: Open",
        "mode: Open | mode: Open, permissions: {serial: false} | serial",
        "enforcement: Permissive | `` | enforcement: Permissive",
        "permissions: {localNetwork: true} | permissions: {localNetwork: true}, network: Own |"
            + " network: Shared",
        "raw: [{directive: RestrictNamespaces, value: user, reason: asked for by this very test}] |"
            + " `` | raw=RestrictNamespaces",
        "`` | systemCalls: {deny: [\"@keyring\", ptrace]} | systemCalls=@keyring",
        "systemCalls: {allow: [\"@keyring\"]} | `` | keyring",
        "`` | directives: {InaccessiblePaths: [/srv]} | directives=InaccessiblePaths",
        "directives: {NetworkNamespacePath: /run/netns/uplink} | `` | networkNamespace",
      })
  void anOlderVersionRunsWithWhatIsDeclaredNow(String older, String newest, String withdrawn) {
    assertThat(outcome(older, newest))
        .isInstanceOfSatisfying(
            Outcome.Narrowed.class,
            it -> {
              assertThat(it.withdrawn()).contains(withdrawn);
              AppSpec app = app(it.manifest());
              assertThat(Withdrawal.withdrawn(app, app(document(newest)), FACTS)).isEmpty();
              assertThat(Compiler.widest(app(document(newest)), FACTS))
                  .matches(now -> now.includes(Compiler.widest(app, FACTS)));
              assertThat(Compiler.compile(app, FACTS)).isInstanceOf(Compilation.Compiled.class);
              // Nothing is left to take away.
              Node declared = document(newest);
              assertThat(Withdrawal.of(it.manifest(), app(declared), declared, FACTS))
                  .isEqualTo(new Outcome.Within());
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | ``",
        "`` | mode: Open",
        "permissions: {internet: true} | permissions: {internet: true, serial: [{device:"
            + " /dev/ttyUSB0}]}",
        "permissions: {internet: true, internetTo: [{cidr: 1.1.1.0/24}]} | permissions: {internet:"
            + " true}",
        "permissions: {internet: true, internetTo: [{cidr: 1.1.1.0/25}]} | permissions: {internet:"
            + " true, internetTo: [{cidr: 1.1.1.0/24}]}",
        "permissions: {localNetwork: true}, network: Own | permissions: {localNetwork: true}",
        "systemCalls: {deny: [ptrace]} | ``",
        "directives: {MemoryMax: 64M} | directives: {MemoryMax: 16M}",
        "directives: {MemoryMax: 64M} | ``",
        "directives: {InaccessiblePaths: [/srv]} | ``",
      })
  void whatHasNoMoreStaysAsItIs(String older, String newest) {
    assertThat(outcome(older, newest)).isEqualTo(new Outcome.Within());
  }

  @Test
  void whatIsNoAppWithoutItIsImpossible() {
    assertThat(
            outcome(
                "permissions: {ports: [{port: 8080}], localNetwork: true}, health: {ready: {tcp:"
                    + " {port: 8080}}}",
                "permissions: {localNetwork: true}"))
        .isInstanceOfSatisfying(
            Outcome.Impossible.class, it -> assertThat(it.withdrawn()).contains("ports"));
    // Nothing can be made of it.
    assertThat(Withdrawal.of(FlowText.parse("{spec: {}}"), app(document("")), document(""), FACTS))
        .isEqualTo(new Outcome.Within());
  }

  /** Each permission alone is taken away, and never stays by another one's name. */
  @Test
  void everyPermissionCanBeWithdrawn() {
    AppSpec plain = app(document(""));
    for (Permission permission : Permission.values()) {
      AppSpec asking = plain.with(PermissionCatalog.sample(permission));
      assertThat(Withdrawal.withdrawn(asking, plain, FACTS)).as(permission.key()).isNotEmpty();
      assertThat(Withdrawal.withdrawn(asking, asking, FACTS)).as(permission.key()).isEmpty();
      assertThat(Withdrawal.withdrawn(plain, asking, FACTS)).as(permission.key()).isEmpty();
    }
    assertThat(List.of(Permission.values())).isNotEmpty();
  }
}
