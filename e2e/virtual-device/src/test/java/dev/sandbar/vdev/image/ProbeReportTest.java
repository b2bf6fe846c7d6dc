package dev.sandbar.vdev.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.vdev.Prerequisites.Lack;
import dev.sandbar.vdev.image.ProbeReport.Attempt;
import dev.sandbar.vdev.image.ProbeReport.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProbeReportTest {
  private static final String TEXT =
      """
      Started probe.service.
      {"id":"dev-null","group":"control","title":"read /dev/null","result":"open","errno":"","harmless":true}
      {"id":"own-tmp","group":"control","title":"say \\"x\\"","result":"denied","errno":"EROFS","harmless":true}
      {"id":"bind-80","group":"ports","title":"bind TCP port 80","result":"open","errno":"EINVAL","harmless":false}
      """;

  private static final String SUMMARY =
      "{\"summary\":true,\"attempts\":3,\"open\":2,\"denied\":1}\n";

  @Test
  void breachesAreOpenAttemptsThatAreNotHarmless() {
    ProbeReport report = ProbeReport.parse(TEXT + SUMMARY);

    assertThat(report.complete()).isTrue();
    assertThat(report.breaches())
        .containsExactly(
            new Attempt("bind-80", "ports", "bind TCP port 80", Outcome.OPEN, "EINVAL", false));
    assertThat(report.failedControls()).extracting(Attempt::title).containsExactly("say \"x\"");
    assertThat(report.attempt("dev-null")).isPresent();
    assertThat(report.attempt("nothing")).isEmpty();
  }

  @Test
  void reportWithoutItsSummaryOrWithMissingLinesIsNotComplete() {
    assertThat(ProbeReport.parse(TEXT).complete()).isFalse();
    assertThat(ProbeReport.parse(SUMMARY).complete()).isFalse();
  }

  /**
   * A kit that lists fewer on one architecture is taken there for one that did not come to its end.
   */
  @Test
  void everyAttemptIsListedOnEveryArchitecture() {
    var tables =
        Pattern.compile("static const struct attempt \\w+\\[] = \\{.*?\\n};", Pattern.DOTALL);
    List<String> found =
        ProbeSources.read().values().stream()
            .map(source -> new String(source, StandardCharsets.UTF_8))
            .flatMap(source -> tables.matcher(source).results().map(MatchResult::group))
            .toList();
    assertThat(found).hasSizeGreaterThan(10).noneMatch(table -> table.contains("#if"));
  }

  @Test
  void everyAttemptOfTheRealProbeIsReadAndControlsPassOutsideOfASandbox(@TempDir Path directory)
      throws IOException {
    List<Lack> missing = SampleImages.in(directory.resolve("images"), _ -> {}).missing();
    if ("true".equals(System.getenv("CI"))) {
      assertThat(missing).isEmpty();
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing::toString);
    Path probe = ProbeSources.compile(Files.createDirectory(directory.resolve("c")));

    String text =
        BuildTools.run(
            directory,
            Duration.ofSeconds(30),
            List.of(probe.toString(), "--group", "control,posture"));

    ProbeReport report = ProbeReport.parse(text);
    assertThat(report.complete()).isTrue();
    assertThat(report.attempts()).hasSizeGreaterThan(10);
    assertThat(report.failedControls()).isEmpty();
  }
}
