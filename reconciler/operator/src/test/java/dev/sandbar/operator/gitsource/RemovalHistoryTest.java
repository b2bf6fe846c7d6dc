package dev.sandbar.operator.gitsource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.operator.history.HistoryRecorder;
import dev.sandbar.operator.history.Observed;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.publish.Writes;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who removed an app is known of what a repository removes, and of nothing else. */
class RemovalHistoryTest {

  private static List<Observed> apps(World world) {
    return world
        .client
        .genericKubernetesResources(ObjectNames.APPS)
        .inNamespace(world.namespace)
        .list()
        .getItems()
        .stream()
        .map(RemovalHistoryTest::observed)
        .toList();
  }

  private static Observed observed(GenericKubernetesResource app) {
    return new Observed(
        Observed.Kind.APP,
        app.getMetadata().getNamespace(),
        app.getMetadata().getName(),
        ObjectFields.generation(app),
        app.getMetadata().getUid(),
        "",
        List.of(),
        "",
        "");
  }

  private static List<?> seen(World world) {
    GenericKubernetesResource history = history(world);
    return history != null && history.get("spec", "seen") instanceof List<?> seen
        ? seen
        : List.of();
  }

  private static @Nullable GenericKubernetesResource history(World world) {
    return world
        .client
        .genericKubernetesResources(Writes.Kind.FLEET_HISTORY.context())
        .inNamespace(world.namespace)
        .withName("fleet")
        .get();
  }

  /** Names, field manager, revision and message of each removal. */
  private static List<String> removals(World world) {
    GenericKubernetesResource history = history(world);
    return history != null && history.get("spec", "entries") instanceof List<?> entries
        ? entries.stream()
            .map(Map.class::cast)
            .filter(it -> "Removed".equals(it.get("change")))
            .map(
                it ->
                    "%s %s %s %s"
                        .formatted(
                            it.get("names"),
                            it.get("manager"),
                            it.get("revision"),
                            it.get("message")))
            .toList()
        : List.of();
  }

  @Test
  void aRemovalByARepositoryNamesItsCommit(@KubernetesApi ApiServer api, @TempDir Path temp)
      throws Exception {
    try (var world = new World(api, temp)) {
      for (String app : List.of("one", "two", "three")) {
        world.repository.write(app + ".yaml", World.app(app));
      }
      world.repository.commit();
      world.source("fleet", "maxRemovals: 3");
      var _ = world.operator();
      try (var history =
          new HistoryRecorder(
              world.client,
              Clock.systemUTC(),
              world.acts,
              Set.of(world.namespace),
              List.of(() -> Optional.of(apps(world))))) {
        history.start();
        world.awaitReady("fleet");
        World.until(() -> seen(world).size() == 3);
        Files.delete(world.repository.directory.resolve("one.yaml"));
        String commit = world.repository.commit();
        world.reconcile("fleet");
        World.until(() -> removals(world).size() == 1);
        assertThat(removals(world).getFirst())
            .startsWith("[one] sandbar-gitsource ")
            .contains(commit)
            .endsWith("GitSource fleet does not declare it any more");
        world.stopOperator();
        world.appOf("two").delete();
        World.until(() -> removals(world).size() == 2);
        assertThat(removals(world).getLast()).isEqualTo("[two] null null null");
        Files.delete(world.repository.directory.resolve("two.yaml"));
        world.repository.commit();
        var _ = world.operator();
        world.sourceOf("fleet").delete();
        World.until(() -> removals(world).size() == 3);
        assertThat(removals(world).getLast())
            .isEqualTo("[three] sandbar-gitsource null GitSource fleet was deleted");
      }
    }
  }
}
