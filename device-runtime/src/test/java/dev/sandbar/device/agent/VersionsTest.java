package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.agent.AppRecord.Past;
import dev.sandbar.device.agent.AppRecord.Trial;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VersionsTest {
  private static final AppName PUMP = new AppName("pump");

  @TempDir private Path root;

  @Test
  void onlyVersionsThatARecordNamesAreKept() throws IOException {
    var memory = new Memory(new StateStore(root));
    var versions = new Versions(memory, ReferenceDevice.facts());
    for (int i = 1; i <= 100; i++) {
      assertThat(versions.compiled(version(i))).isInstanceOf(Compilation.Compiled.class);
      Trial trial = new Trial.Settling(version(i), Instant.EPOCH, 0, 0);
      memory.put(new AppRecord(PUMP, new Past.Good(version(i - 1)), trial));
      versions.keepOnlyRemembered();
      assertThat(versions.size()).isLessThanOrEqualTo(2);
    }
    Compilation newest = versions.compiled(version(100));
    memory.put(AppRecord.fresh(PUMP).proved(version(100)));
    versions.keepOnlyRemembered();
    assertThat(versions.compiled(version(100))).isSameAs(newest);
    assertThat(versions.size()).isEqualTo(1);
    memory.remove(PUMP);
    versions.keepOnlyRemembered();
    assertThat(versions.size()).isZero();
  }

  private static Version version(int number) {
    String yaml =
        "{apiVersion: sandbar.dev/v1alpha1, kind: AppSandbox, metadata: {name: pump},"
            + " spec: {run: {command: [/usr/bin/sleep, '%d']}}}".formatted(number);
    Node manifest =
        YamlReader.read("test", yaml.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
    return new Version(manifest, Sha256.of("version " + number), "revision");
  }
}
