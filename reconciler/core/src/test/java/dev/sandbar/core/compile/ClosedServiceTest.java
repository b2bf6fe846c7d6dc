package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.SpecReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A service of the device in closed mode: what the spec does not name is withheld. */
class ClosedServiceTest {

  private static final Set<Permission> OF_THE_SERVICE =
      Set.of(
          Permission.STATE,
          Permission.STORAGE,
          Permission.INTERNET_TO,
          Permission.NETWORK_NAMESPACE);

  private static AppSpec spec(String rest) {
    return FlowText.read("web", "{run: {unit: web.service}" + rest + "}");
  }

  private static CompiledApp compiled(AppSpec spec) {
    Compilation compiled = Compiler.compile(spec, TestDevice.with(257));
    assertThat(compiled).as(compiled.toString()).isInstanceOf(Compilation.Compiled.class);
    return ((Compilation.Compiled) compiled).app();
  }

  private static Set<Permission> withheld(AppSpec spec) {
    return Stream.of(Permission.values())
        .filter(
            it ->
                spec.permissions()
                    .get(it)
                    .filter(request -> request.value() instanceof Permissions.Value.Withheld)
                    .isPresent())
        .collect(Collectors.toSet());
  }

  @Test
  void whatIsNotNamedIsWithheld() {
    Set<Permission> all =
        Stream.of(Permission.values())
            .filter(Permission::canBeWithheldInOpenMode)
            .filter(it -> !OF_THE_SERVICE.contains(it))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(withheld(spec(""))).containsExactlyInAnyOrderElementsOf(all);
    all.remove(Permission.LOCAL_NETWORK);
    assertThat(withheld(spec(", mode: Closed, permissions: {localNetwork: true}")))
        .containsExactlyInAnyOrderElementsOf(all);
    assertThat(withheld(spec(", mode: Open"))).isEmpty();
  }

  /** It takes no less than open mode with the same by name, and gives nothing. */
  @Test
  void theDropInHasWallsAlone() {
    String names =
        withheld(spec("")).stream()
            .map(it -> it.key() + ": false")
            .collect(Collectors.joining(", ", ", mode: Open, permissions: {", "}"));
    List<String> open = new ArrayList<>(compiled(spec(names)).text().lines().toList());
    List<String> closed = compiled(spec("")).text().lines().toList();
    open.removeIf(line -> line.startsWith("SystemCallFilter=") || line.startsWith("#"));
    open.removeIf(line -> line.contains("SANDBAR_GENERATION") || line.startsWith("Environment"));
    assertThat(closed).containsAll(open);
    assertThat(closed)
        .anyMatch(line -> line.startsWith("SystemCallFilter=~") && line.contains("@reboot"))
        .noneMatch(
            line ->
                line.matches(
                    "(DynamicUser|User|StateDirectory|IPAddressAllow|Slice|ExecStart|RootDirectory)=.+"))
        .noneMatch(line -> line.matches("SystemCallFilter=[^~].*"))
        .noneMatch(line -> line.matches("CapabilityBoundingSet=[^~].*"));
  }

  @Test
  void whatAPermissionOpensIsNotDenied() {
    String debug = compiled(spec(", permissions: {debug: true, keyring: true}")).text();
    assertThat(debug).doesNotContain("@debug", "@keyring").contains("@module");
  }

  /** Each by itself beside a network. */
  @ParameterizedTest
  @EnumSource(Permission.class)
  void everyToggleCanBeGranted(Permission permission) {
    if (withheld(spec("")).contains(permission)
        && permission.isGrantedByTrue()
        && permission != Permission.NESTED_SANDBOX
        // Past the IP filter, which closes the rest: such a service stays in open mode.
        && permission != Permission.RAW_NETWORK
        && permission != Permission.ASYNC_IO) {
      AppSpec app = spec(", permissions: {" + permission.key() + ": true}");
      assertThat(withheld(app)).doesNotContain(permission);
      assertThat(compiled(app).text()).contains("[Service]");
    }
  }

  /** A field that is there and says nothing makes no open app of a closed one. */
  @Test
  void aUnitOfNoNameOpensNothing() {
    for (String unit : List.of("null", "''", "[]", "x")) {
      String text = "{run: {command: [/usr/bin/app], unit: " + unit + "}}";
      switch (SpecReader.read(FlowText.app("app", text))) {
        case SpecReader.Read(var app, _) ->
            assertThat(app.mode()).as(unit).isEqualTo(AppSpec.Mode.CLOSED);
        case SpecReader.Refused refused -> assertThat(refused.diagnostics()).as(unit).isNotEmpty();
      }
    }
  }
}
