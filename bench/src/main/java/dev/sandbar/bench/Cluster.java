package dev.sandbar.bench;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.operator.app.Clients;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/** A real control plane with the kinds of Sandbar, its cost, and clients that count. */
final class Cluster implements AutoCloseable {
  final ApiServer api = ApiServer.start();

  /** Starts it, with the kinds of this checkout. */
  Cluster() {
    api.applyCrds(Path.of(System.getProperty("sandbar.home"), "charts/sandbar/crds"));
  }

  /** A client whose requests are counted, watches left out. */
  KubernetesClient client(AtomicInteger requests) throws IOException {
    var count =
        new Interceptor() {
          @Override
          public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
            if (!String.valueOf(request.uri().getQuery()).contains("watch=true")) {
              requests.incrementAndGet();
            }
          }
        };
    Config config = Config.fromKubeconfig(Files.readString(api.kubeconfig()));
    return Clients.working(
        new ConfigBuilder(config).withClientKeyAlgo("EC").build(), Map.of("count", count));
  }

  /** Seconds of processor time that the API server has used so far. */
  double cpu() throws IOException {
    long pid = Objects.requireNonNull(api.pids().get("kube-apiserver"), "the API server is down");
    return Processes.cpu(pid);
  }

  @Override
  public void close() {
    api.close();
  }
}
