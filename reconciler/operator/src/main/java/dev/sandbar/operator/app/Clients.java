package dev.sandbar.operator.app;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sandbar.operator.publish.BoundedJson;
import dev.sandbar.report.OneLine;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the clients of the API server. */
public final class Clients {
  private static final int REQUEST_TIMEOUT_MS = 15_000;
  private static final int RETRIES = 3;
  private static final int RECONNECT_MS = 500;

  private Clients() {}

  /**
   * Where the API server is: of the file, or of {@code KUBECONFIG}, {@code ~/.kube/config} or the
   * pod's own account.
   *
   * @throws StartException if the file cannot be used
   */
  static Config config(@Nullable Path kubeconfig) {
    if (kubeconfig == null) {
      return Config.autoConfigure(null);
    }
    File file = kubeconfig.toFile();
    if (!Files.isReadable(kubeconfig)) {
      throw new StartException(
          kubeconfig + " cannot be read", "check the path and the rights of --kubeconfig");
    }
    try {
      return Config.fromKubeconfig(file);
    } catch (RuntimeException e) {
      throw new StartException(
          kubeconfig + " is no kubeconfig: " + OneLine.of(e), "write it with 'kubectl config'");
    }
  }

  /**
   * The client that all work is done with.
   *
   * @param interceptors by name; they see every attempt of every request
   */
  public static KubernetesClient working(Config config, Map<String, Interceptor> interceptors) {
    return build(
        new ConfigBuilder(config)
            .withRequestTimeout(REQUEST_TIMEOUT_MS)
            .withRequestRetryBackoffLimit(RETRIES)
            // Grows by itself to 32 times as much while the server is away.
            .withWatchReconnectInterval(RECONNECT_MS)
            .build(),
        interceptors);
  }

  /**
   * A client for the lease of the leader alone: it shares no connection with the work, and gives up
   * before the lease runs out.
   */
  static KubernetesClient electing(Config config, int timeoutMillis) {
    return build(
        new ConfigBuilder(config)
            .withRequestTimeout(timeoutMillis)
            .withConnectionTimeout(timeoutMillis)
            .withRequestRetryBackoffLimit(0)
            .build(),
        Map.of());
  }

  private static KubernetesClient build(Config config, Map<String, Interceptor> interceptors) {
    ClientKey.prepare(config);
    var builder =
        new KubernetesClientBuilder()
            .withConfig(config)
            .withKubernetesSerialization(serialization())
            .withHttpClientFactory(new JdkHttpClientFactory());
    if (!interceptors.isEmpty()) {
      builder.withHttpClientBuilderConsumer(
          http -> interceptors.forEach(http::addOrReplaceInterceptor));
    }
    return builder.build();
  }

  /** How everything is read that an API server sends. */
  static KubernetesSerialization serialization() {
    // A newer version of a kind may have fields that this operator does not know.
    return new KubernetesSerialization(
        new ObjectMapper(new BoundedJson())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES),
        true);
  }
}
