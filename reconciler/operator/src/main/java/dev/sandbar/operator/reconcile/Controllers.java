package dev.sandbar.operator.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.RegisteredController;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** The controllers of the operator SDK that run, each set up as all are. */
public final class Controllers implements AutoCloseable {
  private final KubernetesClient client;
  private final Consumer<String> fatal;
  private final List<Operator> running = new CopyOnWriteArrayList<>();

  /**
   * None yet.
   *
   * @param fatal takes the reason why one cannot go on
   */
  public Controllers(KubernetesClient client, Consumer<String> fatal) {
    this.client = client;
    this.fatal = fatal;
  }

  /**
   * Runs one. Returns once all objects of the kind are known, however long that takes.
   *
   * @param name of the kind
   * @param namespace to look after; empty means all
   * @param configure what differs from the others
   */
  public <T extends HasMetadata> void run(
      String name,
      String namespace,
      Reconciler<T> reconciler,
      Consumer<ControllerConfigurationOverrider<T>> configure) {
    var operator =
        new Operator(
            overrider ->
                overrider
                    .withKubernetesClient(client)
                    .withCloseClientOnStop(false)
                    .withUseSSAToPatchPrimaryResource(false)
                    .checkingCRDAndValidateLocalModel(false)
                    .withStopOnInformerErrorDuringStartup(false)
                    .withCacheSyncTimeout(Duration.ofDays(365))
                    .withExecutorService(Executors.newVirtualThreadPerTaskExecutor())
                    .withReconciliationTerminationTimeout(Duration.ofSeconds(5))
                    .withInformerStoppedHandler(
                        (informer, failure) -> {
                          if (failure != null) {
                            fatal.accept(informer + " is no longer followed: " + failure);
                          }
                        }));
    RegisteredController<T> _ =
        operator.register(
            reconciler,
            controller -> {
              controller
                  .withName(namespace.isEmpty() ? name : name + "-" + namespace)
                  .withGenerationAware(false)
                  .withRetry(new BackoffRetry());
              if (namespace.isEmpty()) {
                controller.watchingAllNamespaces();
              } else {
                controller.settingNamespace(namespace);
              }
              configure.accept(controller);
            });
    operator.start();
    running.add(operator);
  }

  /** Which kinds are not followed at this moment; empty if all are. */
  public String trouble() {
    return running.stream()
        .flatMap(it -> it.getRuntimeInfo().unhealthyEventSources().entrySet().stream())
        // It names those that have none, too.
        .filter(it -> !it.getValue().isEmpty())
        .findFirst()
        .map(it -> it.getKey() + " is not followed")
        .orElse("");
  }

  @Override
  public void close() {
    running.forEach(Operator::stop);
  }
}
