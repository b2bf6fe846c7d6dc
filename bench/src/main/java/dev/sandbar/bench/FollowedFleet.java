package dev.sandbar.bench;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.Relay;
import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.kube.Json;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A virtual device that is a member of a fleet with some apps, on a real API server, without an
 * operator: its Lease is as in a fleet of up to 400 devices, and its bundle never changes.
 */
record FollowedFleet(ApiServer api, VirtualNetwork network, Relay relay, VirtualDevice device)
    implements AutoCloseable {
  private static final String NAME = "bench-fleet";
  private static final String IDENTITY = "/var/lib/sandbar/identity/";

  static FollowedFleet of(int apps) throws Exception {
    ApiServer api = ApiServer.start();
    api.applyCrds(Path.of(System.getProperty("sandbar.home"), "charts/sandbar/crds"));
    String namespace = api.newNamespace("bench");
    VirtualNetwork network = VirtualNetwork.create();
    Relay relay =
        api.relay(
            network
                .namespace(VirtualNetwork.Peer.ROUTER)
                .call(() -> new ServerSocket(0, 50, InetAddress.ofLiteral("192.0.2.1"))));
    VirtualDevice device = VirtualDevice.named(NAME).suite(Suite.TRIXIE).network(network).boot();
    String user = "sandbar:device:" + namespace + ":" + NAME;
    api.kubectl().apply(objects(namespace, user)).orThrow();
    api.kubectl().apply(bundle(namespace, apps)).orThrow();
    String server = "https://192.0.2.1:" + relay.port();
    device.write(
        "/etc/sandbar/agent.yaml",
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AgentConfig
        fleet: {server: "%s", namespace: %s, device: %s}
        """
            .formatted(server, namespace, NAME));
    String config = Files.readString(api.kubeconfig(user, "sandbar:devices"));
    device.write(
        IDENTITY + "client.pem",
        pem(config, "client-key-data") + pem(config, "client-certificate-data"));
    device.write(IDENTITY + "ca.pem", api.caPem());
    device.write(
        IDENTITY + "server.json",
        JsonWriter.indented(
            Json.object(
                "server", server,
                "namespace", namespace,
                "device", NAME,
                "type", "ClientCertificate",
                "uid", "")));
    device.exec("chmod", "-R", "go-rwx", IDENTITY).orThrow();
    return new FollowedFleet(api, network, relay, device);
  }

  private static String objects(String namespace, String user) {
    return """
    apiVersion: sandbar.dev/v1alpha1
    kind: Device
    metadata: {name: %1$s, namespace: %2$s}
    spec: {}
    ---
    apiVersion: coordination.k8s.io/v1
    kind: Lease
    metadata: {name: %1$s, namespace: %2$s}
    spec: {leaseDurationSeconds: 30}
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: RoleBinding
    metadata: {name: %1$s, namespace: %2$s}
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
    subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "%3$s"}]
    """
        .formatted(NAME, namespace, user);
  }

  private static String bundle(String namespace, int apps) {
    Node spec =
        Json.object(
            "run", Json.object("command", Json.texts(List.of("/usr/bin/sleep", "infinity"))));
    Bundle all =
        Bundle.of(
            IntStream.range(0, apps)
                .mapToObj(
                    i -> new BundleEntry(new AppName(BenchRepository.app(i)), spec, 1, "", ""))
                .toList());
    return JsonWriter.compact(
        Json.object(
            "apiVersion",
            "sandbar.dev/v1alpha1",
            "kind",
            "DeviceBundle",
            "metadata",
            Json.object("name", NAME, "namespace", namespace),
            "spec",
            all.toNode()));
  }

  private static String pem(String config, String key) throws IOException {
    String line =
        config
            .lines()
            .filter(it -> it.strip().startsWith(key + ":"))
            .findFirst()
            .orElseThrow(() -> new IOException("no " + key));
    return new String(
        Base64.getDecoder().decode(line.substring(line.indexOf(':') + 1).strip()),
        StandardCharsets.US_ASCII);
  }

  @Override
  public void close() {
    device.close();
    relay.close();
    network.close();
    api.close();
  }
}
