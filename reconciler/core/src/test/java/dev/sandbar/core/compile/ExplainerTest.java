package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static dev.sandbar.core.compile.CompilerTest.compiled;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Explanation.Change;
import dev.sandbar.core.compile.Explanation.Row;
import dev.sandbar.core.compile.Explanation.Standing;
import dev.sandbar.core.model.Permission;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExplainerTest {

  private final Explainer explainer = new Explainer(ReferenceDevice.facts());

  @Test
  void aPermissionIsExplainedByWhatItChanges() {
    var internet = explainer.explain(Permission.INTERNET);
    assertThat(internet.changes())
        .contains(
            new Change("PrivateNetwork", List.of("yes"), List.of()),
            new Change("RestrictAddressFamilies", List.of("none"), List.of("AF_INET AF_INET6")))
        .extracting(Change::directive)
        .doesNotContain("Environment", "DynamicUser");
    assertThat(explainer.explain(Permission.JIT).changes())
        .extracting(Change::directive)
        .containsExactlyInAnyOrder("SystemCallFilter", "MemoryDenyWriteExecute");
    assertThat(explainer.explain(Permission.INTERNET_TO).changes())
        .extracting(Change::directive)
        .containsExactly("IPAddressAllow");
  }

  @Test
  void anAppIsExplainedPermissionByPermission() {
    CompiledApp app =
        compiled(
            "{" + RUN + ", permissions: {state: true, internet: false}}", TestDevice.with(257));
    var explained = explainer.explain(app);
    assertThat(explained.rows()).hasSize(Permission.values().length);
    assertThat(row(explained, Permission.STATE).standing()).isEqualTo(Standing.GRANTED);
    assertThat(row(explained, Permission.STATE).directives())
        .contains("StateDirectory=sandbar-app");
    Row internet = row(explained, Permission.INTERNET);
    assertThat(internet.standing()).isEqualTo(Standing.WITHHELD);
    assertThat(internet.directives())
        .contains("PrivateNetwork=yes", "RestrictAddressFamilies=none");
    Row jit = row(explained, Permission.JIT);
    assertThat(jit.standing()).isEqualTo(Standing.CLOSED);
    assertThat(jit.directives()).contains("MemoryDenyWriteExecute=yes");
    assertThat(explained.lines()).isEqualTo(app.directives());
  }

  @Test
  void whatOpenModeLeavesOpenIsSaid() {
    CompiledApp app =
        compiled("{" + RUN + ", mode: Open, permissions: {jit: false}}", TestDevice.with(257));
    var explained = explainer.explain(app);
    assertThat(row(explained, Permission.INTERNET).standing()).isEqualTo(Standing.OPEN);
    assertThat(row(explained, Permission.JIT).directives()).contains("MemoryDenyWriteExecute=yes");
  }

  @Test
  void everyWallOfAClosedAppIsNamed() {
    CompiledApp app = compiled("{" + RUN + "}", TestDevice.with(257));
    assertThat(explainer.explain(app).rows()).allSatisfy(r -> assertThat(r.meaning()).isNotEmpty());
    assertThat(explainer.explain(app).rows())
        .filteredOn(r -> r.permission() != Permission.STORAGE && r.permission() != Permission.STATE)
        .filteredOn(
            r -> r.permission() != Permission.SERIAL && r.permission() != Permission.DEVICES)
        .allSatisfy(r -> assertThat(r.directives()).as("%s", r).isNotEmpty());
  }

  private static Row row(Explanation.OfApp explained, Permission permission) {
    return explained.rows().stream()
        .filter(r -> r.permission() == permission)
        .findFirst()
        .orElseThrow();
  }
}
