package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever looks at a spec sees when the app runs. */
class ScheduleTextTest {

  private static Ran explained(Path folder, String schedule) throws IOException {
    Path spec = folder.resolve("report.yaml");
    Files.writeString(
        spec,
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: report}
        spec:
          run: {command: [/usr/bin/report]%s}
        """
            .formatted(schedule));
    return Ran.sandbar("explain", spec.toString());
  }

  @Test
  void explainSaysWhenAnAppRuns(@TempDir Path folder) throws IOException {
    assertThat(explained(folder, ", schedule: \"30 2 * * MON\", timeZone: Europe/Berlin").out())
        .contains("when   30 2 * * MON Europe/Berlin");
    assertThat(explained(folder, ", schedule: \"@daily\"").out()).contains("when   @daily UTC");
    assertThat(explained(folder, "").out()).doesNotContain("when   ");
  }

  @Test
  void timesThatAreNoneAreNamedWithTheirPlace(@TempDir Path folder) throws IOException {
    var ran = explained(folder, ", schedule: \"0 25 * * *\"");
    assertThat(ran.code()).isNotZero();
    assertThat(ran.err()).contains("report.yaml:5:47: error: spec.run.schedule: '0 25 * * *'");
  }
}
