package dev.sandbar.e2e.fleet;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubectlResult;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.device.identity.EnrolOutcome;
import dev.sandbar.device.identity.EnrolRequest;
import dev.sandbar.device.identity.Enrolment;
import dev.sandbar.device.identity.Identity;
import dev.sandbar.device.identity.IdentityKind;
import dev.sandbar.device.identity.Member;
import dev.sandbar.device.kube.ApiCredentials;
import dev.sandbar.device.kube.ApiLimits;
import dev.sandbar.device.kube.KubeApi;
import dev.sandbar.device.kube.Trust;
import dev.sandbar.device.store.TpmKeys;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** An API server with the kinds, the rights and the part of the operator that lets devices in. */
final class EnrolStage implements AutoCloseable {
  static final Path CHART = Path.of("../../charts/sandbar");

  private static final String NAMESPACE_RIGHTS =
      """
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata: {name: sandbar-enrol, namespace: %1$s}
      rules: [{apiGroups: [sandbar.dev], resources: [devices], verbs: [create, get]}]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata: {name: sandbar-enrol, namespace: %1$s}
      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: sandbar-enrol}
      subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:bootstrappers:sandbar:%1$s"}]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata: {name: sandbar-operator-accounts, namespace: %1$s}
      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sandbar-operator-accounts}
      subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: enrolling-operator}]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata: {name: sandbar-enrol}
      rules: [{apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], verbs: [create, get]}]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata: {name: sandbar-enrol}
      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sandbar-enrol}
      subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:bootstrappers:sandbar"}]
      """;

  private static final String OPERATOR =
      """
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata: {name: sandbar-operator-enrol}
      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sandbar-operator-enrol}
      subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: enrolling-operator}]
      """;

  private final ApiServer api;
  private final KubernetesClient client;
  private final dev.sandbar.operator.enrol.EnrolmentReconciler operator;
  private final SharedIndexInformer<Device> devices;

  EnrolStage(ApiServer api) {
    this.api = api;
    api.applyCrds(CHART.resolve("crds"));
    for (String file : List.of("fleet-rbac.yaml", "device-events.yaml", "device-writes.yaml")) {
      Path path = CHART.resolve("files").resolve(file).toAbsolutePath();
      kubectl("apply", "--server-side", "-f", path.toString());
    }
    api.kubectl().apply(OPERATOR).orThrow();
    try {
      Config config = Config.fromKubeconfig(Files.readString(api.kubeconfig("enrolling-operator")));
      config.setClientKeyAlgo("EC");
      client = new KubernetesClientBuilder().withConfig(config).build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    operator =
        new dev.sandbar.operator.enrol.EnrolmentReconciler(
            client,
            Clock.systemUTC(),
            new SimpleMeterRegistry(),
            () -> 30,
            java.util.Set.of(),
            new dev.sandbar.operator.history.OwnActs(Clock.systemUTC()),
            why -> {
              throw new AssertionError(why);
            });
    operator.start();
    devices = client.resources(Device.class).inAnyNamespace().inform(new Seen());
  }

  /** Shows the operator what its other part would show it. */
  private final class Seen implements ResourceEventHandler<Device> {
    @Override
    public void onAdd(Device device) {
      operator.deviceSeen(device);
    }

    @Override
    public void onUpdate(Device before, Device device) {
      operator.deviceSeen(device);
    }

    @Override
    public void onDelete(Device device, boolean unknown) {
      operator.deviceGone(device.getMetadata().getNamespace(), device.getMetadata().getName());
    }
  }

  ApiServer api() {
    return api;
  }

  KubernetesClient client() {
    return client;
  }

  dev.sandbar.operator.enrol.EnrolmentReconciler operator() {
    return operator;
  }

  /** A namespace in which devices may enrol. */
  String namespace() {
    String namespace = api.newNamespace("fleet");
    rights(namespace);
    return namespace;
  }

  /** Lets devices enrol in a namespace. */
  void rights(String namespace) {
    api.kubectl().apply(NAMESPACE_RIGHTS.formatted(namespace)).orThrow();
  }

  String token(String namespace, boolean approve) {
    var groups = new ArrayList<String>();
    groups.add("system:bootstrappers:sandbar");
    groups.add("system:bootstrappers:sandbar:" + namespace);
    if (approve) {
      groups.add("system:bootstrappers:sandbar:" + namespace + ":approve");
    }
    return api.newBootstrapToken(Duration.ofHours(1), groups.toArray(String[]::new));
  }

  /** What {@code sandbar fleet token create --labels} grants to a token. */
  void grantLabels(String namespace, String token, String labels) {
    api.kubectl()
        .apply(
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: labels, namespace: %1$s}
            rules: [{apiGroups: [sandbar.dev], resources: [devices/labels], resourceNames: ["%3$s"], verbs: [create]}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: labels, namespace: %1$s}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: labels}
            subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "system:bootstrap:%2$s"}]
            """
                .formatted(namespace, token.substring(0, 6), labels))
        .orThrow();
  }

  EnrolRequest request(String namespace, String name, Duration timeout) {
    return request(namespace, name, timeout, IdentityKind.CLIENT_CERTIFICATE);
  }

  EnrolRequest request(String namespace, String name, Duration timeout, IdentityKind kind) {
    SortedMap<String, String> labels = new TreeMap<>();
    labels.put("site", "berlin");
    return new EnrolRequest(
        server(),
        api.caPem(),
        new Member(namespace, name),
        kind,
        labels,
        EnrolRequest.USUAL_LIFE,
        timeout,
        false);
  }

  dev.sandbar.device.kube.ApiServerAddress server() {
    return dev.sandbar.device.kube.ApiServerAddress.of(api.url()).orElseThrow();
  }

  /** Asks by a bootstrap token. */
  KubeApi thief(String token) {
    return new KubeApi(
        server(),
        new Trust.Authorities(api.caFile()),
        new ApiCredentials.Token(token),
        ApiLimits.DEFAULT,
        InstantSource.system());
  }

  String uid(String namespace, String device) {
    return kubectl("get", "device", device, "-n", namespace, "-o", "jsonpath={.metadata.uid}");
  }

  /** The request of a device that nobody has decided. */
  String pending(String namespace, String device) {
    String each = "{range .items[*]}{.metadata.name} {.status.conditions[*].type}{\"\\n\"}{end}";
    return kubectl("get", "csr", "-o", "jsonpath=" + each)
        .lines()
        .filter(it -> it.matches("sandbar-" + namespace + "-" + device + "-[0-9a-f]+ *"))
        .findFirst()
        .orElseThrow()
        .strip();
  }

  /** Enrols with a token that needs nobody's word. */
  Identity enrolled(Path root, String namespace, String name)
      throws IOException, InterruptedException {
    EnrolOutcome outcome =
        enrol(root, request(namespace, name, Duration.ofSeconds(60)), token(namespace, true));
    if (!(outcome instanceof EnrolOutcome.Enrolled)) {
      throw new AssertionError("not enrolled: " + outcome);
    }
    return load(root, namespace, name, InstantSource.system());
  }

  static EnrolOutcome enrol(Path root, EnrolRequest request, String token)
      throws IOException, InterruptedException {
    return enrol(root, request, token, new ArrayList<>());
  }

  static EnrolOutcome enrol(Path root, EnrolRequest request, String token, List<String> said)
      throws IOException, InterruptedException {
    return enrol(root, TpmKeys.NONE, request, token, said);
  }

  static EnrolOutcome enrol(
      Path root, TpmKeys tpm, EnrolRequest request, String token, List<String> said)
      throws IOException, InterruptedException {
    return new Enrolment(root, tpm, InstantSource.system(), said::add).enrol(request, token);
  }

  Identity load(Path root, String namespace, String name, InstantSource time) {
    return load(root, TpmKeys.NONE, namespace, name, time);
  }

  Identity load(Path root, TpmKeys tpm, String namespace, String name, InstantSource time) {
    return switch (Identity.load(root, tpm, api.url(), new Member(namespace, name), "", time)) {
      case Identity.Loading.Loaded(Identity identity) -> identity;
      case Identity.Loading.Missing(String message, String help) ->
          throw new AssertionError(message + "; " + help);
    };
  }

  /** Key and certificate of a device, as in its file, that ended yesterday. */
  String expired(String namespace, String name) throws IOException {
    Instant now = Instant.now();
    String kubeconfig =
        Files.readString(
            api.kubeconfig(
                "sandbar:device:" + namespace + ":" + name,
                now.minus(Duration.ofDays(31)),
                now.minus(Duration.ofDays(1)),
                "sandbar:devices"));
    return inline(kubeconfig, "client-key-data") + inline(kubeconfig, "client-certificate-data");
  }

  private static String inline(String kubeconfig, String key) {
    String value = kubeconfig.replaceFirst("(?s).*" + key + ":\\s*\"?([A-Za-z0-9+/=]+).*", "$1");
    return new String(Base64.getDecoder().decode(value), StandardCharsets.US_ASCII);
  }

  String kubectl(String... arguments) {
    return api.kubectl(arguments).orThrow();
  }

  KubectlResult tried(String... arguments) {
    return api.kubectl(arguments);
  }

  @Override
  public void close() {
    devices.close();
    operator.close();
    client.close();
  }
}
