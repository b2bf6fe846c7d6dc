package dev.sandbar.e2e;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.Relay;
import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.bundle.Decommission;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.agent.FleetLink;
import dev.sandbar.device.fleet.BundleFollower;
import dev.sandbar.device.fleet.Credentials;
import dev.sandbar.device.fleet.FleetAddress;
import dev.sandbar.device.fleet.HttpCluster;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.JsonWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A device of a fleet as an owner with kubectl makes it: its objects, its rights, and a bundle that
 * is written by hand.
 */
final class FleetMember implements AutoCloseable {
  private static final Path CRDS = Path.of("../../charts/sandbar/crds");

  private final ApiServer api;
  private final String namespace;
  private final String name;
  private final Relay network;
  private final Map<String, BundleEntry> entries = new TreeMap<>();
  private final HttpClient client;
  private final AtomicInteger wiped = new AtomicInteger();
  private Decommission decommission = Decommission.NONE;

  private FleetMember(ApiServer api, String namespace, String name)
      throws IOException, GeneralSecurityException {
    this.api = api;
    this.namespace = namespace;
    this.name = name;
    this.network = api.relay(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    apply(objects());
    this.client =
        client(
            api.kubeconfig("sandbar:device:" + namespace + ":" + name, "sandbar:devices"));
  }

  static FleetMember enrol(ApiServer api, String namespace, String name)
      throws IOException, GeneralSecurityException {
    api.applyCrds(CRDS);
    return new FleetMember(api, namespace, name);
  }

  private String objects() {
    return """
    apiVersion: sandbar.dev/v1alpha1
    kind: Device
    metadata: {name: NAME, namespace: SPACE}
    spec: {}
    ---
    apiVersion: coordination.k8s.io/v1
    kind: Lease
    metadata: {name: NAME, namespace: SPACE, labels: {sandbar.dev/device: NAME}}
    spec: {leaseDurationSeconds: 6}
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata: {name: sandbar-device-NAME, namespace: SPACE}
    rules:
    - {apiGroups: [sandbar.dev], resources: [devices], resourceNames: [NAME], verbs: [get]}
    - {apiGroups: [sandbar.dev], resources: [devices/status, devicebundles/status], resourceNames: [NAME], verbs: [get, patch]}
    - {apiGroups: [sandbar.dev], resources: [devicebundles], resourceNames: [NAME], verbs: [get, list, watch]}
    - {apiGroups: [coordination.k8s.io], resources: [leases], resourceNames: [NAME], verbs: [get, update, patch]}
    - {apiGroups: [""], resources: [events], verbs: [create]}
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: RoleBinding
    metadata: {name: sandbar-device-NAME, namespace: SPACE}
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: sandbar-device-NAME}
    subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "sandbar:device:SPACE:NAME"}]
    """
        .replace("NAME", name)
        .replace("SPACE", namespace);
  }

  private void apply(String manifests) {
    api.kubectl().apply(manifests).orThrow();
  }

  private static HttpClient client(Path kubeconfig) throws IOException, GeneralSecurityException {
    String config = Files.readString(kubeconfig);
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    PrivateKey key = null;
    byte[] der =
        Base64.getMimeDecoder()
            .decode(pem(config, "client-key-data").replaceAll("-----[A-Z ]+-----", ""));
    for (String algorithm : List.of("EC", "RSA", "Ed25519")) {
      try {
        key = KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
        break;
      } catch (GeneralSecurityException e) {
        // Not this kind of key.
      }
    }
    keys.setKeyEntry(
        "device", key, new char[0], new Certificate[] {certificate(config, "client-certificate-data")});
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("ca", certificate(config, "certificate-authority-data"));
    var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keyManagers.init(keys, new char[0]);
    var trustManagers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trustManagers.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
    return HttpClient.newBuilder()
        .sslContext(context)
        .connectTimeout(Duration.ofSeconds(5))
        .build();
  }

  private static Certificate certificate(String config, String key)
      throws GeneralSecurityException {
    return CertificateFactory.getInstance("X.509")
        .generateCertificate(
            new ByteArrayInputStream(pem(config, key).getBytes(StandardCharsets.US_ASCII)));
  }

  private static String pem(String config, String key) {
    String line =
        config.lines().filter(l -> l.strip().startsWith(key + ":")).findFirst().orElseThrow();
    return new String(
        Base64.getDecoder().decode(line.substring(line.indexOf(':') + 1).strip()),
        StandardCharsets.US_ASCII);
  }

  /** What the agent of this device is given. */
  FleetLink link() {
    var credentials =
        new Credentials() {
          @Override
          public HttpClient client() {
            return client;
          }

          @Override
          public String authorization() {
            return "";
          }
        };
    var address =
        new FleetAddress(URI.create("https://127.0.0.1:" + network.port()), namespace, name);
    var timing =
        new BundleFollower.Timing(
            new Backoff(Duration.ofMillis(500), 2, Duration.ofSeconds(4)), Duration.ofSeconds(5));
    return new FleetLink(
        new HttpCluster(address.server(), credentials, Duration.ofSeconds(5)),
        address,
        "test",
        wiped::incrementAndGet,
        timing);
  }

  /** The network between the device and the server. */
  Relay network() {
    return network;
  }

  boolean isWiped() {
    return wiped.get() > 0;
  }

  /** Declares an app by its spec in the flow style of YAML, without writing the bundle yet. */
  FleetMember with(String app, long generation, String spec) {
    entries.put(
        app,
        new BundleEntry(
            new AppName(app), Texts.yaml("{" + spec + "}"), generation, "test@" + generation, ""));
    return this;
  }

  FleetMember without(String app) {
    entries.remove(app);
    return this;
  }

  FleetMember leaving(Decommission how) {
    decommission = how;
    return this;
  }

  /** Writes the bundle, whole. */
  FleetMember publish() {
    Bundle all = Bundle.of(entries.values());
    Node object =
        Node.mapping(
            List.of(
                Node.entry("apiVersion", Node.text("sandbar.dev/v1alpha1")),
                Node.entry("kind", Node.text("DeviceBundle")),
                Node.entry(
                    "metadata",
                    Node.mapping(
                        List.of(
                            Node.entry("name", Node.text(name)),
                            Node.entry("namespace", Node.text(namespace))))),
                Node.entry("spec", new Bundle(all.entries(), decommission).toNode())));
    apply(JsonWriter.compact(object));
    return this;
  }

  void deleteBundle() {
    api.kubectl("delete", "devicebundle", name, "-n", namespace, "--wait=true").orThrow();
  }

  /** A part of one of the device's objects. */
  Node object(String kind, String... path) {
    var result = api.kubectl("get", kind, name, "-n", namespace, "-o", "json");
    if (!result.ok()) {
      return Node.mapping(List.of());
    }
    Node at =
        JsonReader.read("kubectl", result.stdout().getBytes(StandardCharsets.UTF_8))
            .documents()
            .getFirst();
    for (String key : path) {
      at = at.fields().getOrDefault(key, Node.mapping(List.of()));
    }
    return at;
  }

  /** What the bundle's status says of an app. */
  Node reported(String app) {
    return object("devicebundle", "status", "apps", app);
  }

  /** The status of a condition that is reported of an app. */
  String condition(String app, String type) {
    return Texts.items(reported(app), "conditions").stream()
        .filter(c -> Texts.at(c, "type").equals(type))
        .map(c -> Texts.at(c, "status"))
        .findFirst()
        .orElse("absent");
  }

  /** Reasons of the events about this device. */
  List<String> events() {
    var reasons = new ArrayList<String>();
    String out =
        api.kubectl(
                "get",
                "events",
                "-n",
                namespace,
                "--field-selector",
                "involvedObject.name=" + name,
                "-o",
                "jsonpath={range .items[*]}{.reason}: {.message}{\"\\n\"}{end}")
            .orThrow();
    out.lines().forEach(reasons::add);
    return reasons;
  }

  @Override
  public void close() {
    network.close();
    client.shutdownNow();
  }
}
