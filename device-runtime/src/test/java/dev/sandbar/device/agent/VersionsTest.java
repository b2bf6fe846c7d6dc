package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.agent.AppRecord.Past;
import dev.sandbar.device.agent.AppRecord.Trial;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VersionsTest {
  private static final AppName PUMP = new AppName("pump");

  @TempDir private Path root;

  @Test
  void onlyVersionsThatARecordNamesAreKept() throws IOException {
    var memory = new Memory(new StateStore(root));
    var versions = new Versions(memory, ReferenceDevice.facts(), SignatureGate.open());
    for (int i = 1; i <= 100; i++) {
      assertThat(versions.compiled(version(i))).isInstanceOf(Compilation.Compiled.class);
      Trial trial = new Trial.Settling(version(i), Instant.EPOCH, 0, 0);
      memory.put(new AppRecord(PUMP, new Past.Good(version(i - 1)), trial));
      versions.keepOnlyRemembered();
      assertThat(versions.size()).isLessThanOrEqualTo(2);
    }
    Version last = version(100);
    Compilation newest = versions.compiled(last);
    memory.put(AppRecord.fresh(PUMP).proved(last));
    versions.keepOnlyRemembered();
    assertThat(versions.compiled(last)).isSameAs(newest);
    assertThat(versions.size()).isEqualTo(1);
    memory.remove(PUMP);
    versions.keepOnlyRemembered();
    assertThat(versions.size()).isZero();
  }

  /** What is held back or suspended goes on from the image of an older version. */
  @Test
  void anAppNeedsTheImageOfEachVersionThatMayRun() throws IOException {
    var memory = new Memory(new StateStore(root));
    var versions = new Versions(memory, ReferenceDevice.facts(), SignatureGate.open());
    String image = Sha256.of("image").hex();
    Version old = version(1, "image: {path: /srv/pump.raw, sha256: %s}, ".formatted(image));
    memory.put(AppRecord.fresh(PUMP).proved(old));
    Target newest =
        versions.compiled(version(2)) instanceof Compilation.Compiled(var app, _)
            ? new Target.Run(app, version(2), true, List.of())
            : new Target.Remove();

    for (Target target : List.of(newest, new Target.Hold(List.of()), new Target.Remove())) {
      assertThat(needing(versions, image, target)).containsExactly(UnitName.own(PUMP));
      assertThat(needing(versions, Sha256.of("another").hex(), target)).isEmpty();
    }
    assertThat(needing(versions, image, new Target.Deny(List.of()))).isEmpty();
  }

  private static SortedSet<UnitName> needing(Versions versions, String image, Target target) {
    return versions.needing(Set.of(image), new TreeMap<>(Map.of(PUMP, target)));
  }

  private static Version version(int number) {
    return version(number, "");
  }

  private static Version version(int number, String more) {
    String yaml =
        "{apiVersion: sandbar.dev/v1alpha1, kind: AppSandbox, metadata: {name: pump},"
            + " spec: {%srun: {command: [/usr/bin/sleep, '%d']}}}".formatted(more, number);
    Node manifest =
        YamlReader.read("test", yaml.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
    return new Version(manifest, Sha256.of("version " + number), "revision");
  }
}
