package dev.sandbar.operator.gitsource;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** One watch of AppSandboxes per namespace that has a GitSource; ended with the last of them. */
final class NamespaceWatches {
  private static final Duration START_LIMIT = Duration.ofSeconds(30);

  private final KubernetesClient client;

  /** One tenant's specs must not take the memory of all: an eighth of the heap, two bytes each. */
  private final AtomicLong room = new AtomicLong(Runtime.getRuntime().maxMemory() / 16);

  private final Map<String, Shared> shared = new HashMap<>();

  private static final class Shared {
    final LiveApps apps;
    final Set<SourceLoop> users;

    Shared(LiveApps apps, Set<SourceLoop> users) {
      this.apps = apps;
      this.users = users;
    }
  }

  NamespaceWatches(KubernetesClient client) {
    this.client = client;
  }

  /** The watch of the namespace; the loop gets changes until it leaves. */
  LiveApps join(String namespace, SourceLoop loop) throws TimeoutException, InterruptedException {
    Shared joined;
    synchronized (shared) {
      joined = shared.computeIfAbsent(namespace, this::open);
      joined.users.add(loop);
    }
    joined.apps.start(START_LIMIT);
    return joined.apps;
  }

  void leave(String namespace, SourceLoop loop) {
    synchronized (shared) {
      shared.computeIfPresent(
          namespace,
          (_, left) -> {
            boolean isLast = left.users.remove(loop) && left.users.isEmpty();
            if (isLast) {
              left.apps.close();
            }
            return isLast ? null : left;
          });
    }
  }

  private Shared open(String namespace) {
    var users = new HashSet<SourceLoop>();
    return new Shared(new LiveApps(client, namespace, room, app -> tell(users, app)), users);
  }

  private void tell(Set<SourceLoop> users, String app) {
    List<SourceLoop> told;
    synchronized (shared) {
      told = List.copyOf(users);
    }
    told.forEach(loop -> loop.touch(app));
  }
}
