package dev.sandbar.device.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.source.SnapshotBuilder;
import dev.sandbar.source.SnapshotLimits;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class DeclaredReaderTest {
  private static final String GOOD =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: good}
      spec: {run: {command: [/usr/bin/true]}}
      """;

  @Test
  void nothingIsRemovedWhileAManifestIsTooLargeHoweverMuchElseIsWrong() throws Exception {
    var builder = new SnapshotBuilder(SnapshotLimits.DEFAULT);
    for (int i = 0; i < 150; i++) {
      builder.refuseLink("link-" + i);
    }
    builder.fits("large.yaml", 1L << 30);
    builder.add("good.yaml", GOOD.getBytes(UTF_8));

    Declared declared = DeclaredReader.read(builder.build("r"), true, ReferenceDevice.facts());
    assertThat(declared.complete()).isFalse();
    var verdict =
        PruneGuard.judge(
            declared.completeness(),
            new TreeSet<>(Set.of(new AppName("good"), new AppName("large"))),
            new TreeSet<>(declared.compiled().keySet()),
            new TreeSet<>(),
            PruneGuard.Consent.EVERYTHING);
    assertThat(verdict.remove()).isEmpty();
  }

  @Test
  void whatTheDeviceLacksIsSaidOnceAndNotForEachApp() throws Exception {
    var builder = new SnapshotBuilder(SnapshotLimits.DEFAULT);
    builder.add("good.yaml", GOOD.getBytes(UTF_8));
    builder.add("other.yaml", GOOD.replace("good", "other").getBytes(UTF_8));
    DeviceFacts all = ReferenceDevice.facts();
    var features = new TreeSet<>(all.features());
    features.remove(Feature.PIDS_CONTROLLER);
    var facts =
        new DeviceFacts(
            all.systemdVersion(),
            all.kernel(),
            all.architecture(),
            features,
            all.syscalls(),
            all.labels(),
            all.volumes());

    Declared declared = DeclaredReader.read(builder.build("r"), true, facts);
    assertThat(declared.compiled()).hasSize(2);
    assertThat(declared.problems())
        .extracting(Diagnostic::message)
        .filteredOn(message -> message.startsWith("TasksMax is left out"))
        .hasSize(1);
  }
}
