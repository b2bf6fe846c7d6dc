package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.operator.app.Clients;
import dev.sandbar.operator.publish.Writes.Kind;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Whoever may write writes as much as they can. */
class FloodTest {
  private static final int REQUESTS = 100;

  /** 10,000 hold as well, and take four times as long to make. */
  private static final int ENROLMENTS = Integer.getInteger("sandbar.flood.enrolments", 2_500);

  private static final int HEAP_MIB = 96;
  private static final String SPEC = "run: {command: [/usr/bin/sleep, infinity]}";
  private static final String CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

  private static final String REQUEST =
      """
      -----BEGIN CERTIFICATE REQUEST-----
      MIH5MIGhAgEAMD8xGDAWBgNVBAoMD3NhbmRiYXI6ZGV2aWNlczEjMCEGA1UEAwwa
      c2FuZGJhcjpkZXZpY2U6ZmxlZXQ6Zmxvb2QwWTATBgcqhkjOPQIBBggqhkjOPQMB
      BwNCAARswCHMLZwRWpK2zTlvWMyEO0z/B8IEqO9JaVa2HzAJ8I/4Z6307DzcnaXS
      o8F0SrN5mjPeN6tHAjT3jg7hmIRRoAAwCgYIKoZIzj0EAwIDRwAwRAIgT88Jx7W+
      /CcAwvlMdUIn06F0LIXLmY/HEYvo8cD54dICIFQjtw2tDgg2fTlkgMzb49gaaHo/
      a7iDVymNDJMps5D7
      -----END CERTIFICATE REQUEST-----
      """;

  @Test
  void anOperatorOfSmallHeapSurvivesRequestsOfAMegabyteEach(
      @KubernetesApi(scope = KubernetesApi.Scope.CLASS) ApiServer api) throws Exception {
    String request =
        Base64.getEncoder()
            .encodeToString((REQUEST + "x".repeat(1_000_000)).getBytes(StandardCharsets.US_ASCII));
    try (var fleet = new TestFleet(api)) {
      request(fleet.client, fleet.namespace, REQUESTS, request);
      fleet.device("one", "{}");
      fleet.app("pump", SPEC);
      try (var operator = new OperatorProgram(api, fleet.namespace, "flooded", HEAP_MIB)) {
        soon().until(() -> !PublishingTest.app(fleet, "one", "pump", "rendered").isEmpty());
        soon().until(() -> operator.log().contains("event=RequestTooLarge"));
        fleet.app("pump", SPEC + "\nmode: Open");
        soon().until(() -> PublishingTest.app(fleet, "one", "pump", "generation").equals("2"));
        assertThat(operator.log()).doesNotContain("OutOfMemoryError");
      } finally {
        String _ =
            fleet.client.raw(CSRS + "?labelSelector=flood%3D" + fleet.namespace, "DELETE", null);
      }
    }
  }

  /** All with one bootstrap token, as whoever takes it from a device may. */
  @Test
  void aTokenThatEnrolsWithoutEndIsNamedAndHarmsNobody(
      @KubernetesApi(scope = KubernetesApi.Scope.CLASS) ApiServer api) throws Exception {
    String request =
        Base64.getEncoder().encodeToString(REQUEST.getBytes(StandardCharsets.US_ASCII));
    Config config =
        new ConfigBuilder(Config.fromKubeconfig(api.kubeconfig().toFile()))
            .withImpersonateUsername("system:bootstrap:abcdef")
            .withImpersonateGroups("system:masters")
            .build();
    try (var fleet = new TestFleet(api);
        var token = Clients.working(config, Map.of())) {
      request(token, fleet.namespace, ENROLMENTS, request);
      fleet.device("one", "{}");
      fleet.app("pump", SPEC);
      try (var operator = new OperatorProgram(api, fleet.namespace, "enrolling", HEAP_MIB)) {
        soon().until(() -> !PublishingTest.app(fleet, "one", "pump", "rendered").isEmpty());
        soon()
            .until(
                () ->
                    operator.log().contains("event=TooManyRequests")
                        && operator.log().contains("bootstrap-token-abcdef"));
        fleet.app("pump", SPEC + "\nmode: Open");
        soon().until(() -> PublishingTest.app(fleet, "one", "pump", "generation").equals("2"));
        assertThat(operator.log()).doesNotContain("OutOfMemoryError");
      } finally {
        String _ =
            fleet.client.raw(CSRS + "?labelSelector=flood%3D" + fleet.namespace, "DELETE", null);
      }
    }
  }

  /** Asks so often for the certificate of one request. */
  private static void request(KubernetesClient client, String flood, int times, String request) {
    try (var workers = Executors.newFixedThreadPool(4)) {
      IntStream.range(0, times)
          .forEach(
              i ->
                  workers.execute(
                      () -> {
                        String _ =
                            client.raw(
                                CSRS,
                                "POST",
                                """
                                {"apiVersion": "certificates.k8s.io/v1",
                                 "kind": "CertificateSigningRequest",
                                 "metadata": {"name": "%s-%d", "labels": {"flood": "%s"}},
                                 "spec": {"signerName": "kubernetes.io/kube-apiserver-client",
                                          "usages": ["client auth"], "request": "%s"}}
                                """
                                    .formatted(flood, i, flood, request));
                      }));
    }
  }

  @Test
  void aDeviceThatNeverStopsReportingIsNamedAndHarmsNobody(
      @KubernetesApi(scope = KubernetesApi.Scope.CLASS) ApiServer api) throws Exception {
    try (var fleet = new TestFleet(api);
        var operator = new RunningOperator(api, fleet.namespace)) {
      fleet.device("loud", "{}");
      fleet.device("quiet", "{}");
      fleet.app("pump", SPEC);
      soon().until(() -> !PublishingTest.app(fleet, "loud", "pump", "rendered").isEmpty());
      try (var workers = Executors.newFixedThreadPool(4)) {
        IntStream.range(0, 350).forEach(i -> workers.execute(() -> fleet.renew("loud")));
      }
      fleet.raw(Kind.DEVICE_BUNDLE, "loud", large());
      soon().until(() -> fleet.events("Device", "loud").contains("ReportsTooOften"));
      soon().until(() -> fleet.events("Device", "loud").contains("ReportTooLarge"));
      assertThat(operator.registry.find("sandbar.misreports").tag("device", "loud").counters())
          .hasSize(2);
      fleet.app("pump", SPEC + "\nmode: Open");
      soon().until(() -> PublishingTest.app(fleet, "quiet", "pump", "generation").equals("2"));
      assertThat(operator.registry.find("sandbar.misreports").tag("device", "quiet").counters())
          .isEmpty();
    }
  }

  /**
   * More than the server of the metrics takes: it was restarted since its probe was not answered.
   */
  @Test
  void connectionsThatSayNothingToTheMetricsDoNotDelayTheProbes(
      @KubernetesApi(scope = KubernetesApi.Scope.CLASS) ApiServer api) throws Exception {
    List<Socket> idle = new ArrayList<>();
    try (var fleet = new TestFleet(api);
        var operator = new OperatorProgram(api, fleet.namespace, "probed", HEAP_MIB);
        var http = HttpClient.newHttpClient()) {
      soon().until(operator::leads);
      for (int i = 0; i < 300; i++) {
        idle.add(new Socket(InetAddress.getLoopbackAddress(), operator.port("port")));
      }
      var probe =
          HttpRequest.newBuilder(
                  URI.create("http://127.0.0.1:" + operator.port("probes") + "/healthz"))
              .timeout(Duration.ofSeconds(5))
              .build();
      for (int i = 0; i < 10; i++) {
        assertThat(http.send(probe, BodyHandlers.discarding()).statusCode()).isEqualTo(200);
      }
    } finally {
      for (Socket socket : idle) {
        socket.close();
      }
    }
  }

  /** A status of 1 MiB, each part of it within its bounds. */
  private static String large() {
    var apps = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      var granted = new StringBuilder();
      for (int k = 0; k < 20; k++) {
        granted.append(k == 0 ? "" : ",").append('"').append("g".repeat(250)).append('"');
      }
      apps.append(i == 0 ? "" : ",")
          .append("\"a%d\": {\"generation\": 1, \"granted\": [%s]}".formatted(i, granted));
    }
    return "{\"apps\": {" + apps + "}}";
  }

  @Test
  void suspendingADeviceIsNoConsent(@KubernetesApi(scope = KubernetesApi.Scope.CLASS) ApiServer api)
      throws Exception {
    try (var fleet = new TestFleet(api);
        var operator = new RunningOperator(api, fleet.namespace)) {
      var keys = KeyPairGenerator.getInstance("RSA");
      keys.initialize(2048);
      String key =
          Base64.getEncoder().encodeToString(keys.generateKeyPair().getPublic().getEncoded());
      String identity = "{identity: {type: ServiceAccount, publicKey: \"%s\"}".formatted(key);
      String device =
          """
          apiVersion: sandbar.dev/v1alpha1
          kind: Device
          metadata: {name: stranger, namespace: %s}
          spec: %s%s
          """;
      assertThatThrownBy(
              () ->
                  fleet
                      .client
                      .resource(device.formatted(fleet.namespace, identity, ", approved: true}"))
                      .create())
          .hasMessageContaining("a Device cannot be created as approved");
      fleet.client.resource(device.formatted(fleet.namespace, identity, "}")).create();
      fleet.patch("stranger", "{\"spec\": {\"approved\": true, \"suspend\": true}}");
      // A later device that has its rights proves that this one has been decided on.
      String later = device.replace("stranger", "later");
      fleet.client.resource(later.formatted(fleet.namespace, identity, "}")).create();
      fleet.patch("later", "{\"spec\": {\"approved\": true}}");
      soon().until(() -> !fleet.field(Kind.DEVICE, "later", "status", "credential").isEmpty());
      assertThat(fleet.field(Kind.DEVICE, "stranger", "status", "credential")).isEmpty();
      fleet.patch("stranger", "{\"spec\": {\"suspend\": false}}");
      soon().until(() -> !fleet.field(Kind.DEVICE, "stranger", "status", "credential").isEmpty());
      assertThat(operator.fatal).isEmpty();
    }
  }

  /** And of what was stored before, nothing is taken for consent. */
  @Test
  void consentThatComesWithADeviceIsRefusedUnderAnEarlierSchemaToo(
      @KubernetesApi(scope = KubernetesApi.Scope.CLASS) ApiServer api) throws Exception {
    var keys = KeyPairGenerator.getInstance("RSA");
    keys.initialize(2048);
    String key =
        Base64.getEncoder().encodeToString(keys.generateKeyPair().getPublic().getEncoded());
    String device =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: Device
        metadata: {generateName: stranger-, namespace: %s}
        spec: {approved: %s, identity: {type: ServiceAccount, publicKey: "KEY"}}
        """
            .replace("KEY", key);
    try (var fleet = new TestFleet(api)) {
      api.applyCrds(Path.of("../../crds/baseline/v1alpha1"));
      soon()
          .until(
              () -> {
                fleet.client.resource(device.formatted(fleet.namespace, true)).create();
                return true;
              });
      Path policy = Path.of("../../charts/sandbar/files/device-consent.yaml");
      api.kubectl().apply(Files.readString(policy)).orThrow();
      await()
          .atMost(Duration.ofMinutes(4))
          .untilAsserted(
              () ->
                  assertThatThrownBy(
                          () ->
                              fleet
                                  .client
                                  .resource(device.formatted(fleet.namespace, true))
                                  .create())
                      .hasMessageContaining("a Device cannot be created as approved"));
      String later =
          fleet
              .client
              .resource(device.formatted(fleet.namespace, false))
              .create()
              .getMetadata()
              .getName();
      api.applyCrds(Path.of("../../charts/sandbar/crds"));
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        fleet.patch(later, "{\"spec\": {\"approved\": true}}");
        soon().until(() -> !fleet.field(Kind.DEVICE, later, "status", "credential").isEmpty());
        var strangers =
            fleet
                .client
                .genericKubernetesResources(Kind.DEVICE.context())
                .inNamespace(fleet.namespace)
                .list()
                .getItems();
        assertThat(strangers).hasSizeGreaterThan(1);
        assertThat(strangers)
            .filteredOn(it -> !it.getMetadata().getName().equals(later))
            .allSatisfy(it -> assertThat(TestFleet.field(it, "status", "credential")).isEmpty());
        assertThat(operator.fatal).isEmpty();
      }
    } finally {
      api.applyCrds(Path.of("../../charts/sandbar/crds"));
    }
  }
}
