package dev.sandbar.operator.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.report.Endpoints;
import dev.sandbar.report.Endpoints.Verdict;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;

/** Who reads the metrics of a fleet, asked of a real API server. */
class MetricsGuardTest {
  private static final String READER =
      """
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata: {name: metrics-reader}
      rules: [{nonResourceURLs: [/metrics], verbs: [get]}]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata: {name: metrics-reader}
      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: metrics-reader}
      subjects: [{kind: ServiceAccount, name: prometheus, namespace: %s}]
      """;

  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicLong now = new AtomicLong();

  private KubernetesClient client(ApiServer api) {
    Interceptor count =
        new Interceptor() {
          @Override
          public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
            requests.incrementAndGet();
          }
        };
    return Clients.working(
        Config.fromKubeconfig(api.kubeconfig().toFile()), Map.of("count", count));
  }

  private static String token(ApiServer api, String namespace, String account) {
    api.kubectl("create", "serviceaccount", account, "-n", namespace).orThrow();
    return api.kubectl("create", "token", account, "-n", namespace).orThrow().strip();
  }

  @Test
  void onlyWhoMayGetThemReadsThem(@KubernetesApi ApiServer api) throws Exception {
    String namespace = api.newNamespace("metrics");
    String reader = token(api, namespace, "prometheus");
    String pod = token(api, namespace, "pod");
    String enrolling = api.newBootstrapToken(Duration.ofHours(1), "system:bootstrappers:sandbar");
    api.kubectl().apply(READER.formatted(namespace)).orThrow();
    try (KubernetesClient client = client(api);
        Endpoints server =
            Endpoints.startGuarded(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                MetricsTls.context(Instant.now()),
                new MetricsGuard(client, now::get),
                () -> "sandbar_up 1\n",
                () -> "",
                () -> "")) {
      // Bindings reach the authorizer by a watch of its own.
      org.awaitility.Awaitility.await()
          .atMost(Duration.ofMinutes(1))
          .until(
              () -> {
                now.addAndGet(MetricsGuard.KEPT.toNanos());
                return get(server, "/metrics", reader).equals("200 sandbar_up 1");
              });
      for (String path : new String[] {"/metrics", "/healthz", "/readyz", "/"}) {
        assertThat(get(server, path, "")).as(path).startsWith("401");
        assertThat(get(server, path, "guessed")).as(path).startsWith("401");
        assertThat(get(server, path, pod)).as(path).startsWith("403");
        assertThat(get(server, path, enrolling)).as(path).startsWith("403");
      }
      assertThat(get(server, "/healthz", reader)).isEqualTo("200 ok");
    }
  }

  @Test
  void guessesCostTheApiServerLittleAndKeepNobodyOut(@KubernetesApi ApiServer api) {
    String namespace = api.newNamespace("guesses");
    String pod = token(api, namespace, "pod");
    try (KubernetesClient client = client(api)) {
      var guard = new MetricsGuard(client, now::get);
      assertThat(guard.judge(pod)).isEqualTo(Verdict.DENIED);
      requests.set(0);
      for (int i = 0; i < 10; i++) {
        assertThat(guard.judge(pod)).isEqualTo(Verdict.DENIED);
        assertThat(guard.judge("")).isEqualTo(Verdict.UNKNOWN);
        assertThat(guard.judge("x".repeat(20_000))).isEqualTo(Verdict.UNKNOWN);
      }
      assertThat(requests).as("known answers").hasValue(0);
      Verdict last = Verdict.UNKNOWN;
      for (int i = 0; i < 3 * MetricsGuard.MAX_NEW; i++) {
        last = guard.judge("guess-" + i);
      }
      assertThat(last).isEqualTo(Verdict.UNDECIDED);
      assertThat(requests.get()).isLessThanOrEqualTo(MetricsGuard.MAX_NEW);
      now.addAndGet(Duration.ofSeconds(11).toNanos());
      assertThat(guard.judge("guess-last")).isEqualTo(Verdict.UNKNOWN);
    }
  }

  /** Status and body. */
  private static String get(Endpoints server, String path, String token) throws Exception {
    var uri = URI.create("https://127.0.0.1:" + server.address().getPort() + path);
    var connection = (HttpsURLConnection) uri.toURL().openConnection();
    connection.setSSLSocketFactory(anybody().getSocketFactory());
    connection.setHostnameVerifier((_, _) -> true);
    if (!token.isEmpty()) {
      connection.setRequestProperty("Authorization", "Bearer " + token);
    }
    int status = connection.getResponseCode();
    if (status != 200) {
      return String.valueOf(status);
    }
    try (var body = connection.getInputStream()) {
      return status + " " + new String(body.readAllBytes(), StandardCharsets.UTF_8).strip();
    }
  }

  private static SSLContext anybody() throws Exception {
    TrustManager all =
        new X509TrustManager() {
          @Override
          public void checkClientTrusted(X509Certificate[] chain, String type) {}

          @Override
          public void checkServerTrusted(X509Certificate[] chain, String type) {}

          @Override
          public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
          }
        };
    var context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {all}, new SecureRandom());
    return context;
  }
}
