package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static dev.sandbar.core.compile.CompilerTest.compiled;
import static dev.sandbar.core.compile.CompilerTest.errors;
import static dev.sandbar.core.compile.CompilerTest.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.property.DirectiveOverride.Filter;
import dev.sandbar.core.property.DirectiveOverride.Ladder;
import dev.sandbar.core.property.DirectiveOverride.Rung;
import dev.sandbar.core.property.DirectiveOverride.Setting;
import dev.sandbar.core.property.DirectiveOverride.Switch;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A directive that is accepted has an effect, or says what holds already. */
class DirectiveEffectTest {

  private static final List<String> PERMISSIONS =
      List.of(
          "",
          "internet: true",
          "internet: true, internetTo: [{cidr: 203.0.113.0/24}]",
          "localNetwork: true, jit: true, state: true",
          "internet: false",
          "localNetwork: false",
          "jit: false, devices: false, state: false",
          "ports: false, networkNamespace: uplink");

  private static final Map<String, List<String>> LISTS =
      new TreeMap<>(
          Map.of(
              "InaccessiblePaths", List.of("-/srv/other", "/etc/ssh"),
              "ReadOnlyPaths", List.of("-/srv/other", "/etc /usr/local"),
              "IPAddressAllow",
                  List.of("any", "203.0.113.0/24", "203.0.113.7", "10.0.0.0/8", "localhost"),
              "IPAddressDeny", List.of("any", "203.0.113.0/24", "10.0.0.0/8"),
              "NetworkNamespacePath", List.of("/run/netns/uplink", "/run/netns/other"),
              "PrivateNetwork", List.of("yes", "no"),
              "RestrictAddressFamilies",
                  List.of("none", "AF_INET", "AF_INET AF_INET6", "AF_UNIX", "~AF_PACKET"),
              "RestrictNamespaces", List.of("yes", "no", "user net", "~user"),
              "RootImage", List.of("/srv/app.squashfs"),
              "SystemCallFilter",
                  List.of(
                      "@system-service",
                      "@basic-io @file-system",
                      "ptrace",
                      "memfd_create read",
                      "~@mount",
                      "~read")));

  private static final List<String> SETTINGS =
      List.of("64M", "50%", "100", "0", "5", "10s", "always", "exec", "notify", "no", "infinity");

  @ParameterizedTest
  @EnumSource(Mode.class)
  void everyAcceptedDirectiveHasAnEffect(Mode mode) {
    int accepted = 0;
    for (String permissions : PERMISSIONS) {
      String base = "{%s, mode: %s, permissions: {%s}".formatted(RUN, word(mode), permissions);
      CompiledApp without = compiled(base + "}", TestDevice.with(257));
      for (var directive : directives().entrySet()) {
        for (String value : directive.getValue()) {
          String spec = base + ", directives: {" + directive.getKey() + ": \"" + value + "\"}}";
          if (SpecReader.read(FlowText.app("app", spec)) instanceof SpecReader.Read(var app, _)
              && Compiler.compile(app, TestDevice.with(257))
                  instanceof Compilation.Compiled(var unit, _)) {
            accepted++;
            String name = directive.getKey();
            assertThat(changes(name, unit, without) || holds(name, value, without))
                .as(spec)
                .isTrue();
          }
        }
      }
    }
    assertThat(accepted).isGreaterThan(300);
  }

  private static Map<String, List<String>> directives() {
    var directives = new TreeMap<>(LISTS);
    DirectiveTable.overrides(Switch.class)
        .keySet()
        .forEach(name -> directives.put(name, List.of("yes", "no")));
    DirectiveTable.overrides(Ladder.class)
        .forEach(
            (name, ladder) ->
                directives.put(name, ladder.words().stream().map(Rung::word).toList()));
    DirectiveTable.overrides(Setting.class)
        .forEach(
            (name, setting) -> {
              var values = new ArrayList<>(SETTINGS);
              values.add(setting.closed().example());
              values.add(setting.open().example());
              directives.put(name, values);
            });
    assertThat(LISTS.keySet()).isEqualTo(DirectiveTable.overrides(Filter.class).keySet());
    return directives;
  }

  /** What depends on the device, half of its tasks for example, is in the unit alone. */
  private static boolean changes(String name, CompiledApp app, CompiledApp without) {
    return !state(app).equals(state(without)) || !values(app, name).equals(values(without, name));
  }

  private static Map<String, Value> state(CompiledApp app) {
    var state = new TreeMap<>(app.effective());
    state.remove("Environment");
    return state;
  }

  /** Whether the unit without the line does what the line says. */
  private static boolean holds(String name, String value, CompiledApp without) {
    Value holds = without.effective().get(name);
    Value said = Effective.of(name, List.of(value), context()).orElse(new Value.Text(value));
    if (said.equals(holds) || values(without, name).contains(value)) {
      return true;
    }
    return switch (holds) {
      case Value.Flag(boolean on) -> said instanceof Value.Flag(boolean wanted) && on == wanted;
      case Value.Filter h when said instanceof Value.Filter s ->
          s.allow()
              ? h.allow() && h.names().containsAll(s.names()) || s.names().containsAll(h.names())
              : s.names().stream().noneMatch(n -> h.allow() == h.names().contains(n));
      case Value.Names(var names) when name.equals("IPAddressDeny") ->
          names.contains("0.0.0.0/0") || allowed(without).meet(AddressSet.of(value)).isEmpty();
      case Value.Names(var names)
          when name.equals("RestrictNamespaces") && said instanceof Value.Names(var wanted) ->
          wanted.containsAll(names);
      case Value.Text(String stronger) -> value.equals("yes") && !stronger.equals("no");
      case null, default -> false;
    };
  }

  private static AddressSet allowed(CompiledApp app) {
    var allowed = new ArrayList<String>();
    values(app, "IPAddressAllow").forEach(line -> allowed.addAll(List.of(line.split(" "))));
    return AddressSet.of(allowed.toArray(String[]::new));
  }

  private static Effective.Context context() {
    DeviceFacts facts = TestDevice.with(257);
    return new Effective.Context(257, facts.syscalls(), "x86-64", "sandbar-app.service");
  }

  @Test
  void allowedAddressesNarrowWhatIsGranted() {
    CompiledApp app =
        compiled(
            "{"
                + RUN
                + ", permissions: {internet: true}, directives: {IPAddressAllow: 203.0.113.0/24}}",
            TestDevice.with(257));
    assertThat(values(app, "IPAddressAllow")).containsExactly("203.0.113.0/24");
    assertThat(values(app, "IPAddressDeny")).containsExactly("any");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mode: Open, directives: {IPAddressAllow: 203.0.113.0/24}|203.0.113.0/24",
        "mode: Open, directives: {IPAddressDeny: 10.0.0.0/8, IPAddressAllow: [10.1.0.0/16,"
            + " 203.0.113.0/24]}|203.0.113.0/24",
        "permissions: {internet: true}, directives: {IPAddressDeny: 198.51.100.0/24,"
            + " IPAddressAllow: 203.0.113.0/24}|203.0.113.0/24",
      })
  void anExceptionFromNothingIsRefused(String spec, String named) {
    assertThat(errors("{" + RUN + ", " + spec + "}", TestDevice.with(257)))
        .singleElement()
        .satisfies(
            e -> {
              assertThat(e.problem()).isEqualTo(Problem.CONFLICT);
              assertThat(e.message()).contains(named).contains("has no effect");
              assertThat(e.help()).contains("IPAddressDeny: any");
            });
  }

  private static String word(Mode mode) {
    return mode == Mode.CLOSED ? "Closed" : "Open";
  }
}
