package dev.sandbar.schema;

import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A real API server with the kinds and the admission policy of the chart. */
final class Admission implements AutoCloseable {

  static final Path CHART = Path.of("../../charts/sandbar");

  private final KubernetesClient client;
  private final String collection;

  private Admission(KubernetesClient client, String namespace) {
    this.client = client;
    this.collection = "/apis/sandbar.dev/v1alpha1/namespaces/" + namespace + "/appsandboxes";
  }

  static Admission on(ApiServer api) throws IOException {
    api.applyCrds(CHART.resolve("crds"));
    api.kubectl("apply", "-f", CHART.resolve("files/admission.yaml").toAbsolutePath().toString())
        .orThrow();
    var config = Config.fromKubeconfig(Files.readString(api.kubeconfig()));
    config.setClientKeyAlgo("EC");
    var admission =
        new Admission(
            new KubernetesClientBuilder().withConfig(config).build(),
            api.newNamespace("admission"));
    // The API server takes a policy up a moment after it is made.
    String unknown = Specs.json("probe", "{RUN, probe: true}");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> admission.verdict(unknown).contains("unknown field 'probe'"));
    return admission;
  }

  /** What the API server says against the object as a client would send it that checks nothing. */
  String verdict(String json) {
    try {
      client.raw(collection + "?dryRun=All&fieldValidation=Ignore", "POST", json);
      return "";
    } catch (KubernetesClientException e) {
      return String.valueOf(e.getMessage());
    }
  }

  KubernetesClient client() {
    return client;
  }

  @Override
  public void close() {
    client.close();
  }
}
