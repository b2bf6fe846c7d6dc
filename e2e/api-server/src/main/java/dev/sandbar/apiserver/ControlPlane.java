package dev.sandbar.apiserver;

import java.net.InetAddress;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The files and command lines of the three programs. */
final class ControlPlane {
  /** It listens on loopback. */
  static final String HOST = "127.0.0.1";

  /** What its certificate holds: those of the hosts beside virtual devices too. */
  private static final List<String> ADDRESSES =
      List.of(HOST, "::1", "192.0.2.1", "198.51.100.2", "192.168.77.2");

  private static final String CONTROLLERS =
      String.join(
          ",",
          "bootstrap-signer-controller",
          "certificatesigningrequest-cleaner-controller",
          "certificatesigningrequest-signing-controller",
          "clusterrole-aggregation-controller",
          "garbage-collector-controller",
          "namespace-controller",
          "serviceaccount-controller",
          "token-cleaner-controller");

  private final Binaries binaries;
  private final WorkDirectory work;
  private final ApiServerOptions options;
  private final Authority authority;
  private final String etcdUrl;
  private final int etcdPeerPort;
  private final int port;

  ControlPlane(
      Binaries binaries, WorkDirectory work, ApiServerOptions options, Authority authority) {
    this.binaries = binaries;
    this.work = work;
    this.options = options;
    this.authority = authority;
    InetAddress loopback = InetAddress.ofLiteral(HOST);
    etcdUrl = "http://127.0.0.1:" + Ports.free(loopback);
    etcdPeerPort = Ports.free(loopback);
    port = Ports.free(loopback);
    writeFiles();
  }

  String etcdUrl() {
    return etcdUrl;
  }

  int port() {
    return port;
  }

  private void writeFiles() {
    ClientCertificate server =
        authority.server(
            List.of("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"),
            ADDRESSES);
    work.write("ca.crt", authority.self().certificatePem());
    work.write("ca.key", authority.self().keyPem());
    work.write("server.crt", server.certificatePem());
    work.write("server.key", server.keyPem());
    KeyPair accounts = Authority.newKeys();
    work.write("accounts.key", ClientCertificate.privatePem(accounts.getPrivate()));
    work.write("accounts.pub", ClientCertificate.publicPem(accounts.getPublic()));
  }

  Component etcd() {
    String peer = "http://127.0.0.1:" + etcdPeerPort;
    return component(
        "etcd",
        List.of(
            "--data-dir=" + work.resolve("etcd"),
            "--listen-client-urls=" + etcdUrl,
            "--advertise-client-urls=" + etcdUrl,
            "--listen-peer-urls=" + peer,
            "--initial-advertise-peer-urls=" + peer,
            "--initial-cluster=default=" + peer,
            "--unsafe-no-fsync",
            "--log-level=warn"));
  }

  Component apiServer() {
    var flags =
        new ArrayList<>(
            List.of(
                "--etcd-servers=" + etcdUrl,
                "--bind-address=" + HOST,
                "--advertise-address=127.0.0.1",
                "--endpoint-reconciler-type=none",
                "--secure-port=" + port,
                "--tls-cert-file=" + work.resolve("server.crt"),
                "--tls-private-key-file=" + work.resolve("server.key"),
                "--client-ca-file=" + work.resolve("ca.crt"),
                "--service-account-key-file=" + work.resolve("accounts.pub"),
                "--service-account-signing-key-file=" + work.resolve("accounts.key"),
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-cluster-ip-range=10.96.0.0/24",
                "--authorization-mode=RBAC,Node",
                "--enable-bootstrap-token-auth",
                "--allow-privileged=true",
                "--profiling=false"));
    flags.addAll(options.apiServerFlags());
    return component("kube-apiserver", flags);
  }

  Component controllerManager() {
    return component(
        "kube-controller-manager",
        List.of(
            "--kubeconfig=" + work.resolve("admin.kubeconfig"),
            "--controllers=" + CONTROLLERS,
            "--cluster-signing-cert-file=" + work.resolve("ca.crt"),
            "--cluster-signing-key-file=" + work.resolve("ca.key"),
            "--root-ca-file=" + work.resolve("ca.crt"),
            "--service-account-private-key-file=" + work.resolve("accounts.key"),
            "--leader-elect=false",
            "--secure-port=0",
            "--profiling=false"));
  }

  private Component component(String program, List<String> flags) {
    return new Component(
        program,
        Stream.concat(Stream.of(binaries.program(program)), flags.stream()).toList(),
        work);
  }
}
