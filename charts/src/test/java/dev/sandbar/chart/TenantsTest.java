package dev.sandbar.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.marcnuri.helm.Helm;
import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.apiserver.KubernetesApi.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What people may do in a namespace, asked of a real API server: every verb on every kind. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TenantsTest {
  private static final List<String> VERBS =
      List.of(
          "get",
          "list",
          "watch",
          "create",
          "update",
          "patch",
          "delete",
          "deletecollection",
          "bind",
          "approve");
  private static final List<String> KINDS =
      List.of(
          "appsandboxes",
          "gitsources",
          "devices",
          "devicebundles",
          "devicequeries",
          "appcontents",
          "fleethistories",
          "appsandboxes/status",
          "gitsources/status",
          "devices/status",
          "devicebundles/status",
          "devicequeries/status",
          "appsandboxes/finalizers",
          "gitsources/finalizers",
          "devices/finalizers",
          "devices/certificates",
          "devices/labels",
          "*");

  private static final List<String> READ = List.of("get", "list", "watch");
  private static final List<String> WRITE = List.of("create", "update", "patch", "delete");

  private final ApiServer api;

  TenantsTest(@KubernetesApi(scope = Scope.CLASS) ApiServer api) {
    this.api = api;
  }

  @BeforeAll
  void install() {
    for (String namespace : List.of("sandbar-system", "plant", "other")) {
      api.kubectl("create", "namespace", namespace).orThrow();
    }
    new Helm(Chart.FOLDER)
        .install()
        .set("image.repository", Chart.IMAGE)
        .withName("sandbar")
        .withNamespace("sandbar-system")
        .withKubeConfig(api.kubeconfig())
        .call();
    for (String role : List.of("view", "edit", "admin")) {
      api.kubectl(
              "create",
              "rolebinding",
              role,
              "--clusterrole=" + role,
              "--user=" + role,
              "-n",
              "plant")
          .orThrow();
    }
  }

  @Test
  void theRolesOfKubernetesGiveWhatThePageSays() throws InterruptedException {
    var view = rights(READ, "appsandboxes", "gitsources", "devices", "fleethistories");
    var edit = new TreeSet<>(view);
    edit.addAll(rights(WRITE, "appsandboxes", "gitsources"));
    var admin = new TreeSet<>(edit);
    admin.addAll(rights(WRITE, "devices"));
    awaitAggregation();
    assertThat(given("view", "plant")).isEqualTo(view);
    assertThat(given("edit", "plant")).isEqualTo(edit);
    assertThat(given("admin", "plant")).isEqualTo(admin);
    assertThat(given("admin", "other")).isEmpty();
  }

  @Test
  void nobodyGrantsOrDoesWhatHeDoesNotHave() throws InterruptedException {
    awaitAggregation();
    for (String role : List.of("sandbar-log-reader", "sandbar", "sandbar-certificates")) {
      assertThat(
              api.kubectl(
                      "create",
                      "rolebinding",
                      "more",
                      "--clusterrole=" + role,
                      "--user=admin",
                      "-n",
                      "plant",
                      "--as=admin")
                  .stderr())
          .contains("attempting to grant RBAC permissions not currently held");
    }
    api.kubectl()
        .apply(
            "{apiVersion: sandbar.dev/v1alpha1, kind: Device,"
                + " metadata: {name: d1, namespace: plant}, spec: {}}")
        .orThrow();
    String let = "{\"spec\":{\"approved\":true}}";
    assertThat(
            api.kubectl("patch", "dvc", "d1", "-n", "plant", "--type=merge", "-p", let, "--as=edit")
                .stderr())
        .contains("cannot patch resource \"devices\"");
    api.kubectl("patch", "dvc", "d1", "-n", "plant", "--type=merge", "-p", let, "--as=admin")
        .orThrow();
    // What Kubernetes has in these roles itself is no right over signers or other namespaces.
    assertThat(
            api.kubectl(
                    "auth",
                    "can-i",
                    "-q",
                    "--as=admin",
                    "update",
                    "certificatesigningrequests.certificates.k8s.io",
                    "--subresource=approval")
                .ok())
        .isFalse();
  }

  @Test
  void theRolesOfThePageGiveWhatTheyShow() throws IOException {
    Matcher blocks =
        Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("../docs/tenants.md")));
    var names = new ArrayList<String>();
    while (blocks.find()) {
      api.kubectl().apply(blocks.group(1)).orThrow();
      Map<String, Object> role = Chart.parse(blocks.group(1)).getFirst();
      String name = (String) Chart.at(role, "metadata", "name");
      names.add(name);
      api.kubectl("create", "rolebinding", name, "--role=" + name, "--user=" + name, "-n", "plant")
          .orThrow();
    }
    assertThat(names).containsExactly("app-reader", "app-author", "device-owner");
    var reader = rights(READ, "appsandboxes", "gitsources", "devices", "fleethistories");
    var author = new TreeSet<>(reader);
    author.addAll(rights(WRITE, "appsandboxes", "gitsources"));
    var owner = new TreeSet<>(reader);
    owner.addAll(rights(WRITE, "devices"));
    assertThat(given("app-reader", "plant")).isEqualTo(reader);
    assertThat(given("app-author", "plant")).isEqualTo(author);
    assertThat(given("device-owner", "plant")).isEqualTo(owner);
  }

  /** A controller of Kubernetes copies the rules: from view to edit, and from there to admin. */
  private void awaitAggregation() throws InterruptedException {
    long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    for (String right : List.of("get gitsources", "patch gitsources", "patch devices")) {
      String[] parts = right.split(" ", -1);
      while (!api.kubectl(
                  "auth",
                  "can-i",
                  "-q",
                  "--as=admin",
                  "-n",
                  "plant",
                  parts[0],
                  parts[1] + ".sandbar.dev")
              .ok()
          && System.nanoTime() < end) {
        Thread.sleep(200);
      }
    }
  }

  private static TreeSet<String> rights(List<String> verbs, String... kinds) {
    var rights = new TreeSet<String>();
    for (String kind : kinds) {
      verbs.forEach(verb -> rights.add(verb + " " + kind));
    }
    return rights;
  }

  /** All verbs of all kinds that the API server allows; kubectl auth can-i would ask one by one. */
  private TreeSet<String> given(String user, String namespace) {
    var asked = new ArrayList<String>();
    var reviews = new StringBuilder();
    for (String kind : KINDS) {
      for (String verb : VERBS) {
        asked.add(verb + " " + kind);
        String[] parts = kind.split("/", -1);
        reviews.append(
            """
            ---
            apiVersion: authorization.k8s.io/v1
            kind: SubjectAccessReview
            spec:
              user: %s
              resourceAttributes:
                {group: sandbar.dev, namespace: %s, verb: %s, resource: "%s", subresource: "%s"}
            """
                .formatted(user, namespace, verb, parts[0], parts.length > 1 ? parts[1] : ""));
      }
    }
    List<String> answers =
        List.of(
            api.kubectl()
                .runWithInput(
                    reviews.toString(), "create", "-f", "-", "-o", "jsonpath={.status.allowed} ")
                .orThrow()
                .strip()
                .split(" ", -1));
    assertThat(answers).hasSameSizeAs(asked).isSubsetOf("true", "false");
    var rights = new TreeSet<String>();
    for (int i = 0; i < asked.size(); i++) {
      if (answers.get(i).equals("true")) {
        rights.add(asked.get(i));
      }
    }
    return rights;
  }
}
