package dev.sandbar.source;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import java.util.TreeMap;

/** Manifests that name contents, and what they name. */
class ManifestsFuzz {
  @FuzzTest
  void manifests(byte[] bytes) throws SourceTooLargeException {
    var files = new TreeMap<String, byte[]>();
    files.put("a.yaml", bytes);
    files.put("b.service", bytes);
    var snapshot = new Snapshot("", files, List.of());
    for (ObjectSet.App app : Manifests.parse(snapshot).apps()) {
      assertThat(Inclusion.configMaps(app.manifest())).isEmpty();
      assertThat(Inclusion.paths("a.yaml", app.manifest())).isEmpty();
    }
    // What can be used with the values that are there can be used by who brings them.
    var names = Manifests.parse(snapshot).apps().stream().map(it -> it.app().name()).toList();
    assertThat(
            Manifests.parseForCluster(snapshot, new Manifests.Memory(), SourceBudget.ofFleet())
                .apps()
                .stream()
                .map(it -> it.app().name()))
        .containsAll(names);
  }
}
