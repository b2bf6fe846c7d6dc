package dev.sandbar.cli.fleet;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** The API server, with every failure thrown as a {@link FleetException}. */
final class FleetConnection implements AutoCloseable {
  /** Objects of one answer: bounds what either side holds of a large fleet at once. */
  private static final long PAGE = 500;

  /** As which the API server remembers what the command changed. */
  static final String MANAGER = "sandbar-cli";

  private final KubernetesClient client;
  private final Config config;
  private final String namespace;
  private final boolean everywhere;

  private FleetConnection(
      KubernetesClient client, Config config, String namespace, boolean everywhere) {
    this.client = client;
    this.config = config;
    this.namespace = namespace;
    this.everywhere = everywhere;
  }

  /** Reads the kubeconfig; nothing is sent yet. */
  static FleetConnection open(FleetTarget target) {
    Config config = KubeconfigFile.read(target);
    if (!target.user().isEmpty()) {
      config.setImpersonateUsername(target.user());
      config.setImpersonateGroups(target.groups().toArray(new String[0]));
    }
    String own = config.getNamespace();
    String namespace =
        target.namespace().isEmpty()
            ? own == null || own.isEmpty() ? "default" : own
            : target.namespace();
    try {
      var client = new KubernetesClientBuilder().withConfig(config).build();
      return new FleetConnection(client, config, namespace, target.everywhere());
    } catch (KubernetesClientException e) {
      throw new FleetException(
          "the kubeconfig cannot be used: " + ApiErrors.root(e),
          "Try it with kubectl: kubectl version",
          e);
    }
  }

  KubernetesClient client() {
    return client;
  }

  Config config() {
    return config;
  }

  /** The namespace of single objects. */
  String namespace() {
    return namespace;
  }

  boolean everywhere() {
    return everywhere;
  }

  /** Address of the API server. */
  String server() {
    return config.getMasterUrl().replaceFirst("/$", "");
  }

  /** Does it; {@code what} is in the imperative, for messages. */
  <T> T explained(String what, Supplier<T> call) {
    return ApiErrors.explained(server(), what, call);
  }

  /**
   * Every object of a kind, page by page.
   *
   * @param selector of labels, as kubectl has it; may be empty
   */
  <T extends HasMetadata> void each(Class<T> kind, String selector, Consumer<T> taker) {
    MixedOperation<T, KubernetesResourceList<T>, Resource<T>> all = client.resources(kind);
    FilterWatchListDeletable<T, KubernetesResourceList<T>, Resource<T>> scoped =
        everywhere ? all.inAnyNamespace() : all.inNamespace(namespace);
    var wanted = selector.isEmpty() ? scoped : scoped.withLabelSelector(selector);
    pages(
        "list "
            + HasMetadata.getFullResourceName(kind)
            + (everywhere ? "" : " in the namespace " + namespace),
        options -> wanted.list(options),
        taker);
  }

  /** The objects of a list, page by page. */
  <T extends HasMetadata> void pages(
      String what,
      Function<ListOptions, ? extends KubernetesResourceList<T>> list,
      Consumer<T> taker) {
    String next = "";
    do {
      var options = new ListOptionsBuilder().withLimit(PAGE);
      if (!next.isEmpty()) {
        options.withContinue(next);
      }
      KubernetesResourceList<T> page = explained(what, () -> list.apply(options.build()));
      page.getItems().forEach(taker);
      next = Standing.text(page.getMetadata().getContinue());
    } while (!next.isEmpty());
  }

  /** One object, of the namespace if its kind has one; empty if there is none of the name. */
  <T extends HasMetadata> Optional<T> find(Class<T> kind, String name) {
    return find(kind, namespace, name);
  }

  /** The same in another namespace. */
  <T extends HasMetadata> Optional<T> find(Class<T> kind, String place, String name) {
    var all = client.resources(kind);
    return Optional.ofNullable(
        explained(
            "get " + HasMetadata.getFullResourceName(kind) + " " + name,
            () ->
                Namespaced.class.isAssignableFrom(kind)
                    ? all.inNamespace(place).withName(name).get()
                    : all.withName(name).get()));
  }

  /**
   * One object of the namespace.
   *
   * @throws FleetException if there is none of the name
   */
  <T extends HasMetadata> T get(Class<T> kind, String name) {
    return find(kind, name)
        .orElseThrow(
            () ->
                new FleetException(
                    "there is no "
                        + HasMetadata.getSingular(kind)
                        + " "
                        + name
                        + " in the namespace "
                        + namespace,
                    "List them: kubectl get " + HasMetadata.getPlural(kind) + " -n " + namespace));
  }

  /** Changes some fields of an object that is there: a JSON merge patch. */
  <T extends HasMetadata> T patch(Class<T> kind, String name, String json) {
    var context =
        new PatchContext.Builder()
            .withPatchType(PatchType.JSON_MERGE)
            .withFieldManager(MANAGER)
            .build();
    return explained(
        "change " + HasMetadata.getFullResourceName(kind) + " " + name,
        () -> client.resources(kind).inNamespace(namespace).withName(name).patch(context, json));
  }

  @Override
  public void close() {
    client.close();
  }
}
