package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Permission.Level;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SliceLimits;
import dev.sandbar.core.property.Value;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class QuotaLinesTest {

  private static final String RUN = "run: {command: [/usr/bin/app]}";
  private static final String QUOTAS =
      "{%s, permissions: {state: {quota: 10M}, cache: {quota: 64K}, logs: {quota: 1024M}}}"
          .formatted(RUN);

  private static Compilation.Compiled compiled(String spec, DeviceFacts facts) {
    Compilation compilation = Compiler.compile(FlowText.read("app", spec), facts);
    assertThat(compilation).isInstanceOf(Compilation.Compiled.class);
    return (Compilation.Compiled) compilation;
  }

  @Test
  void eachDirectoryHasItsOwn() {
    CompiledApp app = compiled(QUOTAS, TestDevice.with(262)).app();

    assertThat(app.text().lines())
        .contains(
            "StateDirectory=sandbar-app",
            "StateDirectoryQuota=10M",
            "CacheDirectoryQuota=64K",
            "LogsDirectoryQuota=1G");
    assertThat(app.effective())
        .containsEntry("StateDirectoryQuota", new Value.Text("10485760"))
        .containsEntry("CacheDirectoryQuota", new Value.Text("65536"));
    assertThat(app.notEnforced()).isEmpty();
  }

  /** A unit with the same directory and without its quota lifts it, as systemd makes it ready. */
  @Test
  void aCheckOfTheAppHasTheQuotasToo() {
    String spec =
        QUOTAS.replace(RUN, RUN + ", health: {ready: {exec: {command: [/usr/bin/check]}}}");
    CheckUnit check = CheckUnit.of(compiled(spec, TestDevice.with(262)).app()).orElseThrow();

    assertThat(check.text().lines())
        .contains("StateDirectory=sandbar-app", "StateDirectoryQuota=10M");
  }

  @ParameterizedTest
  @CsvSource({
    "STATE_QUOTA,StateDirectoryQuota,project quotas on the file system of /var/lib",
    "CACHE_QUOTA,CacheDirectoryQuota,project quotas on the file system of /var/cache",
    "LOGS_QUOTA,LogsDirectoryQuota,project quotas on the file system of /var/log"
  })
  void whatTheFileSystemCannotHoldIsLeftOutAndNamed(
      Feature missing, String directive, String lacked) {
    DeviceFacts facts = TestDevice.with(262).with(missing, false);
    Compilation.Compiled compiled = compiled(QUOTAS, facts);

    assertThat(compiled.app().text()).doesNotContain(directive);
    assertThat(compiled.app().notEnforced()).containsExactly(directive);
    assertThat(compiled.warnings())
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.message())
                  .isEqualTo(
                      "%s is left out, for this device lacks %s; what the app writes there is not limited"
                          .formatted(directive, lacked));
              assertThat(it.help()).startsWith("mount it with prjquota");
            });
  }

  @ParameterizedTest
  @ValueSource(ints = {252, 257})
  void anOlderSystemdSetsNoneWhateverTheFileSystem(int systemd) {
    Compilation.Compiled compiled = compiled(QUOTAS, TestDevice.with(systemd));

    assertThat(compiled.app().text()).doesNotContain("Quota").contains("StateDirectory=");
    assertThat(compiled.app().notEnforced())
        .containsExactly("CacheDirectoryQuota", "LogsDirectoryQuota", "StateDirectoryQuota");
    assertThat(compiled.warnings())
        .extracting(Diagnostic::message)
        .allMatch(it -> it.contains("this device lacks systemd 258; what the app writes"));
  }

  /** Whoever owns a device may rather have no app than one without its limits. */
  @Test
  void theOwnerMayRefuseWhatIsNotLimited() {
    var insists =
        new DevicePolicy(
            false, false, false, new TreeSet<>(), Level.DANGEROUS, SliceLimits.DEFAULT);
    DeviceFacts facts = TestDevice.with(262).with(Feature.STATE_QUOTA, false).with(insists);
    assertThat(CompilerTest.errors(QUOTAS, facts))
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.problem()).isEqualTo(Problem.POLICY_DENIED);
              assertThat(it.message()).contains("/var/lib", "StateDirectoryQuota", "policy");
            });
  }

  /** Outside of one the owner of a directory takes it out of its project. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "permissions: {state: {quota: 1G}, internet: true, ports: [{port: 80}]}",
        "permissions: {state: {quota: 1G}, rawNetwork: true}, network: Own",
        "permissions: {state: {quota: 1G}}, raw: [{directive: PrivateUsers, value: \"no\", reason:"
            + " maps the uids of the device}]"
      })
  void anAppWithoutAUserNamespaceHasNone(String rest) {
    List<Diagnostic> errors =
        CompilerTest.errors("{%s, %s}".formatted(RUN, rest), TestDevice.with(262));
    assertThat(errors)
        .filteredOn(it -> it.problem() == Problem.CONFLICT)
        .anySatisfy(
            it -> {
              assertThat(it.message()).contains("permissions.state.quota").contains("can lift");
              assertThat(it.help()).contains("via: Socket");
            });
  }

  @Test
  void aPortBelow1024ThatSystemdOpensTakesNothingFromIt() {
    String spec =
        "{%s, permissions: {state: {quota: 1G}, ports: [{port: 80, via: Socket, from: [10.0.0.0/8]}]}}"
            .formatted(RUN);
    assertThat(compiled(spec, TestDevice.with(262)).app().text())
        .contains("PrivateUsers=yes", "StateDirectoryQuota=1G");
  }
}
