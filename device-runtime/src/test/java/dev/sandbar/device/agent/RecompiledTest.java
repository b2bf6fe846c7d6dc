package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.agent.AppRecord.Past;
import dev.sandbar.device.agent.AppRecord.Trial;
import dev.sandbar.source.text.YamlReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecompiledTest {
  private static final AppName PUMP = new AppName("pump");

  @Test
  void onlyVersionsThatARecordNamesAreKept() {
    var recompiled = new Recompiled(ReferenceDevice.facts());
    for (int i = 1; i <= 100; i++) {
      assertThat(recompiled.of(version(i))).isInstanceOf(Compilation.Compiled.class);
      Trial trial = new Trial.Settling(version(i), Instant.EPOCH, 0, 0);
      recompiled.keepOnly(List.of(new AppRecord(PUMP, new Past.Good(version(i - 1)), trial)));
      assertThat(recompiled.size()).isLessThanOrEqualTo(2);
    }
    Compilation newest = recompiled.of(version(100));
    recompiled.keepOnly(List.of(AppRecord.fresh(PUMP).proved(version(100))));
    assertThat(recompiled.of(version(100))).isSameAs(newest);
    assertThat(recompiled.size()).isEqualTo(1);
    recompiled.keepOnly(List.of());
    assertThat(recompiled.size()).isZero();
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
