package dev.sandbar.operator.gitsource;

import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.crds.v1alpha1.GitSourceStatus;
import dev.sandbar.gitserver.HttpsGitServer;
import dev.sandbar.gitserver.TestRepository;
import dev.sandbar.operator.GrowingPolls;
import dev.sandbar.operator.app.Clients;
import dev.sandbar.operator.history.OwnActs;
import dev.sandbar.operator.publish.AppContents;
import dev.sandbar.source.git.GitReach;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A namespace of a real API server, a real Git server, and the GitSources part of an operator. */
final class World implements AutoCloseable {
  static final Path CRDS = Path.of("../../charts/sandbar/crds");

  final ApiServer api;
  final String namespace;
  final Path temp;
  final TestRepository repository;
  final HttpsGitServer git;
  final KubernetesClient client;

  /** Method and path of each request of the operator, watches left out. */
  final List<String> requests = new CopyOnWriteArrayList<>();

  /** What somebody else does just before a request of the operator. */
  volatile Consumer<String> meanwhile = _ -> {};

  /** What the operator has done, for its history. */
  final OwnActs acts = new OwnActs(Clock.systemUTC());

  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private @Nullable KubernetesClient operatorClient;
  private @Nullable GitSources sources;

  World(ApiServer api, Path temp) throws Exception {
    this.api = api;
    this.temp = temp;
    api.applyCrds(CRDS);
    namespace = api.newNamespace("gits");
    repository = TestRepository.create(temp.resolve("served/repo"));
    git = HttpsGitServer.start(temp.resolve("served"));
    client = Clients.working(config(), Map.of());
    secret("git", Map.of("ca.crt", ca()));
  }

  String ca() throws IOException {
    return Files.readString(Path.of(HttpsGitServer.caFile(temp.resolve("served"))));
  }

  private Config config() throws IOException {
    return new ConfigBuilder(Config.fromKubeconfig(Files.readString(api.kubeconfig())))
        .withClientKeyAlgo("EC")
        .build();
  }

  /** Starts the operator's part, or starts it again. */
  GitSources operator(String... more) throws IOException {
    stopOperator();
    var namespaces = new ArrayList<>(List.of(more));
    namespaces.add(namespace);
    KubernetesClient started = Clients.working(config(), Map.of("count", new Count()));
    operatorClient = started;
    var begun =
        new GitSources(
            started,
            new AppContents(started),
            acts,
            Clock.systemUTC(),
            registry,
            GitSourceConfig.of(namespaces, temp.resolve("cache"))
                .withReach(GitReach.OTHER_MACHINES.withLoopback()));
    begun.start();
    sources = begun;
    return begun;
  }

  /** What the operator that runs now asks the API server with. */
  KubernetesClient operatorClient() {
    return Objects.requireNonNull(operatorClient, "no operator runs");
  }

  void stopOperator() {
    if (sources != null) {
      sources.close();
      sources.awaitEnd();
      sources = null;
    }
    if (operatorClient != null) {
      operatorClient.close();
      operatorClient = null;
    }
  }

  private final class Count implements Interceptor {
    @Override
    public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
      String query = String.valueOf(request.uri().getQuery());
      if (!query.contains("watch=true")) {
        String what = request.method() + " " + request.uri().getPath();
        requests.add(what);
        meanwhile.accept(what);
      }
    }
  }

  void secret(String name, Map<String, String> data) {
    client
        .secrets()
        .inNamespace(namespace)
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("sandbar.dev/git", "true")
                .endMetadata()
                .withStringData(data)
                .build())
        .createOr(it -> it.update());
  }

  /** A manifest of an app that runs {@code /bin/true}. */
  static String app(String name, String... lines) {
    return """
    apiVersion: sandbar.dev/v1alpha1
    kind: AppSandbox
    metadata: {name: %s}
    spec:
      run: {command: [/bin/true]}
    """
            .formatted(name)
        + String.join("", List.of(lines).stream().map(it -> "  " + it + "\n").toList());
  }

  /** Makes a GitSource of the repository, with these further lines of its spec. */
  void source(String name, String... lines) {
    api.kubectl().apply(sourceText(name, git.url("repo"), "1h", lines)).orThrow();
  }

  String sourceText(String name, String url, String interval, String... lines) {
    return """
    apiVersion: sandbar.dev/v1alpha1
    kind: GitSource
    metadata: {name: %s, namespace: %s}
    spec:
      url: %s
      interval: %s
      secretRef: {name: git}
    """
            .formatted(name, namespace, url, interval)
        + String.join("", List.of(lines).stream().map(it -> "  " + it + "\n").toList());
  }

  Resource<GenericKubernetesResource> sourceOf(String name) {
    return client
        .genericKubernetesResources(ObjectNames.SOURCES)
        .inNamespace(namespace)
        .withName(name);
  }

  Resource<GenericKubernetesResource> appOf(String name) {
    return client
        .genericKubernetesResources(ObjectNames.APPS)
        .inNamespace(namespace)
        .withName(name);
  }

  List<String> apps() {
    return client
        .genericKubernetesResources(ObjectNames.APPS)
        .inNamespace(namespace)
        .list()
        .getItems()
        .stream()
        .map(it -> it.getMetadata().getName())
        .sorted()
        .toList();
  }

  Map<String, Object> spec(String app) {
    var spec = new TreeMap<String, Object>();
    if (appOf(app).require().getAdditionalProperties().get("spec") instanceof Map<?, ?> fields) {
      fields.forEach((key, value) -> spec.put(String.valueOf(key), value));
    }
    return spec;
  }

  /** Asks to look now and waits until that is done. */
  void reconcile(String source) {
    String at = String.valueOf(System.nanoTime());
    api.kubectl(
            "annotate",
            "--overwrite",
            "gits",
            source,
            "-n",
            namespace,
            ObjectNames.REQUESTED_AT + "=" + at)
        .orThrow();
    until(() -> at.equals(status(source).lastHandledReconcileAt()));
  }

  GitSourceStatus status(String source) {
    Object status = sourceOf(source).require().getAdditionalProperties().get("status");
    return status == null
        ? new GitSourceStatus(null, List.of(), null, null, null, List.of(), List.of())
        : client.getKubernetesSerialization().convertValue(status, GitSourceStatus.class);
  }

  /** {@code STATUS Reason: message} of a condition; empty text if there is none. */
  String condition(String source, String type) {
    return StatusFold.condition(status(source), type)
        .map(it -> it.status() + " " + it.reason() + ": " + it.message())
        .orElse("");
  }

  void awaitReady(String source) {
    awaitCondition(source, "Ready", "True");
  }

  void awaitCondition(String source, String type, String start) {
    await()
        .atMost(Duration.ofMinutes(4))
        .pollInterval(GrowingPolls.INTERVAL)
        .untilAsserted(
            () ->
                org.assertj.core.api.Assertions.assertThat(condition(source, type))
                    .startsWith(start));
  }

  /** {@code Reason: message} of all events. */
  List<String> events() {
    Collection<Event> events = client.v1().events().inNamespace(namespace).list().getItems();
    return events.stream().map(it -> it.getReason() + ": " + it.getMessage()).toList();
  }

  static void until(Callable<Boolean> condition) {
    until(Duration.ofMinutes(4), condition);
  }

  static void until(Duration limit, Callable<Boolean> condition) {
    await().atMost(limit).pollInterval(GrowingPolls.INTERVAL).until(condition);
  }

  @Override
  public void close() {
    stopOperator();
    git.close();
    client.close();
    // The namespace stays: to remove one asks for every kind that there is, and costs a second.
  }
}
