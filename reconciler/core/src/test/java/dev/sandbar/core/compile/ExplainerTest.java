package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Explanation.Change;
import dev.sandbar.core.compile.Explanation.OfApp;
import dev.sandbar.core.compile.Explanation.Standing;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Mount;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.property.DirectiveTable;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExplainerTest {

  private static final String RUN = CompilerTest.RUN;

  @Test
  void aPermissionIsExplainedByWhatItChanges() {
    assertThat(Explainer.explain(Permission.INTERNET).grants())
        .contains(
            new Change("PrivateNetwork", List.of("yes"), List.of()),
            new Change("RestrictAddressFamilies", List.of("none"), List.of("AF_INET AF_INET6")))
        .extracting(Change::directive)
        .doesNotContain("Environment", "DynamicUser");
    assertThat(Explainer.explain(Permission.JIT).grants())
        .extracting(Change::directive)
        .containsExactlyInAnyOrder("SystemCallFilter", "MemoryDenyWriteExecute");
    var narrowed = Explainer.explain(Permission.INTERNET_TO);
    assertThat(narrowed.foundation()).containsExactly(Permission.INTERNET);
    assertThat(narrowed.grants()).extracting(Change::directive).containsExactly("IPAddressAllow");
  }

  /** Whatever the catalogue holds can be explained, granted and withheld. */
  @ParameterizedTest
  @EnumSource
  void everyPermissionGrantsAndGuardsSomething(Permission permission) {
    var explained = Explainer.explain(permission);
    assertThat(explained.errors()).isEmpty();
    assertThat(explained.grants()).isNotEmpty();
    assertThat(explained.guards().isEmpty()).isNotEqualTo(permission.canBeWithheldInOpenMode());
  }

  @Test
  void aRequestThatIsRefusedHasErrorsAndNoChanges() {
    var overPrograms = new Value.Volumes(List.of(new Mount("media", "/usr/bin", true)));
    var explained =
        Explainer.explain(Permission.STORAGE, new Request(overPrograms, Location.NOWHERE));
    assertThat(explained.errors()).isNotEmpty();
    assertThat(explained.grants()).isEmpty();
  }

  @Test
  void aDirectiveIsExplainedByWhatSetsIt() {
    var explained = Explainer.explain(DirectiveTable.find("MemoryDenyWriteExecute").orElseThrow());
    assertThat(explained.closed()).containsExactly("yes");
    assertThat(explained.granted()).isEqualTo(Map.of(Permission.JIT, List.of()));
    assertThat(explained.withheld()).isEqualTo(Map.of(Permission.JIT, List.of("yes")));
  }

  @Test
  void anAppIsExplainedPermissionByPermission() {
    Map<Permission, OfApp> rows = rows("permissions: {state: true, internet: false}");
    assertThat(rows).doesNotContainKey(Permission.INTERNET_TO);
    assertThat(rows).hasSize(Permission.values().length - 1);
    assertThat(standing(rows, Permission.STATE)).isEqualTo(Standing.GRANTED);
    assertThat(standing(rows, Permission.INTERNET)).isEqualTo(Standing.WITHHELD);
    assertThat(standing(rows, Permission.JIT)).isEqualTo(Standing.WITHHELD);
    assertThat(rows.values()).allSatisfy(row -> assertThat(row.meaning()).isNotEmpty());
  }

  @Test
  void whatOpenModeLeavesOpenIsSaid() {
    Map<Permission, OfApp> rows = rows("mode: Open, permissions: {jit: false}");
    assertThat(standing(rows, Permission.INTERNET)).isEqualTo(Standing.OPEN);
    assertThat(standing(rows, Permission.JIT)).isEqualTo(Standing.WITHHELD);
  }

  private static Standing standing(Map<Permission, OfApp> rows, Permission permission) {
    return rows.entrySet().stream()
        .filter(row -> row.getKey() == permission)
        .map(row -> row.getValue().standing())
        .findFirst()
        .orElseThrow();
  }

  private static Map<Permission, OfApp> rows(String spec) {
    return Explainer.explain(FlowText.read("app", "{" + RUN + ", " + spec + "}")).stream()
        .collect(Collectors.toMap(OfApp::permission, Function.identity()));
  }
}
