package dev.sandbar.e2e;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubectlResult;
import dev.sandbar.apiserver.Relay;
import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.bundle.Decommission;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.agent.FleetLink;
import dev.sandbar.device.fleet.BundleFollower;
import dev.sandbar.device.fleet.FleetAddress;
import dev.sandbar.device.fleet.LinkUse;
import dev.sandbar.device.kube.ApiCredentials;
import dev.sandbar.device.kube.ApiLimits;
import dev.sandbar.device.kube.FileDecryption;
import dev.sandbar.device.kube.KubeApi;
import dev.sandbar.device.kube.Trust;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.JsonWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A device of a fleet as an owner with kubectl makes it: its objects, its rights, and a bundle that
 * is written by hand.
 */
final class FleetMember implements AutoCloseable {
  private static final Path CHART = Path.of("../../charts/sandbar");

  private final ApiServer api;
  private final String namespace;
  private final String name;
  private final Relay network;
  private final Map<String, BundleEntry> entries = new TreeMap<>();
  private final KubeApi client;
  private final Path folder;
  private final AtomicInteger wiped = new AtomicInteger();
  private Decommission decommission = Decommission.NONE;

  private FleetMember(ApiServer api, String namespace, String name) throws IOException {
    this.api = api;
    this.namespace = namespace;
    this.name = name;
    this.network = api.relay(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    apply(objects());
    this.folder = Files.createTempDirectory("sandbar-member");
    this.client =
        client(api.kubeconfig("sandbar:device:" + namespace + ":" + name, "sandbar:devices"));
  }

  static FleetMember enrol(ApiServer api, String namespace, String name) throws IOException {
    api.applyCrds(CHART.resolve("crds"));
    api.kubectl().apply(Files.readString(CHART.resolve("files/device-events.yaml"))).orThrow();
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
    - {apiGroups: [sandbar.dev], resources: [appcontents], verbs: [get]}
    - {apiGroups: [sandbar.dev], resources: [devicequeries], resourceNames: [NAME], verbs: [get]}
    - {apiGroups: [sandbar.dev], resources: [devicequeries/status], resourceNames: [NAME], verbs: [get, patch]}
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

  private KubeApi client(Path kubeconfig) throws IOException {
    String config = Files.readString(kubeconfig);
    Path client = clientFile();
    Files.createFile(
        client, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(
        client, pem(config, "client-key-data") + pem(config, "client-certificate-data"));
    return client(address(), api.caFile(), client);
  }

  private Path clientFile() {
    return folder.resolve("client.pem");
  }

  private static KubeApi client(FleetAddress address, Path authorities, Path client) {
    return new KubeApi(
        new dev.sandbar.device.kube.ApiServerAddress(address.server()),
        new Trust.Authorities(authorities),
        new ApiCredentials.ClientCertificate(client, FileDecryption.NONE),
        new ApiLimits(Duration.ofSeconds(5), Duration.ofSeconds(5), ApiLimits.DEFAULT.answer()),
        InstantSource.system());
  }

  private static String pem(String config, String key) {
    String line =
        config.lines().filter(l -> l.strip().startsWith(key + ":")).findFirst().orElseThrow();
    return new String(
        Base64.getDecoder().decode(line.substring(line.indexOf(':') + 1).strip()),
        StandardCharsets.US_ASCII);
  }

  private FleetAddress address() {
    return new FleetAddress(URI.create("https://127.0.0.1:" + network.port()), namespace, name);
  }

  /** What the agent of this device is given. */
  FleetLink link() {
    return link(LinkUse.USUAL);
  }

  /** What an agent in another process needs to make itself the same. */
  List<String> linkArguments() {
    return List.of(
        address().server().toString(),
        namespace,
        name,
        api.caFile().toString(),
        clientFile().toString());
  }

  static FleetLink link(String... arguments) {
    var address = new FleetAddress(URI.create(arguments[0]), arguments[1], arguments[2]);
    return link(
        client(address, Path.of(arguments[3]), Path.of(arguments[4])),
        address,
        () -> {},
        LinkUse.USUAL);
  }

  /** The same over a link that is used like this. */
  FleetLink link(LinkUse use) {
    return link(client, address(), wiped::incrementAndGet, use);
  }

  private static FleetLink link(
      KubeApi client, FleetAddress address, FleetLink.Standing wipe, LinkUse use) {
    var timing =
        new BundleFollower.Timing(
            new Backoff(Duration.ofMillis(500), 2, Duration.ofSeconds(4)), Duration.ofSeconds(5));
    return new FleetLink(client, address, "test", wipe, timing, use);
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
    // Not applied: of a map that becomes empty, server-side apply makes null.
    String json = JsonWriter.compact(object);
    KubectlResult replaced = api.kubectl().runWithInput(json, "replace", "-f", "-");
    // The device writes the status at any time, and a version in between is a conflict.
    for (int i = 0; i < 5 && replaced.stderr().contains("(Conflict)"); i++) {
      replaced = api.kubectl().runWithInput(json, "replace", "-f", "-");
    }
    if (replaced.stderr().contains("(NotFound)")) {
      replaced = api.kubectl().runWithInput(json, "create", "-f", "-");
    }
    replaced.orThrow();
    return this;
  }

  void deleteBundle() {
    api.kubectl("delete", "devicebundle", name, "-n", namespace, "--wait=true").orThrow();
  }

  /** Deletes the Device and what it owns, its rights with it. */
  void deleteDevice() {
    String rights = "sandbar-device-" + name;
    api.kubectl("delete", "-n", namespace, "rolebinding/" + rights, "role/" + rights).orThrow();
    api.kubectl(
            "delete", "-n", namespace, "device/" + name, "devicebundle/" + name, "lease/" + name)
        .orThrow();
  }

  /** Makes the Device anew under its name, without a bundle. */
  void enrolAgain() {
    apply(objects());
  }

  /** What the server answers to a watch of the bundles from this version on. */
  String watchFrom(String version) {
    return api.kubectl(
            "get",
            "--raw",
            "/apis/sandbar.dev/v1alpha1/namespaces/%s/devicebundles?watch=true&timeoutSeconds=2&resourceVersion=%s"
                .formatted(namespace, version))
        .stdout();
  }

  /** A part of one of the device's objects. */
  Node object(String kind, String... path) {
    String group = kind.equals("lease") ? "coordination.k8s.io/v1" : "sandbar.dev/v1alpha1";
    String found =
        api.get("/apis/%s/namespaces/%s/%ss/%s".formatted(group, namespace, kind, name))
            .orElse("{}");
    Node at = JsonReader.read(kind, found.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
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
    client.close();
  }
}
