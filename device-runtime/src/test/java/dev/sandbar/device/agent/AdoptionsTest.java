package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppUnits;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.source.text.YamlReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** An app stays the unit that it is, and a service of the device is confined by one app. */
class AdoptionsTest {
  private static final AppName A = new AppName("a");
  private static final AppName B = new AppName("b");
  private static final UnitName SSH = new UnitName("ssh.service");
  private static final String OF_SSH = "{run: {unit: ssh.service}, mode: Open}";
  private static final String OF_CRON = "{run: {unit: cron.service}, mode: Open}";
  private static final String OF_ITS_OWN = "{run: {command: [/bin/true]}}";

  private final TreeMap<AppName, Node> manifests = new TreeMap<>();
  private final TreeMap<AppName, AppRecord> records = new TreeMap<>();
  private final TreeMap<AppName, UnitName> onDisk = new TreeMap<>();

  @Test
  void whatIsNewIsWhatItsSpecSays() {
    declare(A, OF_SSH);
    declare(B, OF_ITS_OWN);
    assertThat(found().refused()).isEmpty();
    assertThat(found().units().of(A)).isEqualTo(SSH);
    assertThat(found().units().of(B)).isEqualTo(UnitName.own(B));
  }

  @Test
  void anAppDoesNotMoveFromOneUnitToAnother() {
    for (String another : List.of(OF_CRON, OF_ITS_OWN)) {
      applied(A, OF_SSH);
      declare(A, another);
      assertRefused(A, "the app is ssh.service on this device");
      assertThat(found().units().of(A)).as("what is there stays its own").isEqualTo(SSH);
    }
    applied(A, OF_ITS_OWN);
    declare(A, OF_SSH);
    assertRefused(A, "the app is sandbar-a.service on this device, and is declared as ssh.service");
    assertThat(found().units().app(SSH)).isEmpty();
  }

  @Test
  void aDropInOfAnAppThatNobodyRemembersIsThatApps() {
    onDisk.put(A, SSH);
    declare(A, OF_CRON);
    assertRefused(A, "the app is ssh.service on this device");
    declare(A, OF_SSH);
    assertThat(found().refused()).isEmpty();
  }

  @Test
  void ofTwoAppsTheOneThatIsThereKeepsTheService() {
    declare(A, OF_SSH);
    declare(B, OF_SSH);
    assertRefused(B, "run.unit names ssh.service, which the app a confines already");
    applied(B, OF_SSH);
    assertRefused(A, "which the app b confines already");
    assertThat(found().units().app(SSH)).contains(B);
    records.clear();
    onDisk.put(B, SSH);
    assertRefused(A, "which the app b confines already");
  }

  @Test
  void onceItIsRemovedAnotherMayHaveIt() {
    applied(A, OF_SSH);
    declare(B, OF_SSH);
    assertRefused(B, "which the app a confines already");
    records.clear();
    assertThat(found().refused()).isEmpty();
  }

  private void declare(AppName name, String spec) {
    manifests.put(name, manifest(name, spec));
  }

  private void applied(AppName name, String spec) {
    var version = new Version(manifest(name, spec), Sha256.of(spec), "revision");
    records.put(name, AppRecord.fresh(name).proved(version));
  }

  private Adoptions found() {
    return Adoptions.of(declared(), records, new AppUnits(onDisk));
  }

  private void assertRefused(AppName name, String why) {
    Adoptions adoptions = found();
    assertThat(adoptions.refused()).containsOnlyKeys(name);
    assertThat(adoptions.in(declared()).compiled().get(name))
        .isInstanceOfSatisfying(
            Compilation.Rejected.class,
            it -> assertThat(it.errors()).singleElement().asString().contains(why));
  }

  private Declared declared() {
    var compiled = new TreeMap<AppName, Compilation>();
    manifests.forEach(
        (name, manifest) ->
            compiled.put(
                name,
                switch (SpecReader.read(manifest)) {
                  case SpecReader.Read(var app, _) ->
                      Compiler.compile(app, ReferenceDevice.facts());
                  case SpecReader.Refused refused ->
                      throw new AssertionError(refused.diagnostics().toString());
                }));
    return new Declared(
        "main@1",
        compiled,
        manifests,
        new TreeMap<>(),
        List.of(),
        PruneGuard.Source.COMPLETE,
        new TreeMap<>());
  }

  private static Node manifest(AppName name, String spec) {
    String yaml =
        "{apiVersion: sandbar.dev/v1alpha1, kind: AppSandbox, metadata: {name: %s}, spec: %s}"
            .formatted(name, spec);
    return YamlReader.read("test", yaml.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
  }
}
