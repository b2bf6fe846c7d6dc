package dev.sandbar.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What single files may have, many files may not have together. */
class SourceBudgetTest {
  private static final String MANY = "a: [" + "1,".repeat(40_000) + "1]\n";

  private final Manifests.Memory memory = new Manifests.Memory();

  @Test
  void filesThatShareOneBlobCountEach() {
    Snapshot snapshot = copies(60, MANY);
    assertThatThrownBy(() -> Manifests.parseForCluster(snapshot, memory, SourceBudget.ofFleet()))
        .isInstanceOf(SourceTooLargeException.class)
        .hasMessage("the manifests have more than 400000 values together");
    ObjectSet device = Manifests.parse(snapshot);
    assertThat(device.complete()).isFalse();
    assertThat(device.diagnostics()).singleElement().asString().contains("100000 values");
  }

  @Test
  void whatHasBeenReadBeforeCountsAsWell() throws Exception {
    Snapshot two = copies(2, "kind: X\n" + MANY);
    Manifests.parse(two, memory, new SourceBudget(100_000, 1 << 20, 2));
    Manifests.parse(two, memory, new SourceBudget(100_000, 1 << 20, 2));
    assertThatThrownBy(
            () -> Manifests.parse(copies(3, "kind: X\n" + MANY), memory, SourceBudget.ofDevice()))
        .isInstanceOf(SourceTooLargeException.class);
  }

  @Test
  void namesAndBytesCount() {
    assertThatThrownBy(
            () -> Manifests.parse(copies(3, "a: 1\n"), memory, new SourceBudget(100, 1000, 2)))
        .hasMessage("the manifests name more than 2 files");
    assertThatThrownBy(
            () -> Manifests.parse(copies(3, "a: 1\n"), memory, new SourceBudget(100, 30, 10)))
        .hasMessageContaining("more than 30 bytes");
  }

  @Test
  void aTextThatManyAppsNameCountsForEach() {
    var files = new TreeMap<String, byte[]>();
    for (int i = 0; i < 40; i++) {
      String app =
          """
          apiVersion: sandbar.dev/v1alpha1
          kind: AppSandbox
          metadata: {name: app%d}
          spec:
            run: {command: [/usr/bin/true]}
            files: [{path: /etc/x, from: {file: x.conf}}]
          """
              .formatted(i);
      files.put("app%d.yaml".formatted(i), app.getBytes(UTF_8));
    }
    var included = new TreeMap<String, Included>();
    included.put("x.conf", new Included.Text("x".repeat(30_000)));
    var snapshot = new Snapshot("r", files, included, List.of());
    assertThatThrownBy(
            () -> Manifests.parse(snapshot, memory, new SourceBudget(100_000, 1_000_000, 100)))
        .isInstanceOf(SourceTooLargeException.class);
  }

  private static Snapshot copies(int count, String text) {
    var files = new TreeMap<String, byte[]>();
    for (int i = 0; i < count; i++) {
      files.put("file%d.yaml".formatted(i), text.getBytes(UTF_8));
    }
    return new Snapshot("r", files, List.of());
  }
}
