package dev.sandbar.operator.publish;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.net.HttpURLConnection;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The metadata of a Secret. The API server sends nothing else of it (PartialObjectMetadata of
 * meta.k8s.io/v1), so that what is in the Secret is not even on the wire.
 */
public final class SecretMetadata {
  private static final String ACCEPT =
      "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
  private static final int SECONDS = 30;

  private SecretMetadata() {}

  /**
   * Of one Secret; empty if there is none.
   *
   * @param name as a Secret can have it: it becomes part of a path
   * @throws KubernetesClientException as of any other request
   */
  public static Optional<HasMetadata> get(KubernetesClient client, String namespace, String name) {
    String path = "api/v1/namespaces/%s/secrets/%s".formatted(namespace, name);
    HttpRequest request =
        client
            .getHttpClient()
            .newHttpRequestBuilder()
            .uri(client.getMasterUrl() + path)
            .header("Accept", ACCEPT)
            .timeout(SECONDS, TimeUnit.SECONDS)
            .build();
    try {
      HttpResponse<String> answer =
          client.getHttpClient().sendAsync(request, String.class).get(SECONDS, TimeUnit.SECONDS);
      if (answer.code() == HttpURLConnection.HTTP_NOT_FOUND) {
        return Optional.empty();
      }
      if (answer.code() != HttpURLConnection.HTTP_OK) {
        throw new KubernetesClientException("status " + answer.code(), answer.code(), null);
      }
      return Optional.of(
          client
              .getKubernetesSerialization()
              .unmarshal(answer.body(), GenericKubernetesResource.class));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KubernetesClientException("interrupted", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new KubernetesClientException("no answer", e);
    }
  }
}
