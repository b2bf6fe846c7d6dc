package dev.sandbar.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.apiserver.KubernetesApi.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What is left of the chart when it is taken away, and what devices have of it. */
class UninstallTest {
  private static final String SYSTEM = "sandbar-system";

  /** What comes and goes by itself. */
  private static final Set<String> PASSING = Set.of("events", "events.events.k8s.io");

  private static final String DEVICE =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: Device
      metadata: {name: d1, namespace: plant}
      spec: {}
      ---
      apiVersion: sandbar.dev/v1alpha1
      kind: DeviceBundle
      metadata: {name: d1, namespace: plant}
      spec: {apps: {}, digest: none}
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata: {name: sandbar-device-d1, namespace: plant}
      rules:
      - {apiGroups: [sandbar.dev], resources: [devicebundles], resourceNames: [d1], verbs: [get, list, watch]}
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata: {name: sandbar-device-d1, namespace: plant}
      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: sandbar-device-d1}
      subjects:
      - {apiGroup: rbac.authorization.k8s.io, kind: User, name: "sandbar:device:plant:d1"}
      """;

  @Test
  void onlyTheKindsAndWhatIsOfThemStays(@KubernetesApi(scope = Scope.METHOD) ApiServer api)
      throws InterruptedException, IOException {
    api.kubectl("create", "namespace", SYSTEM).orThrow();
    api.kubectl("create", "namespace", "plant").orThrow();
    api.kubectl("create", "namespace", "beside").orThrow();
    awaitTrue(() -> api.kubectl("get", "sa", "default", "-n", "plant").ok());
    awaitTrue(() -> api.kubectl("get", "sa", "default", "-n", SYSTEM).ok());
    awaitTrue(() -> api.kubectl("get", "sa", "default", "-n", "beside").ok());
    Set<String> before = objects(api);
    install(
        api,
        "sandbar",
        SYSTEM,
        """
        replicas: 2
        watchNamespaces: [plant]
        rbac: {serviceAccountIdentity: true}
        enrolment: {namespaces: [plant]}
        metrics: {dashboard: {enabled: true}}
        """);
    api.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "--all").orThrow();
    api.kubectl().apply(DEVICE).orThrow();
    assertThat(left(api, before)).as("all that it installs").hasSizeGreaterThan(20);

    aSecondReleaseIsRefusedUnlessNothingOfItIsTheFirsts(api);
    uninstall(api, "second", "beside");
    uninstall(api, "sandbar", SYSTEM);
    var expected =
        new TreeSet<>(
            Set.of(
                "APIService  v1alpha1.sandbar.dev",
                "CustomResourceDefinition  appcontents.sandbar.dev",
                "CustomResourceDefinition  appsandboxes.sandbar.dev",
                "CustomResourceDefinition  devicebundles.sandbar.dev",
                "CustomResourceDefinition  devicequeries.sandbar.dev",
                "CustomResourceDefinition  devices.sandbar.dev",
                "CustomResourceDefinition  fleethistories.sandbar.dev",
                "CustomResourceDefinition  gitsources.sandbar.dev",
                "Device plant d1",
                "DeviceBundle plant d1",
                "Role plant sandbar-device-d1",
                "RoleBinding plant sandbar-device-d1",
                // With another key each app that names a Secret restarts once.
                "Secret beside sandbar-operator-seal",
                "Secret sandbar-system sandbar-operator-seal"));
    awaitTrue(() -> left(api, before).equals(expected));
    assertThat(left(api, before)).isEqualTo(expected);
    api.kubectl("get", "dvcb", "d1", "-n", "plant", "--as=sandbar:device:plant:d1").orThrow();
    String page = Files.readString(Path.of("../docs/operator.md"));
    String remains = page.substring(page.indexOf("What remains:"));
    for (String object : expected) {
      String name = object.substring(object.lastIndexOf(' ') + 1);
      String kind = object.substring(0, object.indexOf(' '));
      assertThat(remains)
          .as(object)
          .containsAnyOf(name, kind, name.endsWith(".sandbar.dev") ? "CRDs" : name);
    }
  }

  private static void aSecondReleaseIsRefusedUnlessNothingOfItIsTheFirsts(ApiServer api) {
    String first = "release sandbar in namespace " + SYSTEM;
    String fine = "{clusterResources: false, watchNamespaces: [beside]}";
    String whole = "{watchNamespaces: [beside]}";
    String plant = "{clusterResources: false, watchNamespaces: [beside, plant]}";
    assertThatThrownBy(() -> install(api, "second", "beside", whole))
        .hasMessageContaining("admission policies")
        .hasMessageContaining(first)
        .hasMessageContaining("clusterResources=false");
    assertThatThrownBy(() -> install(api, "second", "beside", plant))
        .hasMessageContaining("the " + first + " watches plant");
    assertThatThrownBy(() -> install(api, "second", SYSTEM, fine))
        .hasMessageContaining("this namespace has the " + first);
    assertThatThrownBy(() -> install(api, "sandbar", "beside", fine))
        .hasMessageContaining("the " + first + " has the name sandbar");
    install(api, "second", "beside", fine);
  }

  private static void install(ApiServer api, String name, String namespace, String values) {
    Path file = Chart.valuesFile(values);
    try {
      new Helm(Chart.FOLDER)
          .install()
          .set("image.repository", Chart.IMAGE)
          .withName(name)
          .withNamespace(namespace)
          .withKubeConfig(api.kubeconfig())
          .withValuesFile(file)
          .call();
    } finally {
      Chart.delete(file);
    }
  }

  private static void uninstall(ApiServer api, String name, String namespace) {
    String unused =
        Helm.uninstall(name).withNamespace(namespace).withKubeConfig(api.kubeconfig()).call();
  }

  private interface Condition {
    boolean holds() throws InterruptedException;
  }

  /** Or goes on after a while: what is asserted then says what is wrong. */
  private static void awaitTrue(Condition condition) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.holds() && System.nanoTime() < end) {
      Thread.sleep(200);
    }
  }

  private static TreeSet<String> left(ApiServer api, Set<String> before) {
    var now = new TreeSet<>(objects(api));
    now.removeAll(before);
    return now;
  }

  /** Kind, namespace and name of everything. */
  private static Set<String> objects(ApiServer api) {
    List<String> kinds =
        api.kubectl("api-resources", "--verbs=list,delete", "-o", "name")
            .orThrow()
            .lines()
            .filter(kind -> !PASSING.contains(kind))
            .toList();
    String all =
        api.kubectl(
                "get",
                String.join(",", kinds),
                "--all-namespaces",
                "--no-headers",
                "-o",
                "custom-columns=KIND:.kind,SPACE:.metadata.namespace,NAME:.metadata.name")
            .orThrow();
    return Arrays.stream(all.split("\n"))
        .map(line -> line.strip().replaceAll(" +", " ").replace(" <none> ", "  "))
        .filter(line -> !line.isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
