package dev.sandbar.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.marcnuri.helm.Helm;
import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.Kubectl;
import dev.sandbar.apiserver.KubectlResult;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.apiserver.KubernetesApi.Scope;
import dev.sandbar.operator.app.OperatorMain;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;

/** The chart on a real API server, and whether its rights are enough, and not too many. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InstallTest {
  private static final String SYSTEM = "sandbar-system";
  private static final String ACCOUNT = "system:serviceaccount:" + SYSTEM + ":sandbar";

  private final ApiServer api;

  InstallTest(@KubernetesApi(scope = Scope.CLASS) ApiServer api) {
    this.api = api;
  }

  @BeforeAll
  void install() {
    api.kubectl("create", "namespace", SYSTEM).orThrow();
    api.kubectl("label", "namespace", SYSTEM, "pod-security.kubernetes.io/enforce=restricted")
        .orThrow();
    api.kubectl("create", "namespace", "plant").orThrow();
    Path values =
        Chart.valuesFile(
            """
            rbac: {serviceAccountIdentity: true}
            enrolment: {namespaces: [plant]}
            policy:
              permissions: {deny: [ACCESS_SERIAL, camera]}
              maxLevel: Sensitive
              usb: [{vendor: "0bda", product: "2838"}]
              devices: [/dev/hidraw0]
            metrics: {readers: [{name: prometheus, namespace: plant}]}
            history: {recordUsers: true}
            """);
    new Helm(Chart.FOLDER)
        .install()
        .set("image.repository", Chart.IMAGE)
        .withName("sandbar")
        .withNamespace(SYSTEM)
        .withKubeConfig(api.kubeconfig())
        .withValuesFile(values)
        .call();
    Chart.delete(values);
  }

  @Test
  void theKindsAreServed() {
    api.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "--all").orThrow();
    assertThat(api.kubectl("get", "asb,dvc,gits,dvcb", "-A").ok()).isTrue();
  }

  @Test
  void anAppThatCannotBeIsRefusedWithTheReason() throws InterruptedException {
    String app = app("permissions: {internett: true}");
    assertThat(refusal(app)).contains("internett");
    api.kubectl()
        .runWithInput(app.replace("internett", "internet"), "create", "--dry-run=server", "-f", "-")
        .orThrow();
  }

  @Test
  void whatTheOwnerOfTheFleetDeniesIsRefusedByEveryWay() throws InterruptedException {
    var denied = new LinkedHashMap<String, String>();
    denied.put("mode: Open", "the policy of the fleet denies that");
    denied.put(
        "raw: [{directive: ProtectClock, value: no, reason: asked for by my test}]", "spec.raw");
    denied.put("permissions: {kernelTuning: [{name: vm.swappiness, value: 10}]}", "does not list");
    denied.put("permissions: {kernelModules: [tun]}", "policy.kernelModules of the fleet");
    denied.put(
        "permissions: {mounts: [{source: nas, mountPath: /n}]}", "policy.mounts of the fleet");
    denied.put("permissions: {readLogs: [sshd.service]}", "policy.readLogs of the fleet");
    denied.put(nodes("serial", "/dev/ttyUSB0"), "permissions.serial is denied");
    denied.put(nodes("devices", "/dev/ttyACM0"), "permissions.serial is denied");
    denied.put(nodes("devices", "/dev/v4l/by-id/x"), "permissions.camera is denied");
    // The policy of specs refuses an alias too, and which of the two answers is the API server's.
    denied.put(nodes("ACCESS_DEVICES", "/dev/video10"), "denied request");
    denied.put(nodes("devices", "/dev/hidraw1"), "policy.devices of the fleet");
    denied.put(nodes("devices", "/dev/bus/usb"), "policy.devices of the fleet");
    denied.put(
        "permissions: {usb: [{vendor: \"0403\", product: \"6001\"}]}", "policy.usb of the fleet");
    for (var entry : denied.entrySet()) {
      assertThat(refusal(app(entry.getKey()))).as(entry.getKey()).contains(entry.getValue());
    }
    for (String fine :
        List.of(
            nodes("devices", "/dev/hidraw0"),
            nodes("devices", "/dev/gpiochip16"),
            "permissions: {usb: [{vendor: \"0BDA\", product: \"2838\"}]}",
            "permissions: {serial: false}")) {
      api.kubectl().runWithInput(app(fine), "create", "--dry-run=server", "-f", "-").orThrow();
    }
  }

  /** What a request says of it is replaced, whatever it changes. */
  @Test
  void theUserWhoChangesAnObjectStandsInIt() throws InterruptedException {
    String source =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: GitSource
        metadata: {name: users, namespace: plant, annotations: {sandbar.dev/changedBy: forged}}
        spec: {url: "https://127.0.0.1:1/a.git", suspend: true}
        """;
    for (String user : List.of("jane", "joe")) {
      api.kubectl(
              "create",
              "clusterrolebinding",
              "sources-" + user,
              "--clusterrole=cluster-admin",
              "--user=" + user)
          .orThrow();
    }
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    String by = "";
    while (!by.equals("jane") && System.nanoTime() < end) {
      Thread.sleep(200);
      KubectlResult made =
          api.kubectl()
              .runWithInput(
                  source, "create", "--as=jane", "--dry-run=server", "-o", "json", "-f", "-");
      // Until the API server can write it, nobody can.
      by = made.ok() ? changedBy(made) : "";
    }
    assertThat(by).isEqualTo("jane");
    api.kubectl().runWithInput(source, "create", "--as=jane", "-f", "-").orThrow();
    assertThat(changed("annotate", "--overwrite", "sandbar.dev/changedBy=forged", "a=b"))
        .as("neither spec nor labels")
        .isEqualTo("jane");
    assertThat(changed("annotate", "sandbar.dev/changedBy-")).isEqualTo("jane");
    assertThat(
            changed(
                "patch",
                "--type=merge",
                "-p",
                "{\"spec\": {\"suspend\": false}, \"metadata\": {\"annotations\": null}}"))
        .isEqualTo("joe");
    api.kubectl("delete", "gits", "users", "-n", "plant", "--wait=false").orThrow();
  }

  private String changed(String verb, String... args) {
    var all = new ArrayList<>(List.of(verb, "gits", "users"));
    all.addAll(List.of(args));
    all.addAll(List.of("-n", "plant", "--as=joe", "-o", "json"));
    return changedBy(api.kubectl(all.toArray(String[]::new)));
  }

  private static String changedBy(KubectlResult result) {
    return String.valueOf(
        Chart.at(
            Chart.parse(result.orThrow()).getFirst(),
            "metadata",
            "annotations",
            "sandbar.dev/changedBy"));
  }

  private static String nodes(String permission, String path) {
    return "permissions: {%s: [{device: %s}]}".formatted(permission, path);
  }

  /** A policy takes a moment to be in force after it is stored. */
  private String refusal(String app) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    KubectlResult result = api.kubectl().runWithInput(app, "create", "--dry-run=server", "-f", "-");
    while (result.ok() && System.nanoTime() < end) {
      Thread.sleep(200);
      result = api.kubectl().runWithInput(app, "create", "--dry-run=server", "-f", "-");
    }
    return result.stderr();
  }

  private static String app(String spec) {
    return """
    {apiVersion: sandbar.dev/v1alpha1, kind: AppSandbox, metadata: {name: asking, namespace: plant},
      spec: {run: {command: [/usr/bin/true]}, %s}}
    """
        .formatted(spec);
  }

  @Test
  void anUpgradeChangesWhatItSaysAndNothingElse() {
    Path values = Chart.valuesFile("replicas: 2\n");
    new Helm(Chart.FOLDER)
        .upgrade()
        .withName("sandbar")
        .withNamespace(SYSTEM)
        .withKubeConfig(api.kubeconfig())
        .reuseValues()
        .withValuesFile(values)
        .call();
    Chart.delete(values);
    assertThat(
            api.kubectl(
                    "get", "deployment", "sandbar", "-n", SYSTEM, "-o", "jsonpath={.spec.replicas}")
                .orThrow())
        .isEqualTo("2");
    assertThat(api.kubectl("get", "pdb", "sandbar", "-n", SYSTEM).ok()).isTrue();
    assertThat(api.kubectl("get", "role", "sandbar-enrol", "-n", "plant").ok()).isTrue();
  }

  @Test
  void aNamespaceOfRestrictedPodsTakesItsPod() {
    Map<?, ?> deployment = Chart.find(Chart.render("{}"), "Deployment", "sandbar");
    Object pod =
        Map.of(
            "apiVersion",
            "v1",
            "kind",
            "Pod",
            "metadata",
            Map.of("name", "try", "namespace", SYSTEM),
            "spec",
            Chart.at(deployment, "spec", "template", "spec"));
    String yaml = new Dump(DumpSettings.builder().build()).dumpToString(pod);
    api.kubectl().runWithInput(yaml, "create", "--dry-run=server", "-f", "-").orThrow();
    var loose = yaml.replace("runAsNonRoot: true", "runAsNonRoot: false");
    assertThat(api.kubectl().runWithInput(loose, "create", "--dry-run=server", "-f", "-").stderr())
        .contains("violates PodSecurity");
  }

  @Test
  void theOperatorMayDoAllThatItDoes() {
    for (String right :
        List.of(
            "list appsandboxes.sandbar.dev",
            "watch devices.sandbar.dev",
            "patch appsandboxes.sandbar.dev --subresource=status",
            "patch devices.sandbar.dev --subresource=status",
            "patch gitsources.sandbar.dev --subresource=status",
            "patch gitsources.sandbar.dev",
            "create appsandboxes.sandbar.dev",
            "delete appsandboxes.sandbar.dev",
            "create devicebundles.sandbar.dev",
            "patch devicebundles.sandbar.dev",
            "list fleethistories.sandbar.dev",
            "create fleethistories.sandbar.dev",
            "patch fleethistories.sandbar.dev",
            "get validatingadmissionpolicybindings.admissionregistration.k8s.io/changed-by.sandbar.dev",
            "watch devicequeries.sandbar.dev",
            "patch devicequeries.sandbar.dev",
            "delete devicequeries.sandbar.dev",
            "create leases.coordination.k8s.io",
            "watch leases.coordination.k8s.io",
            "create roles.rbac.authorization.k8s.io",
            "create rolebindings.rbac.authorization.k8s.io",
            "create events",
            "get secrets",
            "create serviceaccounts -n plant",
            "create serviceaccounts --subresource=token -n plant",
            "create devices.sandbar.dev --subresource=certificates",
            "delete rolebindings.rbac.authorization.k8s.io",
            "list certificatesigningrequests.certificates.k8s.io",
            "update certificatesigningrequests.certificates.k8s.io --subresource=approval")) {
      assertThat(may(ACCOUNT, right)).as("may " + right).isTrue();
    }
  }

  @Test
  void theOperatorMayNotDoMore() {
    for (String right :
        List.of(
            "list secrets",
            "delete fleethistories.sandbar.dev",
            "create pods",
            "create secrets",
            "create clusterroles.rbac.authorization.k8s.io",
            "escalate roles.rbac.authorization.k8s.io",
            "bind clusterroles.rbac.authorization.k8s.io",
            "impersonate users",
            "create serviceaccounts",
            "create serviceaccounts --subresource=token",
            "create certificatesigningrequests.certificates.k8s.io",
            "update nodes",
            "delete namespaces")) {
      assertThat(may(ACCOUNT, right)).as("may " + right).isFalse();
    }
  }

  @Test
  void theOperatorMayApproveCertificatesOfClientsAlone() {
    assertThat(mayApprove("kubernetes.io/kube-apiserver-client")).isEqualTo("true");
    assertThat(mayApprove("kubernetes.io/kube-apiserver-client-kubelet")).isNotEqualTo("true");
    assertThat(mayApprove("kubernetes.io/kubelet-serving")).isNotEqualTo("true");
  }

  /** kubectl auth can-i takes no name with a slash. */
  private String mayApprove(String signer) {
    String review =
        """
        apiVersion: authorization.k8s.io/v1
        kind: SubjectAccessReview
        spec:
          user: %s
          resourceAttributes:
            {group: certificates.k8s.io, resource: signers, verb: approve, name: %s}
        """
            .formatted(ACCOUNT, signer);
    return api.kubectl()
        .runWithInput(review, "create", "-f", "-", "-o", "jsonpath={.status.allowed}")
        .orThrow();
  }

  @Test
  void theOperatorMayGiveADeviceItsRoleAndNoBroaderOne() {
    Kubectl operator = operator();
    String role =
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: sandbar-device-d1, namespace: plant}
        rules:
        - {apiGroups: [sandbar.dev], resources: [devices, devicequeries], resourceNames: [d1], verbs: [get]}
        - {apiGroups: [sandbar.dev], resources: [devices/status], resourceNames: [d1], verbs: [get, patch]}
        - {apiGroups: [sandbar.dev], resources: [devices/certificates], resourceNames: [d1], verbs: [create]}
        - {apiGroups: [sandbar.dev], resources: [devicebundles], resourceNames: [d1], verbs: [get, list, watch]}
        - {apiGroups: [sandbar.dev], resources: [devicebundles/status], resourceNames: [d1], verbs: [get, patch]}
        - {apiGroups: [sandbar.dev], resources: [appcontents], verbs: [get]}
        - {apiGroups: [sandbar.dev], resources: [devicequeries/status], resourceNames: [d1], verbs: [get, patch]}
        - {apiGroups: [coordination.k8s.io], resources: [leases], resourceNames: [d1], verbs: [get, update, patch]}
        - {apiGroups: [""], resources: [events], verbs: [create]}
        - {apiGroups: [""], resources: [serviceaccounts/token], resourceNames: [sandbar-device-d1], verbs: [create]}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: sandbar-device-d1, namespace: plant}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: sandbar-device-d1}
        subjects:
        - {apiGroup: rbac.authorization.k8s.io, kind: User, name: "sandbar:device:plant:d1"}
        """;
    operator.runWithInput(role, "create", "-f", "-").orThrow();
    String broader = role.replace("verbs: [create]}", "verbs: ['*']}");
    assertThat(operator.runWithInput(broader, "replace", "-f", "-").stderr())
        .contains("attempting to grant RBAC permissions not currently held");
  }

  @Test
  void aTokenOfTheFleetMayAskForACertificateAndRegisterInItsNamespaceOnly() {
    String[] groups = {
      "system:bootstrappers", "system:bootstrappers:sandbar", "system:bootstrappers:sandbar:plant"
    };
    String who = "system:bootstrap:abcdef";
    assertThat(may(who, "create certificatesigningrequests.certificates.k8s.io", groups)).isTrue();
    assertThat(may(who, "create devices.sandbar.dev -n plant", groups)).isTrue();
    assertThat(may(who, "create devices.sandbar.dev -n " + SYSTEM, groups)).isFalse();
    assertThat(may(who, "list devices.sandbar.dev -n plant", groups)).isFalse();
    assertThat(may(who, "get secrets -n plant", groups)).isFalse();
    String device = "sandbar:device:plant:d9";
    assertThat(
            may(device, "create certificatesigningrequests.certificates.k8s.io", "sandbar:devices"))
        .isTrue();
    assertThat(may(device, "get certificatesigningrequests.certificates.k8s.io", "sandbar:devices"))
        .isFalse();
    assertThat(may(device, "get devicebundles.sandbar.dev -n plant", "sandbar:devices")).isFalse();
  }

  @Test
  void theOperatorItselfRunsWithTheseRightsAlone() throws Exception {
    Path kubeconfig = api.kubeconfigOfToken(token());
    Path log = api.directory().resolve("operator.log");
    int port = freePort();
    var command =
        List.of(
            // Ends with this JVM, however that ends.
            "setpriv",
            "--pdeathsig",
            "KILL",
            "--",
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            OperatorMain.class.getName(),
            "--kubeconfig=" + kubeconfig,
            "--listen=0.0.0.0",
            "--metrics-port=" + port,
            "--probe-port=0",
            "--webhook-port=0",
            "--cache-dir=" + api.directory().resolve("clones"),
            "--lease-namespace=" + SYSTEM,
            "--identity=test");
    Process operator =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    String reader = token("prometheus");
    String pod = token("pod");
    try {
      long end = System.nanoTime() + Duration.ofSeconds(90).toNanos();
      while (!metrics(port, reader).contains("sandbar_leader 1")) {
        assertThat(operator.isAlive() && System.nanoTime() < end)
            .as("the operator leads; its log: " + Files.readString(log))
            .isTrue();
        Thread.sleep(100);
      }
      assertThat(metrics(port, "")).isEqualTo("401");
      assertThat(metrics(port, pod)).isEqualTo("403");
      api.kubectl().apply(device()).orThrow();
      // Consent is a change by an owner, never part of what a device registers.
      String consent = "{\"spec\":{\"approved\":true}}";
      api.kubectl("patch", "dvc", "d2", "-n", "plant", "--type=merge", "-p", consent).orThrow();
      // What it makes for a device that is let in, down to a token that only the device can read.
      while (!api.kubectl("get", "dvc", "d2", "-n", "plant", "-o", "jsonpath={.status.credential}")
          .orThrow()
          .contains("{")) {
        assertThat(System.nanoTime() < end)
            .as("the device is let in; the log: " + Files.readString(log))
            .isTrue();
        Thread.sleep(200);
      }
      api.kubectl("get", "role,rolebinding,serviceaccount", "sandbar-device-d2", "-n", "plant")
          .orThrow();
      api.kubectl("get", "lease", "d2", "-n", "plant").orThrow();
    } finally {
      operator.destroy();
      assertThat(operator.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(Files.readString(log)).doesNotContainIgnoringCase("forbidden");
  }

  private static String device() throws NoSuchAlgorithmException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    byte[] key = generator.generateKeyPair().getPublic().getEncoded();
    return """
    apiVersion: sandbar.dev/v1alpha1
    kind: Device
    metadata: {name: d2, namespace: plant}
    spec:
      identity: {type: ServiceAccount, publicKey: %s}
    """
        .formatted(Base64.getEncoder().encodeToString(key));
  }

  /** The token of a ServiceAccount of the namespace plant. */
  private String token(String account) {
    api.kubectl("create", "serviceaccount", account, "-n", "plant").orThrow();
    return api.kubectl("create", "token", account, "-n", "plant").orThrow().strip();
  }

  /** What whoever has the token reads, or the status; empty while nobody answers. */
  private static String metrics(int port, String token) throws GeneralSecurityException {
    try {
      var connection =
          (HttpsURLConnection)
              URI.create("https://127.0.0.1:" + port + "/metrics").toURL().openConnection();
      var context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new Anybody()}, new SecureRandom());
      connection.setSSLSocketFactory(context.getSocketFactory());
      connection.setHostnameVerifier((_, _) -> true);
      connection.setReadTimeout(10_000);
      if (!token.isEmpty()) {
        connection.setRequestProperty("Authorization", "Bearer " + token);
      }
      if (connection.getResponseCode() != 200) {
        return String.valueOf(connection.getResponseCode());
      }
      try (var body = connection.getInputStream()) {
        return new String(body.readAllBytes(), StandardCharsets.UTF_8);
      }
    } catch (IOException e) {
      return "";
    }
  }

  /** As insecureSkipVerify of the ServiceMonitor. */
  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private String token() {
    return api.kubectl("create", "token", "sandbar", "-n", SYSTEM).orThrow();
  }

  private Kubectl operator() {
    return api.kubectl().as(api.kubeconfigOfToken(token()));
  }

  private boolean may(String user, String right, String... groups) {
    var arguments = new ArrayList<>(List.of("auth", "can-i", "-q", "--as=" + user));
    for (String group : groups) {
      arguments.add("--as-group=" + group);
    }
    arguments.addAll(List.of(right.split(" ", -1)));
    return api.kubectl().run(arguments.toArray(String[]::new)).ok();
  }
}
