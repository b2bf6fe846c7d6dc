package dev.sandbar.operator.enrol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.operator.report.EventRecorder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Who is named in the metric. */
class RequestFloodTest {
  private static final String METRIC = "sandbar.enrol.floods";

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private long now;

  private static CertificateSigningRequest request(String user, int length) {
    return new CertificateSigningRequestBuilder()
        .withNewSpec()
        .withUsername(user)
        .withRequest("x".repeat(length))
        .endSpec()
        .build();
  }

  private double count(String user, String reason) {
    var counter = registry.find(METRIC).tag("user", user).tag("reason", reason).counter();
    return counter == null ? 0 : counter.count();
  }

  @Test
  void theCulpritIsNamedAndNobodyElse() {
    var config = new ConfigBuilder().withMasterUrl("http://127.0.0.1:9").build();
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build();
        var events = new EventRecorder(client, Clock.systemUTC(), "test")) {
      var flood = new RequestFlood(events, registry, () -> now);
      for (int i = 0; i < RequestFlood.MOST; i++) {
        flood.seen(request("often", 700));
      }
      assertThat(registry.find(METRIC).counters()).isEmpty();
      flood.seen(request("often", 700));
      flood.seen(request("honest", 700));
      flood.seen(request("large", RequestFlood.LARGE + 1));
      assertThat(count("often", "TooManyRequests")).isEqualTo(1);
      assertThat(count("large", "RequestTooLarge")).isEqualTo(1);
      assertThat(registry.find(METRIC).counters()).hasSize(2);

      now += Duration.ofMinutes(11).toNanos();
      flood.seen(request("often", 700));
      assertThat(count("often", "TooManyRequests")).as("that is over").isEqualTo(1);
      for (int i = 0; i < 2_000; i++) {
        flood.seen(request("user-" + i, RequestFlood.LARGE + 1));
      }
      assertThat(registry.find(METRIC).counters())
          .as("some by name, and the others together")
          .hasSizeLessThan(60);
      assertThat(count("others", "RequestTooLarge")).isPositive();
    }
  }
}
