package dev.sandbar.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Diagnostic.Severity;
import dev.sandbar.core.model.Problem;
import org.junit.jupiter.api.Test;

class SnapshotBuilderTest {
  private static final String GOOD =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: good}
      spec: {run: {command: [/usr/bin/true]}}
      """;

  private final SnapshotBuilder builder = new SnapshotBuilder(SnapshotLimits.DEFAULT);

  @Test
  void aManifestThatIsTooLargeIsToldHoweverManyLinksStandBeforeIt() throws Exception {
    links(150);
    assertThat(builder.fits("large.yaml", 1L << 30)).isFalse();
    builder.add("good.yaml", GOOD.getBytes(UTF_8));

    ObjectSet objects = Manifests.parse(builder.build("r"));
    assertThat(objects.complete()).isFalse();
    assertThat(objects.apps()).hasSize(1);
    assertThat(objects.diagnostics()).anyMatch(d -> d.at().file().equals("large.yaml"));
    Diagnostic last = objects.diagnostics().getLast();
    assertThat(last.severity()).isEqualTo(Severity.WARNING);
    assertThat(last.message())
        .isEqualTo("0 more errors and 51 more warnings about files are not shown");
    assertThat(last.help()).isNotEmpty();
  }

  @Test
  void linksAloneLeaveItComplete() throws Exception {
    links(150);
    builder.add("good.yaml", GOOD.getBytes(UTF_8));
    assertThat(Manifests.parse(builder.build("r")).complete()).isTrue();
  }

  @Test
  void errorsBeyondThoseThatAreShownAreCounted() {
    for (int i = 0; i < 130; i++) {
      builder.error(Problem.SOURCE, i + ".yaml", "this is wrong", "fix it");
    }
    links(5);
    assertThat(builder.build("r").diagnostics())
        .hasSize(101)
        .last()
        .satisfies(
            last -> {
              assertThat(last.severity()).isEqualTo(Severity.ERROR);
              assertThat(last.message()).startsWith("30 more errors and 5 more warnings");
            });
  }

  private void links(int count) {
    for (int i = 0; i < count; i++) {
      builder.refuseLink("link-" + i);
    }
  }
}
