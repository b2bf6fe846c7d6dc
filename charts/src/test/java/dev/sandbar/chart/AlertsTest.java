package dev.sandbar.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.operator.report.OperatorMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;

/** The alerts and the dashboard, judged by Prometheus itself. */
class AlertsTest {
  private static final Pattern METRIC = Pattern.compile("sandbar_[a-z_]+");

  /** Those of Git sources have no enum. */
  private static final List<String> OF_SOURCES = List.of("sandbar_gitsource_ready");

  @TempDir Path folder;

  @Test
  void eachAlertFiresWhenItShouldAndOnlyThen() throws Exception {
    check("{metrics: {prometheusRule: {enabled: true}}}", "alerts-test.yaml");
  }

  @Test
  void alertsFollowTheirThresholdsAndKnowTheirRelease() throws Exception {
    check(
        """
        metrics:
          serviceMonitor: {enabled: true}
          prometheusRule:
            enabled: true
            alerts:
              SandbarAppDrifted: {enabled: false}
              SandbarAppRolledBack: {threshold: 2, for: 3m, severity: page}
              SandbarDevicesUnreachable: {threshold: 1, for: 1h}
              SandbarManyDevicesUnreachable: {threshold: 0.75}
              SandbarReconcileErrors: {threshold: 0.1}
        """,
        "alert-thresholds-test.yaml");
  }

  @Test
  void anAlertThatDoesNotExistIsRefused() {
    assertThatThrownBy(
            () -> Chart.text("metrics: {prometheusRule: {alerts: {SandbarDrift: {for: 1m}}}}"))
        .hasMessageContaining("SandbarDrift");
    assertThatThrownBy(
            () -> Chart.text("metrics: {prometheusRule: {alerts: {SandbarNoLeader: {for: soon}}}}"))
        .hasMessageContaining("for");
  }

  /** The rules that the chart makes of these values, in Prometheus's own test of rules. */
  private void check(String values, String test) throws Exception {
    Map<?, ?> rule = Chart.find(Chart.render(values), "PrometheusRule", "sandbar");
    Path alerts = folder.resolve("alerts.yaml");
    Files.writeString(
        alerts, new Dump(DumpSettings.builder().build()).dumpToString(rule.get("spec")));
    assertThat(promtool("check", "rules", alerts.toString())).contains("SUCCESS");
    Path tests = folder.resolve("test.yaml");
    Files.writeString(
        tests,
        Files.readString(Path.of("src/test/resources", test)).replace("ALERTS", alerts.toString()));
    assertThat(promtool("test", "rules", tests.toString())).contains("SUCCESS");
  }

  @Test
  void everyAlertHasARunbook() {
    Map<?, ?> rule =
        Chart.find(
            Chart.render(
                "metrics: {prometheusRule: {enabled: true, runbooks: 'https://docs.example/runbooks'}}"),
            "PrometheusRule",
            "sandbar");
    List<String> sections;
    try (Stream<String> lines = Files.lines(Path.of("../docs/runbooks.md"))) {
      sections =
          lines
              .filter(line -> line.startsWith("## "))
              .map(line -> line.substring(3).strip())
              .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var alerts = new ArrayList<String>();
    for (Object alert : (Collection<?>) Chart.at(rule, "spec", "groups", 0, "rules")) {
      String name = (String) Chart.at(alert, "alert");
      alerts.add(name);
      assertThat(Chart.at(alert, "annotations", "runbook_url"))
          .isEqualTo("https://docs.example/runbooks#" + name.toLowerCase(Locale.ROOT));
    }
    assertThat(sections).containsExactlyElementsOf(alerts);
  }

  @Test
  void everyPanelOfTheDashboardAsksWhatPrometheusUnderstands() throws Exception {
    Map<?, ?> map =
        Chart.find(
            Chart.render("metrics: {dashboard: {enabled: true}}"),
            "ConfigMap",
            "sandbar-dashboard");
    Map<?, ?> dashboard = Chart.parse((String) Chart.at(map, "data", "sandbar.json")).getFirst();
    var rules = new StringBuilder("groups:\n- name: panels\n  rules:\n");
    int number = 0;
    for (Object panel : (Collection<?>) Chart.at(dashboard, "panels")) {
      for (Object target : (Collection<?>) Chart.at(panel, "targets")) {
        String expression = (String) Chart.at(target, "expr");
        if (!String.valueOf(Chart.at(panel, "title")).startsWith("Operator: ")) {
          // Every selector of it, for a panel that counts some of a fleet counts wrong.
          assertThat(expression.split("namespace=~\"\\$namespace\"", -1))
              .as(expression)
              .hasSize(expression.split("sandbar_\\w+\\{", -1).length);
        }
        rules.append(
            "  - {record: 'panel:%d', expr: '%s'}\n"
                .formatted(number++, expression.replace("'", "''")));
      }
    }
    Path file = folder.resolve("panels.yaml");
    Files.writeString(file, rules);
    assertThat(promtool("check", "rules", file.toString())).contains("SUCCESS");
  }

  @Test
  void onlyMetricsThatTheOperatorHasAreAskedFor() {
    var known =
        Stream.concat(
                Arrays.stream(OperatorMetrics.Metric.values()).map(OperatorMetrics.Metric::text),
                OF_SOURCES.stream())
            .collect(Collectors.toSet());
    var asked = new TreeSet<String>();
    METRIC
        .matcher(Chart.read("files/alerts.yaml") + Chart.read("files/dashboard.json"))
        .results()
        .map(m -> m.group().replaceFirst("_seconds_(count|sum)$", "_seconds"))
        .forEach(asked::add);
    assertThat(known).containsAll(asked);
  }

  private static String promtool(String... arguments) throws IOException, InterruptedException {
    String found =
        Stream.of(String.valueOf(System.getenv("PATH")).split(":", -1))
            .map(directory -> directory + "/promtool")
            .filter(program -> Files.isExecutable(Path.of(program)))
            .findFirst()
            .orElse("");
    if (found.isEmpty()) {
      String lack = "promtool is missing: ./test unpacks it, or apt-get install prometheus";
      if ("true".equals(System.getenv("CI"))) {
        throw new AssertionError(lack);
      }
      Assumptions.abort(lack);
    }
    var argv = Stream.concat(Stream.of(found), Stream.of(arguments)).toList();
    Process process = new ProcessBuilder(argv).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }
}
