package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.bundle.BundleReading;
import dev.sandbar.core.bundle.Decommission;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.device.fleet.BundleCopy;
import dev.sandbar.source.text.YamlReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BundleDeclarationTest {
  private static final AppName PUMP = new AppName("pump");
  private static final AppName VALVE = new AppName("valve");
  private static final String SLEEP = "{run: {command: [/usr/bin/sleep, infinity]}}";

  private final BundleDeclaration declaration = new BundleDeclaration();

  private static BundleEntry entry(AppName name, long generation, String spec) {
    Node node =
        YamlReader.read("test", spec.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
    return new BundleEntry(name, node, generation, "", "");
  }

  private static BundleCopy copy(boolean live, Decommission how, BundleEntry... entries) {
    var bundle = new Bundle(Bundle.of(Arrays.asList(entries)).entries(), how);
    Node spec = bundle.toNode();
    return new BundleCopy("uid", 7, "", spec, BundleReading.read(spec), true, live);
  }

  private static BundleCopy copy(BundleEntry... entries) {
    return copy(true, Decommission.NONE, entries);
  }

  private Declared read(BundleCopy copy) {
    return declaration.read(copy, ReferenceDevice.facts());
  }

  @Test
  void appsOfTheSameSpecAreEachCompiledUnderTheirOwnName() {
    Declared declared = read(copy(entry(PUMP, 1, SLEEP), entry(VALVE, 1, SLEEP)));
    declared
        .compiled()
        .forEach(
            (name, compilation) -> {
              assertThat(compilation.name()).isEqualTo(name);
              assertThat(compilation).isInstanceOf(Compilation.Compiled.class);
            });
    assertThat(declared.compiled()).containsOnlyKeys(PUMP, VALVE);
    assertThat(declared.completeness()).isEqualTo(PruneGuard.Source.VOUCHED);
  }

  @Test
  void onlyWhatChangedIsCompiledAgain() {
    Declared before = read(copy(entry(PUMP, 1, SLEEP), entry(VALVE, 1, SLEEP)));
    Declared after =
        read(
            copy(
                entry(PUMP, 1, SLEEP),
                entry(VALVE, 2, "{run: {command: [/bin/true]}, permissions: {state: true}}")));
    assertThat(after.compiled().get(PUMP)).isSameAs(before.compiled().get(PUMP));
    assertThat(after.compiled().get(VALVE)).isNotEqualTo(before.compiled().get(VALVE));
    DeviceFacts other = ReferenceDevice.facts().configured(Map.of(), Map.of("media", "/elsewhere"));
    Declared elsewhere = declaration.read(copy(entry(PUMP, 1, SLEEP)), other);
    assertThat(elsewhere.compiled().get(PUMP)).isNotSameAs(before.compiled().get(PUMP));
  }

  @Test
  void aWrongSpecCostsItsAppAlone() {
    Declared declared = read(copy(entry(PUMP, 1, "{rnu: 1}"), entry(VALVE, 1, SLEEP)));
    assertThat(declared.compiled()).containsOnlyKeys(VALVE);
    assertThat(declared.refused()).containsOnlyKeys(PUMP);
    assertThat(declared.refused().toString()).contains("appsandbox/pump", "rnu");
  }

  @Test
  void theGenerationIsRememberedWithTheManifest() {
    Declared declared = read(copy(entry(PUMP, 42, SLEEP)));
    Node manifest = declared.manifests().values().iterator().next();
    assertThat(BundleDeclaration.generation(manifest)).isEqualTo(42);
    assertThat(BundleDeclaration.generation(Node.mapping(List.of()))).isZero();
    assertThat(declared.revisions()).containsEntry(PUMP, "generation/42");
  }

  @Test
  void aCopyFromTheDiskNeitherRemovesNorDismisses() {
    assertThat(read(copy(false, Decommission.NONE, entry(PUMP, 1, SLEEP))).completeness())
        .isEqualTo(PruneGuard.Source.INCOMPLETE);
    assertThat(read(copy(false, Decommission.REMOVE_APPS, entry(PUMP, 1, SLEEP))).compiled())
        .containsOnlyKeys(PUMP);
    Declared dismissed = read(copy(true, Decommission.REMOVE_APPS, entry(PUMP, 1, SLEEP)));
    assertThat(dismissed.compiled()).isEmpty();
    assertThat(dismissed.completeness()).isEqualTo(PruneGuard.Source.DISMISSED);
    assertThat(read(copy(true, Decommission.KEEP_APPS, entry(PUMP, 1, SLEEP))).compiled())
        .containsOnlyKeys(PUMP);
  }
}
