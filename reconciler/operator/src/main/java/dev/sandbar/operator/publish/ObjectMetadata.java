package dev.sandbar.operator.publish;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PartialObjectMetadataList;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of objects. The API server sends nothing else of them (PartialObjectMetadata of
 * meta.k8s.io/v1), so that what is in a Secret, or in a file of a megabyte, is not even on the
 * wire.
 */
public final class ObjectMetadata {
  private static final String ONE = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
  private static final String LIST =
      "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
  private static final int SECONDS = 30;

  private ObjectMetadata() {}

  /**
   * Of one Secret; empty if there is none.
   *
   * @param name as a Secret can have it: it becomes part of a path
   * @throws KubernetesClientException as of any other request
   */
  public static Optional<HasMetadata> ofSecret(
      KubernetesClient client, String namespace, String name) {
    return one(client, "api/v1/namespaces/%s/secrets/%s".formatted(namespace, name));
  }

  /**
   * Of a namespace; empty if there is none.
   *
   * @throws KubernetesClientException as of any other request
   */
  public static Optional<HasMetadata> ofNamespace(KubernetesClient client, String name) {
    return one(client, "api/v1/namespaces/" + name);
  }

  /**
   * Of the definition of a kind; empty if there is none.
   *
   * @param name as of {@code appsandboxes.sandbar.dev}
   * @throws KubernetesClientException as of any other request
   */
  public static Optional<HasMetadata> ofDefinition(KubernetesClient client, String name) {
    return one(client, "apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + name);
  }

  private static Optional<HasMetadata> one(KubernetesClient client, String path) {
    HttpResponse<String> answer = get(client, path, ONE);
    if (answer.code() == HttpURLConnection.HTTP_NOT_FOUND) {
      return Optional.empty();
    }
    return Optional.of(read(client, answer, GenericKubernetesResource.class));
  }

  /**
   * Of AppContents.
   *
   * @param label a label with a prefix
   * @param value that they have, a valid name
   * @throws KubernetesClientException as of any other request; not found if the API server does not
   *     know the kind
   */
  public static List<? extends HasMetadata> ofContents(
      KubernetesClient client, String namespace, String label, String value) {
    String path =
        "apis/%s/namespaces/%s/appcontents?labelSelector=%s%%3D%s"
            .formatted(
                Writes.Kind.APP_CONTENT.apiVersion(), namespace, label.replace("/", "%2F"), value);
    var list = read(client, get(client, path, LIST), PartialObjectMetadataList.class);
    return Objects.requireNonNullElse(list.getItems(), List.of());
  }

  private static <T> T read(KubernetesClient client, HttpResponse<String> answer, Class<T> type) {
    if (answer.code() != HttpURLConnection.HTTP_OK) {
      throw new KubernetesClientException(
          "status " + answer.code(), answer.code(), status(client, answer.body()));
    }
    return client.getKubernetesSerialization().unmarshal(answer.body(), type);
  }

  /** Of a kind that the API server does not know it answers with plain text. */
  private static @Nullable Status status(KubernetesClient client, String body) {
    try {
      return client.getKubernetesSerialization().unmarshal(body, Status.class);
    } catch (IllegalArgumentException | KubernetesClientException _) {
      return null;
    }
  }

  private static HttpResponse<String> get(KubernetesClient client, String path, String accept) {
    HttpRequest request =
        client
            .getHttpClient()
            .newHttpRequestBuilder()
            .uri(client.getMasterUrl() + path)
            .header("Accept", accept)
            .timeout(SECONDS, TimeUnit.SECONDS)
            .build();
    try {
      return client.getHttpClient().sendAsync(request, String.class).get(SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KubernetesClientException("interrupted", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new KubernetesClientException("no answer", e);
    }
  }
}
