package dev.sandbar.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * The rights that tests work with, against those of the chart: what works there must work for
 * whoever installs the chart.
 */
class RightsTest {
  private static final List<Map<String, Object>> TRIED =
      Chart.parse(Chart.read("files/fleet-rbac.yaml"));
  private static final List<Map<String, Object>> CHART =
      Chart.render("{rbac: {serviceAccountIdentity: true}, enrolment: {namespaces: [plant]}}");

  @Test
  void devicesMayDoTheSame() {
    Set<String> tried = rights(TRIED, "sandbar-device-renewal");
    assertThat(tried).isNotEmpty().isEqualTo(rights(CHART, "sandbar-device-renewal"));
    assertThat(subjects(TRIED)).isEqualTo(subjects(CHART));
  }

  /** The tests apply the file; a chart without it would let devices tell of each other. */
  @Test
  void devicesTellOfThemselvesAloneWhateverIsTurnedOff() {
    List<Map<String, Object>> least =
        Chart.render("{admissionPolicy: {enabled: false}, enrolment: {enabled: false}}");
    for (String file : List.of("files/device-events.yaml", "files/device-writes.yaml")) {
      for (Map<String, Object> object : Chart.parse(Chart.read(file))) {
        assertThat(least).contains(object);
        assertThat(CHART).contains(object);
      }
    }
  }

  /** An expression that fails refuses: here every event of the cluster by a user without groups. */
  @Test
  void policiesTakeUsersWithoutGroups() {
    List<Map<String, Object>> policies =
        CHART.stream()
            .filter(object -> "ValidatingAdmissionPolicy".equals(object.get("kind")))
            .toList();
    assertThat(policies).extracting(RightsTest::name).contains("device-events.sandbar.dev");
    assertThat(policies).noneMatch(policy -> policy.toString().contains("userInfo.groups"));
  }

  @Test
  void theChartGivesTheOperatorNoLess() {
    Set<String> given = new TreeSet<>(rights(CHART, "sandbar"));
    given.addAll(rights(CHART, "sandbar-certificates"));
    assertThat(rights(TRIED, "sandbar-operator-enrol")).isNotEmpty().isSubsetOf(given);
  }

  /** Who may make tokens may act as any ServiceAccount in reach. */
  @Test
  void nobodyMakesTokensOfTheWholeCluster() {
    for (List<Map<String, Object>> objects : List.of(TRIED, CHART)) {
      Set<String> makers = new TreeSet<>();
      for (Map<String, Object> object : objects) {
        if ("ClusterRole".equals(object.get("kind"))
            && rights(objects, name(object)).stream()
                .anyMatch(it -> it.contains("serviceaccounts"))) {
          makers.add(name(object));
        }
      }
      assertThat(makers).hasSize(1);
      assertThat(objects)
          .filteredOn(object -> "ClusterRoleBinding".equals(object.get("kind")))
          .noneMatch(object -> makers.contains(Chart.at(object, "roleRef", "name")));
    }
    assertThat(rights(TRIED, "sandbar-operator-accounts"))
        .isEqualTo(rights(CHART, "sandbar-accounts"));
    assertThat(
            Chart.at(Chart.find(CHART, "RoleBinding", "sandbar-accounts"), "metadata", "namespace"))
        .isEqualTo("plant");
  }

  private static String name(Map<String, Object> object) {
    return (String) Chart.at(object, "metadata", "name");
  }

  /** What RBAC cannot bind to names must at least be no verb that nobody needs. */
  @Test
  void whatIsGivenOnLeasesAndRolesOfTheWholeClusterIsWhatIsUsed() {
    Set<String> given = rights(CHART, "sandbar");
    assertThat(verbs(given, "coordination.k8s.io/leases"))
        .containsExactly("create", "get", "list", "patch", "update", "watch");
    assertThat(verbs(given, "rbac.authorization.k8s.io/roles"))
        .containsExactly("create", "get", "update");
    assertThat(verbs(given, "rbac.authorization.k8s.io/rolebindings"))
        .containsExactly("create", "delete", "get", "update");
    // A hundred thousand of them cost the operator nothing: it reads none.
    assertThat(verbs(given, "/events")).containsExactly("create", "patch");
    assertThat(given).noneMatch(right -> right.contains("*"));
  }

  @Test
  void configMapsAreReadAndNeverWrittenAndOnlyIfThatIsWanted() {
    assertThat(verbs(rights(CHART, "sandbar"), "/configmaps"))
        .containsExactly("get", "list", "watch");
    assertThat(rights(Chart.render("{rbac: {readConfigMaps: false}}"), "sandbar"))
        .isNotEmpty()
        .noneMatch(right -> right.contains("configmaps"));
  }

  private static List<String> verbs(Set<String> rights, String resource) {
    return rights.stream()
        .filter(right -> right.endsWith(" " + resource))
        .map(right -> right.substring(0, right.indexOf(' ')))
        .toList();
  }

  private static Object subjects(List<Map<String, Object>> objects) {
    return Chart.at(
        Chart.find(objects, "ClusterRoleBinding", "sandbar-device-renewal"), "subjects");
  }

  /** Every single right of a role, in words. */
  private static Set<String> rights(List<Map<String, Object>> objects, String role) {
    var rights = new TreeSet<String>();
    for (Object rule : (List<?>) Chart.at(Chart.find(objects, "ClusterRole", role), "rules")) {
      if (((Map<?, ?>) rule).get("nonResourceURLs") instanceof List<?> paths) {
        paths.forEach(path -> rights.add("get " + path));
        continue;
      }
      var names = ((Map<?, ?>) rule).get("resourceNames");
      for (Object group : (List<?>) Chart.at(rule, "apiGroups")) {
        for (Object resource : (List<?>) Chart.at(rule, "resources")) {
          for (Object verb : (List<?>) Chart.at(rule, "verbs")) {
            rights.add(verb + " " + group + "/" + resource + (names == null ? "" : " " + names));
          }
        }
      }
    }
    return rights;
  }
}
