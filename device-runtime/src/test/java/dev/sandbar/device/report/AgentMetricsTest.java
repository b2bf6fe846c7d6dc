package dev.sandbar.device.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.plan.Difference.Layer;
import dev.sandbar.device.report.AgentMetrics.AppState;
import dev.sandbar.device.report.AgentMetrics.GitRequest;
import dev.sandbar.device.report.AgentMetrics.Outcome;
import dev.sandbar.device.store.StateStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentMetricsTest {

  @TempDir Path folder;

  private static AgentMetrics used() {
    return used(new AgentMetrics());
  }

  private static AgentMetrics used(AgentMetrics metrics) {
    metrics.reconciled(Duration.ofMillis(120), Outcome.SUCCESS);
    metrics.drifted("pump-controller", true);
    metrics.drifted("camera", false);
    metrics.driftDetected(Layer.MANAGER);
    metrics.driftCorrected(Outcome.SUCCESS);
    metrics.gitRequest(GitRequest.FETCH, true);
    metrics.fight();
    metrics.synced(Instant.ofEpochSecond(1_700_000_000));
    metrics.apps(Map.of(AppState.READY, 2));
    return metrics;
  }

  @Test
  void whatIsNotServedCanBeCounted() {
    try (var metrics = used(AgentMetrics.unserved())) {
      assertThat(metrics.scrape()).isEmpty();
    }
  }

  @Test
  void everyNumberShowsUnderItsName() {
    try (var metrics = used()) {
      assertThat(metrics.scrape().lines())
          .contains(
              "sandbar_reconcile_duration_seconds_bucket{result=\"success\",le=\"0.04\"} 0",
              "sandbar_reconcile_duration_seconds_bucket{result=\"success\",le=\"0.15\"} 1",
              "sandbar_reconcile_duration_seconds_count{result=\"success\"} 1",
              "sandbar_reconcile_duration_seconds_count{result=\"stalled\"} 0",
              "sandbar_drifted{name=\"pump-controller\"} 1.0",
              "sandbar_drifted{name=\"camera\"} 0.0",
              "sandbar_drift_detected_total{layer=\"manager\"} 1.0",
              "sandbar_drift_detected_total{layer=\"file\"} 0.0",
              "sandbar_drift_corrected_total{result=\"success\"} 1.0",
              "sandbar_git_request_total{request_type=\"fetch\",result=\"success\"} 1.0",
              "sandbar_git_request_total{request_type=\"ls-remote\",result=\"failure\"} 0.0",
              "sandbar_resource_fights_total 1.0",
              "sandbar_last_sync_timestamp_seconds 1.7E9",
              "sandbar_apps{state=\"ready\"} 2.0",
              "sandbar_apps{state=\"failed\"} 0.0");
    }
  }

  @Test
  void seriesEndWithTheirApp() {
    try (var metrics = used()) {
      metrics.forget("pump-controller");
      assertThat(metrics.scrape()).doesNotContain("pump-controller").contains("camera");
      metrics.drifted("pump-controller", false);
      assertThat(metrics.scrape()).contains("sandbar_drifted{name=\"pump-controller\"} 0.0");
    }
  }

  @Test
  void queuesShowPerDestination() throws Exception {
    int port = RealAlertmanager.freePort();
    var senders = Alerts.senders("- {name: hook, webhook: 'http://127.0.0.1:%d/'}".formatted(port));
    try (var metrics = used();
        var dispatcher =
            AlertDispatcher.open(new StateStore(folder.resolve("q")), senders, Alerts.quick())) {
      metrics.watch(dispatcher);
      metrics.watch(dispatcher);
      dispatcher.publish(List.of(Alerts.firing("A"), Alerts.firing("B")));
      assertThat(metrics.scrape().lines())
          .contains(
              "sandbar_alert_queue_length{destination=\"hook\"} 2.0",
              "sandbar_alerts_dropped_total{destination=\"hook\"} 0.0");
    }
  }

  @Test
  void catalogueAndMetricsAreTheSame() throws Exception {
    var senders = Alerts.senders("- {name: hook, webhook: 'http://127.0.0.1:1/'}");
    try (var metrics = used();
        var dispatcher =
            AlertDispatcher.open(new StateStore(folder.resolve("q")), senders, Alerts.quick())) {
      metrics.watch(dispatcher);
      Set<String> served =
          metrics
              .scrape()
              .lines()
              .filter(line -> line.startsWith("# TYPE "))
              .map(line -> line.substring("# TYPE ".length()))
              .collect(Collectors.toCollection(TreeSet::new));
      Set<String> promised =
          Arrays.stream(MetricCatalog.values())
              .map(metric -> metric.exposed() + " " + metric.type().label())
              .collect(Collectors.toCollection(TreeSet::new));
      assertThat(served).isEqualTo(promised);
    }
  }

  @Test
  void promtoolAcceptsThePage() throws Exception {
    try (var metrics = used()) {
      Path page = Files.writeString(folder.resolve("metrics"), metrics.scrape());
      Process process =
          new ProcessBuilder(Programs.find("promtool", "prometheus").toString(), "check", "metrics")
              .redirectInput(page.toFile())
              .redirectErrorStream(true)
              .start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(out).isZero();
      assertThat(out).isEmpty();
    }
  }

  /** Written anew with {@code -Dsandbar.docs.write=true}. */
  @Test
  void referencePageIsTheCatalogue() throws Exception {
    Path page = Path.of("..", "docs", "reference", "metrics.md");
    if (Boolean.getBoolean("sandbar.docs.write")) {
      Files.createDirectories(page.getParent());
      Files.writeString(page, referencePage());
    }
    assertThat(page)
        .as("run this test with -Dsandbar.docs.write=true to write it anew")
        .hasContent(referencePage());
  }

  /** The reference page {@code docs/reference/metrics.md}. */
  private static String referencePage() {
    StringBuilder page =
        new StringBuilder(
            """
            # Metrics

            The agent serves these at `GET /metrics` in the Prometheus text format, on loopback \
            only, on the port set by `metricsPort:` or `--metrics-port`.
            The same port serves `GET /healthz` (the agent runs) and `GET /readyz` (it has read its \
            desired state and checked the device).

            This page is generated from `MetricCatalog`.

            | metric | type | labels | meaning |
            | --- | --- | --- | --- |
            """);
    for (MetricCatalog metric : MetricCatalog.values()) {
      page.append("| `").append(metric.exposed()).append("` | ").append(metric.type().label());
      page.append(" | ");
      page.append(String.join(", ", metric.labels().stream().map(l -> "`" + l + "`").toList()));
      page.append(" | ").append(metric.help()).append(" |\n");
    }
    page.append(
        """

        The series of an app or a destination ends when that is removed. No label contains the \
        name of a property, a path or a hash.

        An alerting rule for apps that differ from the declared state:

        ```yaml
        - alert: SandbarDrifted
          expr: sandbar_drifted == 1
          for: 1m
        ```
        """);
    return page.toString();
  }
}
