package dev.sandbar.apiserver;

import dev.sandbar.apiserver.Authority.Validity;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running Kubernetes control plane of this JVM's own: etcd, kube-apiserver and, where there is
 * one, kube-controller-manager. Methods that change it may be called from one thread at a time.
 */
public final class ApiServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);

  /** Five seconds are usual; a disk that has the programs far away needs its time once. */
  private static final Duration START_LIMIT = Duration.ofMinutes(5);

  private static final Duration ADMIN_LIFE = Duration.ofDays(29);

  private final Binaries binaries;
  private final WorkDirectory work;
  private final Authority authority;
  private final ControlPlane plane;
  private final HttpProbe probe;
  private final Component etcd;
  private final Component apiServer;
  private final Component controllerManager;
  private final boolean withControllerManager;
  private final Kubectl kubectl;
  private final Definitions definitions;
  private final Thread atExit = Thread.ofPlatform().unstarted(this::remove);
  private final AtomicInteger counter = new AtomicInteger();
  private final List<Relay> relays = new CopyOnWriteArrayList<>();

  private static final int PORT_TRIES = 3;
  private static final String PORT_TAKEN = "address already in use";

  private ApiServer(Binaries binaries, WorkDirectory work, ApiServerOptions options) {
    this.binaries = binaries;
    this.work = work;
    authority = Authority.create();
    plane = new ControlPlane(binaries, work, options, authority);
    ClientCertificate admin =
        authority.client("admin", List.of("system:masters"), Validity.ofNow(ADMIN_LIFE));
    probe = new HttpProbe(authority.self(), admin);
    Path adminFile =
        work.write("admin.kubeconfig", Kubeconfig.ofCertificate(url(), authority.self(), admin));
    etcd = plane.etcd();
    apiServer = plane.apiServer();
    controllerManager = plane.controllerManager();
    withControllerManager = options.controllerManager() && binaries.hasControllerManager();
    kubectl =
        new Kubectl(
            Path.of(binaries.program("kubectl")),
            adminFile,
            work.path(),
            System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
    definitions = new Definitions(kubectl, probe, url());
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** Starts a control plane with {@link ApiServerOptions#USUAL}. */
  public static ApiServer start() {
    return start(ApiServerOptions.USUAL);
  }

  /**
   * Starts a control plane and returns when it answers and its controllers work: some four seconds.
   *
   * @throws ApiServerException if the programs are missing, or one of them does not become ready,
   *     with the end of its log
   */
  public static ApiServer start(ApiServerOptions options) {
    for (int tries = 1; true; tries++) {
      try {
        return started(options);
      } catch (ApiServerException e) {
        // Somebody took a port after it was found to be free.
        if (tries == PORT_TRIES || !String.valueOf(e.getMessage()).contains(PORT_TAKEN)) {
          throw e;
        }
        LOG.warn("try={} a port was taken meanwhile; others are tried", tries);
      }
    }
  }

  private static ApiServer started(ApiServerOptions options) {
    long began = System.nanoTime();
    Binaries binaries = Binaries.find();
    var server = new ApiServer(binaries, WorkDirectory.create(), options);
    try {
      server.startEtcd();
      server.startApiServer();
      server.startControllerManager();
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
    LOG.info(
        "url={} binaries={} ms={} control plane started",
        server.url(),
        binaries.folder(),
        (System.nanoTime() - began) / 1_000_000);
    return server;
  }

  /** Returns the address of the API, such as {@code https://127.0.0.1:23456}. */
  public String url() {
    return "https://" + ControlPlane.HOST + ":" + plane.port();
  }

  /** Returns the TCP port of the API. */
  public int port() {
    return plane.port();
  }

  /**
   * Returns the PEM file of the authority that signed the server's certificate and signs clients.
   */
  public Path caFile() {
    return work.resolve("ca.crt");
  }

  /** Returns the same as text. */
  public String caPem() {
    return authority.self().certificatePem();
  }

  /** Returns a kubeconfig file of a user that may do everything. */
  public Path kubeconfig() {
    return work.resolve("admin.kubeconfig");
  }

  /** Writes a kubeconfig file of this user in these groups, by a client certificate. */
  public Path kubeconfig(String user, String... groups) {
    return kubeconfig(user, Validity.ofNow(ADMIN_LIFE), groups);
  }

  /** Writes the same with a certificate that holds between two instants only. */
  public Path kubeconfig(String user, Instant from, Instant until, String... groups) {
    return kubeconfig(user, new Validity(from, until), groups);
  }

  private Path kubeconfig(String user, Validity validity, String... groups) {
    ClientCertificate client = authority.client(user, List.of(groups), validity);
    return work.write(newFile(), Kubeconfig.ofCertificate(url(), authority.self(), client));
  }

  /** Writes a kubeconfig file of whom this bearer token stands for. */
  public Path kubeconfigOfToken(String token) {
    return work.write(newFile(), Kubeconfig.ofToken(url(), authority.self(), token));
  }

  private String newFile() {
    return "user-%d.kubeconfig".formatted(counter.incrementAndGet());
  }

  /** Returns kubectl, as the user that may do everything. */
  public Kubectl kubectl() {
    return kubectl;
  }

  /** Runs kubectl as the user that may do everything. */
  public KubectlResult kubectl(String... arguments) {
    return kubectl.run(arguments);
  }

  /** Makes a namespace and returns its name: the prefix and something that makes it unique. */
  public String newNamespace(String prefix) {
    String name =
        "%s-%d-%s"
            .formatted(
                prefix,
                counter.incrementAndGet(),
                Integer.toString(ThreadLocalRandom.current().nextInt(1 << 20), 36));
    int status =
        probe.post(
            url() + "/api/v1/namespaces",
            "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"%s\"}}"
                .formatted(name));
    if (status != 201) {
      throw new ApiServerException(
          "the namespace %s was not made: HTTP status %d".formatted(name, status));
    }
    return name;
  }

  /** Applies the CRDs of a file or folder, unless they stand, and waits until they are served. */
  public void applyCrds(Path manifests) {
    definitions.apply(manifests);
  }

  /** Returns what the API has at a path, if anything, as JSON: cheaper than to run kubectl. */
  public Optional<String> get(String path) {
    return probe.get(url() + path, "application/json");
  }

  /**
   * Publishes the authority of this server to everybody, as kubeadm does: a machine that knows its
   * pin can then check it.
   *
   * @param server the address that such machines reach it by
   */
  public void publishClusterInfo(String server) {
    kubectl().apply(ClusterInfo.manifest(server, caPem())).orThrow();
  }

  /**
   * Makes a bootstrap token that authenticates as {@code system:bootstrap:ID} in {@code
   * system:bootstrappers} and these groups, which must start with that name and a colon.
   *
   * @return the token, {@code ID.SECRET}
   */
  public String newBootstrapToken(Duration life, String... groups) {
    var token = BootstrapToken.random();
    kubectl.apply(token.manifest(Instant.now().plus(life), groups)).orThrow();
    return token.text();
  }

  /**
   * Lets clients reach the API through a socket that somebody opened elsewhere, for example in the
   * network of virtual devices. The socket closes with the relay, and the relay with this server.
   */
  public Relay relay(ServerSocket listening) {
    var relay = new Relay(listening, ControlPlane.HOST, plane.port());
    relays.add(relay);
    return relay;
  }

  /** Stops the API server (SIGTERM). Its objects stay in etcd. */
  public void stopApiServer() {
    apiServer.stop();
  }

  /** Ends the API server at once (SIGKILL). */
  public void killApiServer() {
    apiServer.kill();
  }

  /** Starts the API server again on the same port; returns when it is ready. */
  public void startApiServer() {
    apiServer.start(START_LIMIT, this::ready);
  }

  /** Halts the API server: connections stay open and nobody answers, until it is resumed. */
  public void pauseApiServer() {
    apiServer.pause();
  }

  /** Lets a halted API server go on. */
  public void resumeApiServer() {
    apiServer.resume();
  }

  /** Stops etcd. The API server stays and answers with errors. */
  public void stopEtcd() {
    etcd.stop();
  }

  /** Starts etcd again with the data that it had. */
  public void startEtcd() {
    etcd.start(START_LIMIT, () -> probe.answers(plane.etcdUrl() + "/readyz"));
    if (apiServer.alive()) {
      awaitReady();
    }
  }

  /** Stops and starts etcd; returns when the API server is ready again. */
  public void restartEtcd() {
    stopEtcd();
    startEtcd();
  }

  /** Lets etcd forget all but the newest version of everything; returns that revision. */
  public long compactEtcd() {
    return new EtcdStore(probe, plane.etcdUrl(), work.resolve("etcd")).compact();
  }

  /**
   * Keeps a copy of all data in this folder, which must not exist yet; etcd is stopped meanwhile.
   */
  public void backUp(Path folder) {
    stopEtcd();
    new EtcdStore(probe, plane.etcdUrl(), work.resolve("etcd")).copyTo(folder);
    startEtcd();
  }

  /** Puts such a copy back, as after a disaster: what was written since never was. */
  public void restore(Path folder) {
    stopApiServer();
    stopEtcd();
    new EtcdStore(probe, plane.etcdUrl(), work.resolve("etcd")).replaceBy(folder);
    startEtcd();
    startApiServer();
  }

  /** Tells whether kube-controller-manager belongs to this control plane. */
  public boolean hasControllerManager() {
    return withControllerManager;
  }

  /** Stops the controllers: nothing is signed, collected or cleaned any more. */
  public void stopControllerManager() {
    controllerManager.stop();
  }

  /** Starts the controllers, if there are any; returns when they work. */
  public void startControllerManager() {
    if (withControllerManager) {
      controllerManager.start(START_LIMIT, new ControllersWork(newNamespace("controllers")));
    }
  }

  /** Waits until the API server is ready. */
  public void awaitReady() {
    if (!Await.until(START_LIMIT, this::ready)) {
      throw new ApiServerException("the API server is not ready; its log:\n" + apiServer.tail());
    }
  }

  private boolean ready() {
    return probe.answers(url() + "/readyz");
  }

  /** A new namespace has got its service account, so the controllers have read what there is. */
  private final class ControllersWork implements BooleanSupplier {
    private final String account;

    ControllersWork(String namespace) {
      account = url() + "/api/v1/namespaces/" + namespace + "/serviceaccounts/default";
    }

    @Override
    public boolean getAsBoolean() {
      return probe.answers(account);
    }
  }

  /** Returns the log files of the programs by their names. */
  public Map<String, Path> logs() {
    return Map.of(
        etcd.name(), etcd.log(),
        apiServer.name(), apiServer.log(),
        controllerManager.name(), controllerManager.log());
  }

  /** Returns the process ids of the programs that run, by their names. */
  public Map<String, Long> pids() {
    var pids = new TreeMap<String, Long>();
    for (Component part : List.of(etcd, apiServer, controllerManager)) {
      if (part.alive()) {
        pids.put(part.name(), part.pid());
      }
    }
    return pids;
  }

  /** Returns the folder that holds all files of this control plane until it is closed. */
  public Path directory() {
    return work.path();
  }

  /** Returns the folder of the programs. */
  public Path binaries() {
    return binaries.folder();
  }

  /** Ends everything and removes all files. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The JVM is going down, and the hook closes this too.
    }
    remove();
  }

  private synchronized void remove() {
    relays.forEach(Relay::close);
    // In this order none waits for another; nothing of them is wanted any more, so at once.
    controllerManager.kill();
    apiServer.kill();
    etcd.kill();
    probe.close();
    work.close();
  }
}
