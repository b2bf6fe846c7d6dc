package dev.sandbar.operator.gitsource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is taken to be absent may be deleted with nobody left to own it. */
class LiveAppsTest {
  /** More than two pages of a list. */
  private static final int APPS = 25;

  @TempDir private Path temp;

  @Test
  void startsOnlyWhenTheLastAppIsKnownHoweverSlowlyTheyAreTaken(@KubernetesApi ApiServer api)
      throws Exception {
    try (var world = new World(api, temp)) {
      var all = new StringBuilder();
      for (int i = 0; i < APPS; i++) {
        all.append(World.app("app-" + i)).append("\n---\n");
      }
      world
          .api
          .kubectl()
          .runWithInput(all.toString(), "apply", "-n", world.namespace, "-f", "-")
          .orThrow();
      try (var apps =
          new LiveApps(
              world.client,
              world.namespace,
              new AtomicLong(Long.MAX_VALUE / 2),
              _ -> LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(30)))) {
        apps.start(Duration.ofSeconds(30));
        for (int i = 0; i < APPS; i++) {
          assertThat(apps.get("app-" + i)).as("app-%d", i).isPresent();
        }
      }
    }
  }
}
