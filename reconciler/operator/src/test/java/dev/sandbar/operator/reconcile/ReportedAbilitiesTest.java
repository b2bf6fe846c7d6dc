package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.ReportedFacts;
import dev.sandbar.core.bundle.SyscallTable;
import dev.sandbar.core.bundle.TableDigest;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.operator.app.Clients;
import dev.sandbar.operator.publish.DeviceFields;
import dev.sandbar.operator.publish.Pool;
import dev.sandbar.operator.publish.PublishedBundle;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.source.text.PackedText;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tables of system calls that are no longer in memory. */
class ReportedAbilitiesTest {
  private static final String TABLE =
      PackedText.pack(NodeBinder.write(SyscallTable.of(ReferenceDevice.facts())));

  private static void create(KubernetesClient client, String namespace, String kind, String spec) {
    client
        .resource(
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: %s
            metadata: {name: one, namespace: %s}
            spec: %s
            """
                .formatted(kind, namespace, spec))
        .create();
  }

  private static void report(ApiServer api, String namespace, String resource, String status) {
    String _ =
        api.kubectl(
                "patch",
                resource,
                "one",
                "-n",
                namespace,
                "--subresource=status",
                "--type=merge",
                "-p",
                "{\"status\": " + status + "}")
            .orThrow();
  }

  private static String facts(String table) {
    return "{\"facts\": %s}"
        .formatted(
            JsonWriter.compact(
                NodeBinder.write(ReportedFacts.of(ReferenceDevice.facts(), table, "test"))));
  }

  /** As it is kept: without the table. */
  private static Device kept(KubernetesClient client, String namespace) {
    Device device = client.resources(Device.class).inNamespace(namespace).withName("one").require();
    DeviceStatus.Facts slim = new FactsTable().slim(DeviceFields.facts(device).orElseThrow());
    device.setStatus(new DeviceStatus(slim, null, List.of(), null, List.of(), null, null));
    return device;
  }

  @Test
  void areReadAgainFromWhereTheyStand(@KubernetesApi ApiServer api) {
    api.applyCrds(Path.of("../../charts/sandbar/crds"));
    String namespace = api.newNamespace("fleet");
    try (KubernetesClient client =
        Clients.working(Config.fromKubeconfig(api.kubeconfig().toFile()), Map.of())) {
      create(client, namespace, "Device", "{}");
      report(api, namespace, "dvc", facts(TABLE));
      assertThat(known(client, kept(client, namespace), PublishedBundle.NONE))
          .as("in the facts")
          .isTrue();

      create(client, namespace, "DeviceBundle", "{digest: \"\", apps: {}}");
      report(api, namespace, "bundle", "{\"systemCalls\": \"" + TABLE + "\"}");
      report(api, namespace, "dvc", facts(TableDigest.of(TABLE)));
      Device named = kept(client, namespace);
      assertThat(known(client, named, bundle(client, namespace))).as("in the bundle").isTrue();
      assertThat(known(client, named, PublishedBundle.NONE)).as("nowhere").isFalse();
      // It is another now, which the watch has not brought yet.
      PublishedBundle before = bundle(client, namespace);
      report(api, namespace, "bundle", "{\"systemCalls\": \"x\"}");
      assertThat(known(client, named, before)).as("no longer").isFalse();
    }
  }

  /** The facts may have changed since they were kept, and must not count as those. */
  @Test
  void countUnderTheKeyOfWhatIsReported(@KubernetesApi ApiServer api) {
    api.applyCrds(Path.of("../../charts/sandbar/crds"));
    String namespace = api.newNamespace("fleet");
    try (KubernetesClient client =
        Clients.working(Config.fromKubeconfig(api.kubeconfig().toFile()), Map.of())) {
      create(client, namespace, "Device", "{}");
      report(api, namespace, "dvc", facts(TABLE));
      Device before = kept(client, namespace);
      report(api, namespace, "dvc", "{\"facts\": {\"architecture\": \"other\"}}");
      var table = new FactsTable();
      DesiredBundle.Ability now =
          new ReportedAbilities(client, table).of(before, PublishedBundle.NONE).orElseThrow();
      assertThat(now.facts().architecture()).isEqualTo("other");
      assertThat(now.key())
          .isEqualTo(table.key(DeviceFields.facts(kept(client, namespace)).orElseThrow()))
          .isNotEqualTo(table.key(DeviceFields.facts(before).orElseThrow()));
    }
  }

  private static PublishedBundle bundle(KubernetesClient client, String namespace) {
    return PublishedBundle.read(
        client
            .genericKubernetesResources(Writes.Kind.DEVICE_BUNDLE.context())
            .inNamespace(namespace)
            .withName("one")
            .require(),
        new Pool());
  }

  /** Whether it is found by an operator that remembers nothing. */
  private static boolean known(KubernetesClient client, Device device, PublishedBundle bundle) {
    return new ReportedAbilities(client, new FactsTable())
        .of(device, bundle)
        .filter(ability -> ability.facts().knownSyscalls().contains("read"))
        .isPresent();
  }
}
