package dev.sandbar.operator.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.operator.publish.BoundedApp;
import dev.sandbar.operator.publish.BoundedLease;
import dev.sandbar.operator.publish.WatchedConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapList;
import io.fabric8.kubernetes.api.model.DefaultKubernetesResourceList;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PartialObjectMetadataList;
import io.fabric8.kubernetes.api.model.SecretList;
import io.fabric8.kubernetes.api.model.WatchEvent;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestList;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kind that the operator reads, with an object among others that nobody could read. */
class BoundedReadingTest {
  /** As deep as an API server takes it. */
  private static final int LEVELS = 9_990;

  /** As the launcher has it. */
  private static final int STACK = 512 << 10;

  private static final int MANY = 400_000;

  /** As lists of them are read. */
  private enum Read {
    DEVICE("sandbar.dev/v1alpha1", "Device", Devices.class),
    BUNDLE("sandbar.dev/v1alpha1", "DeviceBundle", GenericKubernetesResourceList.class),
    QUERY("sandbar.dev/v1alpha1", "DeviceQuery", GenericKubernetesResourceList.class),
    SOURCE("sandbar.dev/v1alpha1", "GitSource", GenericKubernetesResourceList.class),
    APP("sandbar.dev/v1alpha1", "AppSandbox", BoundedApp.Page.class),
    CONTENT("sandbar.dev/v1alpha1", "AppContent", PartialObjectMetadataList.class),
    LEASE("coordination.k8s.io/v1", "Lease", BoundedLease.Page.class),
    CONFIG_MAP("v1", "ConfigMap", WatchedConfigMap.Page.class),
    NAMED_CONFIG_MAP("v1", "ConfigMap", ConfigMapList.class),
    SECRET("v1", "Secret", SecretList.class),
    REQUEST(
        "certificates.k8s.io/v1", "CertificateSigningRequest", CertificateSigningRequestList.class);

    private final String version;
    private final String kind;
    private final Class<? extends KubernetesResourceList<?>> list;

    Read(String version, String kind, Class<? extends KubernetesResourceList<?>> list) {
      this.version = version;
      this.kind = kind;
      this.list = list;
    }

    String object(String name, String annotation, String bomb) {
      return """
      {"apiVersion": "%s", "kind": "%s", "metadata": {
         "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "%s",
            "a": "%s", "b": "%s", "sandbar.dev/requestedAt": "now"},
         "finalizers": ["sandbar.dev/gitsource"], "labels": {"site": "berlin"},
         "managedFields": [{"fieldsV1": {"f:spec": %s}, "manager": "kubectl"}],
         "name": "%s", "namespace": "fleet", "resourceVersion": "7", "uid": "u"},
       "other": %s, "spec": {"hold": {"other": %s, "reason": "%s"}, "suspend": true},
       "status": {"conditions": [], "facts": %s}}
      """
          .formatted(
              version,
              kind,
              annotation,
              annotation,
              annotation,
              bomb,
              name,
              bomb,
              bomb,
              name,
              bomb);
    }

    String list(String annotation, String bomb) {
      return "{\"apiVersion\": \"%s\", \"kind\": \"%sList\", \"metadata\": {\"resourceVersion\": \"9\"}, \"items\": [%s, %s, %s]}"
          .formatted(
              version,
              kind,
              object("first", "", "{}"),
              object("bad", annotation, bomb),
              object("last", "", "{}"));
    }
  }

  static final class Devices extends DefaultKubernetesResourceList<Device> {
    private static final long serialVersionUID = 1L;
  }

  private final KubernetesSerialization serialization = Clients.serialization();

  private interface Task<T> {
    T run();
  }

  /** On a stack as in operation. */
  private static <T> T onSmallStack(Task<T> task) {
    var result = new CompletableFuture<T>();
    var thread =
        new Thread(
            null,
            () -> {
              try {
                result.complete(task.run());
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            },
            "small",
            STACK);
    thread.start();
    return result.join();
  }

  /** Whoever compares, hashes or writes an object goes through all of it. */
  private <T> T walked(T read) {
    int _ = read.hashCode();
    assertThat(serialization.asJson(read)).isNotEmpty();
    return read;
  }

  private static String deep() {
    return "[".repeat(LEVELS) + "]".repeat(LEVELS);
  }

  @ParameterizedTest
  @EnumSource
  void aListIsReadWhateverStandsInOneObject(Read kind) {
    for (String bomb : List.of(deep(), "{\"a\":".repeat(LEVELS) + "1" + "}".repeat(LEVELS))) {
      KubernetesResourceList<?> list =
          onSmallStack(() -> walked(serialization.unmarshal(kind.list("", bomb), kind.list)));
      assertThat(list.getItems())
          .extracting(it -> it.getMetadata().getName())
          .containsExactly("first", "bad", "last");
      assertThat(list.getMetadata().getResourceVersion()).isEqualTo("9");
    }
  }

  @ParameterizedTest
  @EnumSource
  void anEventOfAWatchIsReadWhateverStandsInIt(Read kind) {
    serialization.registerKubernetesResource(BoundedApp.class);
    serialization.registerKubernetesResource(BoundedLease.class);
    serialization.registerKubernetesResource(Device.class);
    String event = "{\"type\": \"ADDED\", \"object\": " + kind.object("bad", "", deep()) + "}";
    WatchEvent read = onSmallStack(() -> walked(serialization.unmarshal(event, WatchEvent.class)));
    assertThat(read.getType()).isEqualTo("ADDED");
    assertThat(((HasMetadata) read.getObject()).getMetadata().getName()).isEqualTo("bad");
  }

  /** Of a megabyte of annotations, and of fields of managers, nothing stays in memory. */
  @Test
  void metadataIsBoundedInListsAndWatches() {
    String annotation = "x".repeat(120_000);
    String list = Read.SOURCE.list(annotation, "{\"f:a\": {}}");
    ObjectMeta bad =
        serialization
            .unmarshal(list, GenericKubernetesResourceList.class)
            .getItems()
            .get(1)
            .getMetadata();
    assertThat(bad.getAnnotations()).containsOnlyKeys("a");
    assertThat(bad.getManagedFields().getFirst().getFieldsV1()).isNull();
    assertThat(bad.getManagedFields().getFirst().getManager()).isEqualTo("kubectl");
    assertThat(bad.getFinalizers()).containsExactly("sandbar.dev/gitsource");
    ObjectMeta good =
        serialization
            .unmarshal(Read.SOURCE.list("v", "{}"), GenericKubernetesResourceList.class)
            .getItems()
            .get(2)
            .getMetadata();
    assertThat(good.getAnnotations())
        .containsOnlyKeys("a", "b", "sandbar.dev/requestedAt")
        .containsEntry("sandbar.dev/requestedAt", "now");
    assertThat(good.getLabels()).containsEntry("site", "berlin");
    // What is got by its name is got to be changed: nothing may be missing that is written back.
    var got =
        serialization.unmarshal(
            Read.SOURCE.object("one", annotation, "{}"), GenericKubernetesResource.class);
    assertThat(got.getMetadata().getAnnotations()).hasSize(4);
  }

  /** Small values take many times their bytes. */
  @Test
  void anObjectTakesNoMoreMemoryThanOneOfTheLargestSize() {
    String many = "[" + "[],".repeat(MANY) + "[]]";
    var list =
        serialization.unmarshal(Read.QUERY.list("", many), GenericKubernetesResourceList.class);
    GenericKubernetesResource bad = list.getItems().get(1);
    assertThat((List<?>) bad.get("other")).hasSizeLessThan(MANY);
    assertThat(list.getItems().get(2).<Boolean>get("spec", "suspend")).isTrue();
    // What follows a field that is too large still counts.
    Device device =
        serialization.unmarshal(Read.DEVICE.list("", many), Devices.class).getItems().get(1);
    assertThat(device.getSpec().suspend()).isTrue();
    assertThat(device.getMetadata().getUid()).isEqualTo("u");
  }

  /** Nobody follows a kind without pages: of large objects no two hundred are in memory at once. */
  @Test
  void everyInformerListsInPages() throws IOException {
    Path sources = Path.of("../operator/src/main/java");
    try (Stream<Path> files = Files.walk(sources)) {
      for (Path file : files.filter(it -> it.toString().endsWith(".java")).toList()) {
        String text = Files.readString(file);
        if (text.contains("runnableInformer(")) {
          assertThat(text).as(file.toString()).contains("withLimit(");
        }
        if (text.contains("running.run(") || text.contains("controllers.run(")) {
          assertThat(text.split("withInformerListLimit\\(", -1).length)
              .as(file.toString())
              .isEqualTo(text.split("(running|controllers)\\.run\\(", -1).length);
        }
      }
    }
  }
}
