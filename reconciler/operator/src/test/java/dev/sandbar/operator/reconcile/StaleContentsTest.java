package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.crds.v1alpha1.AppContent;
import dev.sandbar.operator.app.Clients;
import dev.sandbar.operator.publish.Writes;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What becomes of contents that an app has no longer. */
class StaleContentsTest {
  private static final byte[] ONE = {'1'};
  private static final byte[] TWO = {'2'};

  private static Node spec(Key app, String uid, byte[]... contents) {
    return Node.mapping(
        List.of(
            Node.entry(
                "files",
                Node.list(
                    List.of(contents).stream()
                        .map(
                            it ->
                                Node.mapping(
                                    List.of(
                                        Node.entry(
                                            "kept",
                                            Node.mapping(
                                                List.of(
                                                    Node.entry(
                                                        "sha256", Node.text(Sha256.of(it).hex())),
                                                    Node.entry("bytes", Node.text("1")),
                                                    Node.entry(
                                                        "object",
                                                        Node.text(name(app, uid, it)))))))))
                        .toList()))));
  }

  private static String name(Key app, String uid, byte[] content) {
    return LargeContents.name(app, uid, Sha256.of(content));
  }

  /** One that is there: the garbage collector of the cluster deletes what nobody owns. */
  private static String uid(KubernetesClient client, Key app) {
    Node run = Node.mapping(List.of(Node.entry("command", Node.list(List.of(Node.text("/a"))))));
    return new Writes(client)
        .create(
            Writes.Kind.APP_SANDBOX,
            new ObjectMetaBuilder().withNamespace(app.namespace()).withName(app.name()).build(),
            Node.mapping(List.of(Node.entry("run", run))))
        .getMetadata()
        .getUid();
  }

  /** As of somebody who changes a ConfigMap of a megabyte every five seconds. */
  @Test
  void fewOfThoseOfOneAppStay(@KubernetesApi ApiServer api) {
    api.applyCrds(Path.of("../../charts/sandbar/crds"));
    String namespace = api.newNamespace("stale");
    var app = new Key(namespace, "pump");
    try (KubernetesClient client =
            Clients.working(Config.fromKubeconfig(api.kubeconfig().toFile()), Map.of());
        var contents =
            new LargeContents(client, new Writes(client), System::nanoTime, Duration.ofHours(1))) {
      String uid = uid(client, app);
      var made = new ArrayList<String>();
      for (byte b = 'a'; b < 'a' + 10; b++) {
        byte[] content = {b};
        made.add(name(app, uid, content));
        assertThat(
                contents.publish(
                    app, uid, spec(app, uid, content), Map.of(Sha256.of(content), content)))
            .isEmpty();
      }
      assertThat(names(client, namespace))
          .containsExactlyInAnyOrderElementsOf(
              made.subList(made.size() - 1 - LargeContents.MOST_STALE, made.size()));
    }
  }

  private static Set<String> names(KubernetesClient client, String namespace) {
    var names = new TreeSet<String>();
    for (AppContent it :
        client.resources(AppContent.class).inNamespace(namespace).list().getItems()) {
      names.add(it.getMetadata().getName());
    }
    return names;
  }

  @Test
  void itIsDeletedAfterAWhileUnlessTheAppHasItAgain(@KubernetesApi ApiServer api) {
    api.applyCrds(Path.of("../../charts/sandbar/crds"));
    String namespace = api.newNamespace("stale");
    var app = new Key(namespace, "pump");
    var other = new Key(namespace, "other");
    var all = Map.of(Sha256.of(ONE), ONE, Sha256.of(TWO), TWO);
    try (KubernetesClient client =
            Clients.working(Config.fromKubeconfig(api.kubeconfig().toFile()), Map.of());
        var contents =
            new LargeContents(
                client, new Writes(client), System::nanoTime, Duration.ofMillis(300))) {
      String mine = uid(client, app);
      String others = uid(client, other);
      assertThat(contents.publish(other, others, spec(other, others, ONE), all)).isEmpty();
      assertThat(contents.publish(app, mine, spec(app, mine, ONE), all)).isEmpty();
      assertThat(contents.publish(app, mine, spec(app, mine, TWO), all)).isEmpty();
      await()
          .until(
              () ->
                  names(client, namespace)
                      .equals(Set.of(name(app, mine, TWO), name(other, others, ONE))));
      // Back and forth within the time: only what it has last stays.
      assertThat(contents.publish(app, mine, spec(app, mine, ONE), all)).isEmpty();
      assertThat(contents.publish(app, mine, spec(app, mine, TWO), all)).isEmpty();
      assertThat(contents.publish(app, mine, spec(app, mine, ONE), all)).isEmpty();
      await()
          .until(
              () ->
                  names(client, namespace)
                      .equals(Set.of(name(app, mine, ONE), name(other, others, ONE))));
      // Those of an AppSandbox of this name that is gone are the cluster's matter.
      assertThat(contents.publish(app, "gone", spec(app, "gone"), all)).isEmpty();
      assertThat(contents.publish(app, mine, spec(app, mine), all)).isEmpty();
      assertThat(names(client, namespace)).contains(name(other, others, ONE));
      // Of an app that names no values any more nothing is read again.
      contents.forget(other);
      await().until(() -> !names(client, namespace).contains(name(other, others, ONE)));
    }
  }
}
