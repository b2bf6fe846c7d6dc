package dev.sandbar.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import dev.sandbar.core.model.OpenableDirectives;
import dev.sandbar.core.model.Permission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What Helm renders, and which values it refuses. */
class RenderTest {
  private static final String MONITORING =
      """
      metrics:
        serviceMonitor: {enabled: true, labels: {release: prometheus}}
        prometheusRule: {enabled: true}
        dashboard: {enabled: true}
      """;

  @Test
  void helmFindsNothingToComplainOf() {
    var result = new Helm(Chart.FOLDER).lint().strict().call();
    assertThat(result.isFailed()).as(String.join("\n", result.getMessages())).isFalse();
  }

  @Test
  void rendersEveryObjectOnceAndInItsPlace() {
    List<Map<String, Object>> objects = Chart.render(MONITORING + "replicas: 2\n");
    assertThat(objects).allSatisfy(o -> assertThat(o).containsKeys("apiVersion", "kind"));
    assertThat(
            objects.stream()
                .map(o -> o.get("kind") + "/" + Chart.at(o, "metadata", "name"))
                .toList())
        .doesNotHaveDuplicates()
        .contains(
            "Deployment/sandbar",
            "PodDisruptionBudget/sandbar",
            "ServiceAccount/sandbar",
            "ClusterRole/sandbar",
            "NetworkPolicy/sandbar",
            "ServiceMonitor/sandbar",
            "PrometheusRule/sandbar",
            "ConfigMap/sandbar-dashboard");
  }

  @Test
  void rendersNoMonitoringWhoseKindsMayBeMissing() {
    assertThat(Chart.render("{}").stream().map(o -> (String) o.get("kind")))
        .doesNotContain("ServiceMonitor", "PrometheusRule", "PodDisruptionBudget");
  }

  @Test
  void monitorKeepsTheNamespaceOfAnApp() {
    Map<?, ?> monitor = Chart.find(Chart.render(MONITORING), "ServiceMonitor", "sandbar");
    assertThat(Chart.at(monitor, "spec", "endpoints", 0, "honorLabels")).isEqualTo(true);
    assertThat(Chart.at(monitor, "metadata", "labels", "release")).isEqualTo("prometheus");
    // Metrics are read by whom RBAC lets, never in the clear.
    assertThat(Chart.at(monitor, "spec", "endpoints", 0, "scheme")).isEqualTo("https");
    assertThat(Chart.at(monitor, "spec", "endpoints", 0, "bearerTokenFile"))
        .isEqualTo("/var/run/secrets/kubernetes.io/serviceaccount/token");
    Map<?, ?> service = Chart.find(Chart.render(MONITORING), "Service", "sandbar-metrics");
    var wanted = (Map<?, ?>) Chart.at(monitor, "spec", "selector", "matchLabels");
    var labels = (Map<?, ?>) Chart.at(service, "metadata", "labels");
    assertThat(wanted).allSatisfy((k, v) -> assertThat(v).isEqualTo(labels.get(k)));
  }

  /** Every pod of the cluster may reach the port, and nobody may read unless he is named. */
  @Test
  void nobodyMayReadTheMetricsUnlessHeIsNamed() {
    assertThat(Chart.render("{}").stream().filter(o -> o.containsKey("roleRef")))
        .noneMatch(o -> "sandbar-metrics-reader".equals(Chart.at(o, "roleRef", "name")));
    List<Map<String, Object>> named =
        Chart.render("{metrics: {readers: [{name: prometheus-k8s, namespace: monitoring}]}}");
    assertThat(
            Chart.at(Chart.find(named, "ClusterRoleBinding", "sandbar-metrics-reader"), "subjects"))
        .isEqualTo(
            List.of(
                Map.of(
                    "kind",
                    "ServiceAccount",
                    "name",
                    "prometheus-k8s",
                    "namespace",
                    "monitoring")));
    assertThatThrownBy(() -> Chart.text("metrics: {readers: [{name: prometheus}]}"))
        .hasMessageContaining("readers");
  }

  /** Nobody but the kubelet needs to reach it. */
  @Test
  void probesGoToAPortOfTheirOwn() {
    List<Map<String, Object>> objects = Chart.render("{}");
    var container =
        Chart.at(
            Chart.find(objects, "Deployment", "sandbar"),
            "spec",
            "template",
            "spec",
            "containers",
            0);
    for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
      assertThat(Chart.at(container, probe, "httpGet", "port")).as(probe).isEqualTo("probes");
    }
    assertThat((List<?>) Chart.at(container, "args"))
        .asString()
        .contains("--metrics-port=9465", "--probe-port=9466");
    assertThat(Chart.find(objects, "NetworkPolicy", "sandbar").toString())
        .contains("port=metrics")
        .doesNotContain("probes", "9466");
  }

  /** To see devices, or to change apps, is not to read what apps print. */
  @Test
  void theRoleForAskersIsBoundToNobodyAndPartOfNoOther() {
    List<Map<String, Object>> objects = Chart.render("{}");
    Map<?, ?> role = Chart.find(objects, "ClusterRole", "sandbar-log-reader");
    assertThat((List<?>) Chart.at(role, "rules"))
        .isEqualTo(
            List.of(
                Map.of(
                    "apiGroups", List.of("sandbar.dev"),
                    "resources", List.of("devicequeries"),
                    "verbs", List.of("create", "get", "delete")),
                Map.of(
                    "apiGroups", List.of("sandbar.dev"),
                    "resources", List.of("devices"),
                    "verbs", List.of("get"))));
    assertThat(Chart.at(role, "metadata", "labels").toString()).doesNotContain("aggregate");
    assertThat(objects.stream().filter(o -> o.containsKey("roleRef")))
        .noneMatch(o -> "sandbar-log-reader".equals(Chart.at(o, "roleRef", "name")));
    assertThat(Chart.find(objects, "ClusterRole", "sandbar").toString())
        .contains("resources=[devicequeries], verbs=[get, list, watch, patch, delete]")
        .contains("resources=[appcontents], verbs=[get, list, create, delete]");
  }

  @Test
  void nothingIsAddedToTheRolesOfKubernetesWhereThatIsTurnedOff() {
    assertThat(Chart.text("{}")).contains("aggregate-to-view", "aggregate-to-edit", "-to-admin");
    assertThat(Chart.text("{rbac: {aggregate: false}}")).doesNotContain("aggregate-to");
    assertThat(Chart.text("{rbac: {create: false}}")).doesNotContain("aggregate-to");
  }

  @Test
  void rightsEndAtTheWatchedNamespaces() {
    List<Map<String, Object>> objects = Chart.render("watchNamespaces: [plant-a, plant-b]");
    assertThat(objects.stream().filter(o -> "ClusterRoleBinding".equals(o.get("kind"))))
        .noneMatch(o -> "sandbar".equals(Chart.at(o, "roleRef", "name")));
    assertThat(
            objects.stream()
                .filter(o -> "RoleBinding".equals(o.get("kind")))
                .filter(o -> "sandbar".equals(Chart.at(o, "roleRef", "name")))
                .map(o -> Chart.at(o, "metadata", "namespace")))
        .isEqualTo(List.of("plant-a", "plant-b"));
    Map<?, ?> deployment = Chart.find(objects, "Deployment", "sandbar");
    assertThat((List<?>) Chart.at(deployment, "spec", "template", "spec", "containers", 0, "args"))
        .asString()
        .contains("--namespace=plant-a", "--namespace=plant-b");
  }

  @Test
  void theFleetsPolicyDeniesTheOpenModeByDefaultAndKnowsEveryPermission() {
    Map<?, ?> policy =
        Chart.find(Chart.render("{}"), "ValidatingAdmissionPolicy", "policy.sandbar.dev");
    assertThat((List<?>) Chart.at(policy, "spec", "validations")).hasSize(7);
    Map<?, ?> strict =
        Chart.find(
            Chart.render("policy: {openMode: Allow, permissions: {deny: [jit]}, maxLevel: Normal}"),
            "ValidatingAdmissionPolicy",
            "policy.sandbar.dev");
    long above =
        Arrays.stream(Permission.values())
            .filter(p -> p.level() != Permission.Level.NORMAL || p == Permission.JIT)
            .count();
    assertThat((List<?>) Chart.at(strict, "spec", "validations")).hasSize((int) above + 7);
    assertThatThrownBy(() -> Chart.text("policy: {permissions: {deny: [internets]}}"))
        .hasMessageContaining("internets is no permission");
    assertThatThrownBy(() -> Chart.text("policy: {openMode: allow}"))
        .hasMessageContaining("openMode");
  }

  @Test
  void theFleetsPolicyListsWallsOfTheTableAlone() {
    Map<?, ?> schema = Chart.parse(Chart.read("values.schema.json")).getFirst();
    var known = new ArrayList<String>(OpenableDirectives.names());
    known.add("rawNetwork");
    assertThat(
            (List<?>)
                Chart.at(schema, "properties", "policy", "properties", "raw", "items", "enum"))
        .isEqualTo(known);
    String rule = "permissions.rawNetwork is denied by the policy of the fleet";
    assertThat(Chart.text("")).contains(rule);
    assertThat(Chart.text("policy: {raw: [rawNetwork]}")).doesNotContain(rule);
    assertThatThrownBy(() -> Chart.text("policy: {raw: [User]}")).hasMessageContaining("raw");
    assertThat(Chart.text("policy: {raw: [LockPersonality, ProtectClock]}"))
        .contains("r.directive in ['LockPersonality', 'ProtectClock']");
  }

  @Test
  void theFleetsPolicyListsSettingsOfTheKernel() {
    assertThat(Chart.text("policy: {kernelTuning: [net.core.*, vm.swappiness]}"))
        .contains("['net.core.*', 'vm.swappiness']");
    for (String pattern : List.of("*", "net.core*", "a || true", "")) {
      assertThatThrownBy(() -> Chart.text("policy: {kernelTuning: ['%s']}".formatted(pattern)))
          .as(pattern)
          .hasMessageContaining("kernelTuning");
    }
  }

  @Test
  void theFleetsPolicyListsServicesWhoseJournalIsRead() {
    assertThat(Chart.text("policy: {readLogs: [mosquitto.service, sandbar-pump.service]}"))
        .contains("['mosquitto.service', 'sandbar-pump.service']");
    for (String name : List.of("*", "pump", "a'.service", "")) {
      assertThatThrownBy(() -> Chart.text("policy: {readLogs: [\"%s\"]}".formatted(name)))
          .as(name)
          .hasMessageContaining("readLogs");
    }
  }

  @Test
  void theFleetsPolicyListsModulesOfTheKernel() {
    assertThat(Chart.text("policy: {kernelModules: [wireguard, cdc_acm]}"))
        .contains("['wireguard', 'cdc_acm']");
    for (String name : List.of("*", "br-netfilter", "a' || 'b", "")) {
      assertThatThrownBy(() -> Chart.text("policy: {kernelModules: [\"%s\"]}".formatted(name)))
          .as(name)
          .hasMessageContaining("kernelModules");
    }
  }

  @Test
  void theFleetsPolicyListsHardwareThatCanBeOfAnyKind() {
    String deny = "permissions: {deny: [camera]}, ";
    assertThat(
            Chart.text(
                "policy: {%s usb: [{vendor: \"0BDA\", product: \"2838\"}], devices: [/dev/gps]}"
                    .formatted(deny)))
        .contains("['0bda:2838']", "['/dev/gps']");
    assertThat(Chart.text("policy: {permissions: {deny: [jit]}}")).doesNotContain("policy.usb");
    for (String wrong :
        List.of(
            "usb: [\"0bda:2838\"]",
            "usb: [{vendor: \"0bda\"}]",
            "usb: [{vendor: \"*\", product: \"2838\"}]",
            "devices: [gps]",
            "devices: [\"/dev/a' || 'b\"]")) {
      assertThatThrownBy(() -> Chart.text("policy: {%s}".formatted(wrong)))
          .as(wrong)
          .hasMessageContaining(wrong.substring(0, wrong.indexOf(':')));
    }
  }

  @Test
  void theFleetsPolicyListsFileSystems() {
    assertThat(Chart.text("policy: {mounts: [usb-stick, nas]}")).contains("['usb-stick', 'nas']");
    for (String name : List.of("*", "/srv", "a' || 'b", "")) {
      assertThatThrownBy(() -> Chart.text("policy: {mounts: [\"%s\"]}".formatted(name)))
          .as(name)
          .hasMessageContaining("mounts");
    }
  }

  @Test
  void namesFollowTheirOverrides() {
    for (String values : List.of("nameOverride: edge", "fullnameOverride: sandbar-edge")) {
      List<Map<String, Object>> objects = Chart.render(values);
      Map<?, ?> deployment = Chart.find(objects, "Deployment", "sandbar-edge");
      Map<?, ?> service = Chart.find(objects, "Service", "sandbar-edge-metrics");
      assertThat(Chart.at(deployment, "spec", "selector", "matchLabels"))
          .isEqualTo(Chart.at(service, "spec", "selector"));
    }
    assertThatThrownBy(() -> Chart.text("fullnameOverride: Sandbar"))
        .hasMessageContaining("fullnameOverride");
  }

  /** OpenShift admits a pod that names a user only if it is one of the namespace's. */
  @Test
  void noUserIsNamedUnlessItIsAsked() {
    Object pod = at(Chart.render("{}"), "securityContext");
    assertThat(pod)
        .isEqualTo(
            Map.of("runAsNonRoot", true, "seccompProfile", Map.of("type", "RuntimeDefault")));
    assertThat(Chart.text("{}")).doesNotContain("runAsUser", "runAsGroup", "fsGroup");
    assertThat(at(Chart.render("podSecurityContext: {runAsUser: 65532}"), "securityContext"))
        .hasFieldOrPropertyWithValue("runAsUser", 65532)
        .hasFieldOrPropertyWithValue("runAsNonRoot", true);
    assertThat(
            at(
                Chart.render("securityContext: {seLinuxOptions: {level: s0}}"),
                "containers",
                0,
                "securityContext"))
        .hasFieldOrPropertyWithValue("readOnlyRootFilesystem", true)
        .hasFieldOrPropertyWithValue("seLinuxOptions", Map.of("level", "s0"));
  }

  private static Object at(List<Map<String, Object>> objects, Object... path) {
    Map<?, ?> deployment = Chart.find(objects, "Deployment", "sandbar");
    return Chart.at(Chart.at(deployment, "spec", "template", "spec"), path);
  }

  /** Those objects exist once in a cluster, whatever the releases are called. */
  @Test
  void aReleaseBesideAnotherHasNoNameThatItDoesNotMake() {
    assertThatThrownBy(() -> Chart.text("clusterResources: false"))
        .hasMessageContaining("watchNamespaces");
    List<Map<String, Object>> objects =
        Chart.render(
            "{clusterResources: false, watchNamespaces: [b], fullnameOverride: second,"
                + " enrolment: {namespaces: [b]}, metrics: {readers: [{name: p, namespace: b}]}}");
    assertThat(objects)
        .filteredOn(o -> !((Map<?, ?>) Chart.at(o, "metadata")).containsKey("namespace"))
        .extracting(o -> (String) Chart.at(o, "metadata", "name"))
        .isNotEmpty()
        .allMatch(name -> name.startsWith("second"));
  }

  @Test
  void aDigestWinsOverTheTag() {
    String digest = "sha256:" + "0123456789abcdef".repeat(4);
    Map<?, ?> deployment =
        Chart.find(
            Chart.render("image: {repository: r.example/op, tag: x, digest: '" + digest + "'}"),
            "Deployment",
            "sandbar");
    assertThat(Chart.at(deployment, "spec", "template", "spec", "containers", 0, "image"))
        .isEqualTo("r.example/op@" + digest);
  }

  @Test
  void refusesAValueItDoesNotKnowByName() {
    assertThatThrownBy(() -> Chart.text("replica: 2"))
        .hasMessageContaining("replica")
        .hasMessageContaining("values don't meet the specifications of the schema");
    assertThatThrownBy(() -> Chart.text("metrics: {serviceMonitor: {enable: true}}"))
        .hasMessageContaining("metrics")
        .hasMessageContaining("serviceMonitor")
        .hasMessageContaining("enable");
  }

  @Test
  void refusesAValueThatCannotBeRightAndSaysWhich() {
    assertThatThrownBy(() -> Chart.text("replicas: many")).hasMessageContaining("replicas");
    assertThatThrownBy(() -> Chart.text("metrics: {port: 80}"))
        .hasMessageContaining("metrics")
        .hasMessageContaining("port")
        .hasMessageContaining("1,024");
    assertThatThrownBy(() -> Chart.text("image: {repository: x, digest: latest}"))
        .hasMessageContaining("digest");
    assertThatThrownBy(() -> Chart.text("watchNamespaces: [Plant]"))
        .hasMessageContaining("watchNamespaces");
    assertThatThrownBy(() -> Chart.text("image: {tag: '1'}"))
        .hasMessageContaining("image.repository is missing: build the operator's image");
    assertThatThrownBy(() -> Chart.text("serviceAccount: {create: false}"))
        .hasMessageContaining("serviceAccount.name must name an existing ServiceAccount");
  }

  @Test
  void everyValueHasASchemaAndADefault() {
    Map<?, ?> values = Chart.parse(Chart.read("values.yaml")).getFirst();
    Map<?, ?> schema = Chart.parse(Chart.read("values.schema.json")).getFirst();
    var inSchema = new TreeSet<String>();
    var inValues = new TreeSet<String>();
    var open = new ArrayList<String>();
    walk("", schema, values, inSchema, inValues, open);
    inSchema.removeAll(List.of("/global", "/resources/requests/ephemeral-storage"));
    inSchema.removeAll(List.of("/resources/limits/cpu", "/resources/limits/ephemeral-storage"));
    assertThat(inValues).isEqualTo(inSchema);
    assertThat(open).as("objects that let unknown keys pass").isEmpty();
  }

  private static void walk(
      String path,
      Map<?, ?> schema,
      Object values,
      TreeSet<String> inSchema,
      TreeSet<String> inValues,
      List<String> open) {
    if (!(schema.get("properties") instanceof Map<?, ?> properties)) {
      return;
    }
    if (!Boolean.FALSE.equals(schema.get("additionalProperties"))) {
      open.add(path);
    }
    if (values instanceof Map<?, ?> map) {
      map.keySet().forEach(key -> inValues.add(path + "/" + key));
    }
    properties.forEach(
        (key, value) -> {
          inSchema.add(path + "/" + key);
          Object below = values instanceof Map<?, ?> map ? map.get(key) : null;
          if (value instanceof Map<?, ?> child && below != null) {
            walk(path + "/" + key, child, below, inSchema, inValues, open);
          }
        });
  }
}
