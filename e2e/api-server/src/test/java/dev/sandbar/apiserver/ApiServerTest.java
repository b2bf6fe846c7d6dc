package dev.sandbar.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a control plane gives to those that only use it. */
class ApiServerTest {
  @Test
  void answersToItsAdministrator(@KubernetesApi ApiServer api) {
    assertThat(api.kubectl("get", "--raw", "/readyz").orThrow()).isEqualTo("ok");
    assertThat(api.kubectl("version").orThrow()).contains("Server Version: v1.");
  }

  @Test
  void forbidsWhoeverHasNoName(@KubernetesApi ApiServer api) throws Exception {
    try (var client = HttpClient.newBuilder().sslContext(trusting(api.caFile())).build()) {
      var secrets = HttpRequest.newBuilder(URI.create(api.url() + "/api/v1/secrets")).build();
      HttpResponse<String> answer = client.send(secrets, HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(answer.body()).contains("system:anonymous");
    }
  }

  private static SSLContext trusting(Path caFile) throws IOException, GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    try (InputStream in = Files.newInputStream(caFile)) {
      trusted.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  @Test
  void grantsAUserWhatItsRoleSaysAndNothingElse(@KubernetesApi ApiServer api) {
    String namespace = api.newNamespace("rbac");
    Kubectl ada = api.kubectl().as(api.kubeconfig("ada", "readers"));
    assertThat(ada.run("get", "configmaps", "-n", namespace).stderr())
        .contains("User \"ada\" cannot list resource \"configmaps\"");
    api.kubectl("create", "role", "reader", "-n", namespace, "--verb=list", "--resource=configmaps")
        .orThrow();
    api.kubectl("create", "rolebinding", "r", "-n", namespace, "--role=reader", "--group=readers")
        .orThrow();
    assertThat(ada.run("get", "configmaps", "-n", namespace).ok()).isTrue();
    assertThat(ada.run("get", "secrets", "-n", namespace).ok()).isFalse();
  }

  @Test
  void refusesACertificateThatHasExpired(@KubernetesApi ApiServer api) {
    Instant now = Instant.now();
    Kubectl late =
        api.kubectl()
            .as(
                api.kubeconfig(
                    "late",
                    now.minus(Duration.ofDays(2)),
                    now.minus(Duration.ofDays(1)),
                    "system:masters"));
    KubectlResult result = late.run("get", "namespaces");
    assertThat(result.ok()).isFalse();
    assertThat(result.stderr()).containsIgnoringCase("unauthorized");
  }

  @Test
  void takesABootstrapToken(@KubernetesApi ApiServer api) {
    String token = api.newBootstrapToken(Duration.ofHours(1), "system:bootstrappers:line-1");
    String who =
        api.kubectl()
            .as(api.kubeconfigOfToken(token))
            .run("auth", "whoami", "-o", "json")
            .orThrow();
    assertThat(who)
        .contains("system:bootstrap:" + token.substring(0, 6))
        .contains("system:bootstrappers:line-1");
    String other = token.substring(0, 7) + "0000000000000000";
    assertThat(api.kubectl().as(api.kubeconfigOfToken(other)).run("auth", "whoami").ok()).isFalse();
  }

  @Test
  void signsACertificateRequestOnceItIsApproved(@KubernetesApi ApiServer api) {
    String pem = CertificateRequests.pem("device-7", "devices");
    String name = api.newNamespace("csr");
    api.kubectl()
        .apply(
            """
            apiVersion: certificates.k8s.io/v1
            kind: CertificateSigningRequest
            metadata:
              name: %s
            spec:
              request: %s
              signerName: kubernetes.io/kube-apiserver-client
              expirationSeconds: 3600
              usages: [client auth]
            """
                .formatted(
                    name, Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.UTF_8))))
        .orThrow();
    api.kubectl("certificate", "approve", name).orThrow();
    api.kubectl("wait", "--timeout=180s", "--for=jsonpath={.status.certificate}", "csr/" + name)
        .orThrow();
    String certificate =
        api.kubectl("get", "csr", name, "-o", "jsonpath={.status.certificate}").orThrow();
    assertThat(CertificateRequests.subject(certificate)).contains("CN=device-7");
  }

  @Test
  void removesANamespaceWithAllThatIsInIt(@KubernetesApi ApiServer api) {
    String namespace = api.newNamespace("gone");
    api.kubectl("create", "configmap", "a", "-n", namespace).orThrow();
    api.kubectl("delete", "namespace", namespace, "--timeout=180s").orThrow();
    assertThat(api.kubectl("get", "namespace", namespace).stderr()).contains("NotFound");
  }

  @Test
  void collectsWhatBelongedToADeletedObject(@KubernetesApi ApiServer api) {
    String namespace = api.newNamespace("owned");
    api.kubectl("create", "configmap", "owner", "-n", namespace).orThrow();
    String uid =
        api.kubectl("get", "configmap", "owner", "-n", namespace, "-o", "jsonpath={.metadata.uid}")
            .orThrow();
    api.kubectl()
        .apply(
            """
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: owned
              namespace: %s
              ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: owner, uid: %s}]
            """
                .formatted(namespace, uid))
        .orThrow();
    api.kubectl("delete", "configmap", "owner", "-n", namespace).orThrow();
    api.kubectl("wait", "--for=delete", "configmap/owned", "-n", namespace, "--timeout=180s")
        .orThrow();
  }

  @Test
  void definitionsAreAppliedAgainWhereTheyDoNotStand(
      @KubernetesApi ApiServer api, @TempDir Path folder) throws IOException {
    String text =
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: levers.test.sandbar.dev}
        spec:
          group: test.sandbar.dev
          names: {kind: Lever, plural: levers}
          scope: Namespaced
          versions:
          - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
        """;
    String levers =
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/levers.test.sandbar.dev";
    Path file = Files.writeString(folder.resolve("levers.yaml"), text);
    api.applyCrds(folder);
    String made = api.get(levers).orElseThrow();
    api.applyCrds(folder);
    assertThat(api.get(levers)).contains(made);

    Files.writeString(file, text.replace("{type: object}", "{type: object, description: new}"));
    api.applyCrds(folder);
    assertThat(api.get(levers).orElseThrow()).contains("\"description\":\"new\"");

    api.kubectl("delete", "crd", "levers.test.sandbar.dev").orThrow();
    assertThat(api.get(levers)).isEmpty();
    api.applyCrds(folder);
    assertThat(api.get(levers).orElseThrow()).contains("Established");
  }

  @Test
  void rulesOfADefinitionReachTheUser(@KubernetesApi ApiServer api) {
    api.kubectl()
        .apply(
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: gadgets.test.sandbar.dev}
            spec:
              group: test.sandbar.dev
              names: {kind: Gadget, plural: gadgets}
              scope: Namespaced
              versions:
              - name: v1
                served: true
                storage: true
                schema:
                  openAPIV3Schema:
                    type: object
                    properties:
                      spec:
                        type: object
                        properties: {size: {type: integer}}
                        x-kubernetes-validations:
                        - {rule: 'self.size < 5', message: 'a gadget is smaller than 5'}
            """)
        .orThrow();
    api.kubectl("wait", "--for=condition=Established", "crd/gadgets.test.sandbar.dev").orThrow();
    KubectlResult refused =
        api.kubectl()
            .apply(
                """
                apiVersion: test.sandbar.dev/v1
                kind: Gadget
                metadata: {name: big, namespace: default}
                spec: {size: 7}
                """);
    assertThat(refused.ok()).isFalse();
    assertThat(refused.stderr()).contains("a gadget is smaller than 5");
  }
}
