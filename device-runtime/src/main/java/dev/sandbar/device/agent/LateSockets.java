package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.SocketDirectory;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.device.kernel.SocketDirectories;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Servers that let a client in after it has started, or do so no longer: a running app has mounted
 * what it was let into at its start. It is restarted, once for each directory that it comes to see.
 */
final class LateSockets {
  private static final Logger LOG = LoggerFactory.getLogger(LateSockets.class);

  private final SocketDirectories directories;

  /** The directory of each server, by client, that the client was restarted for. */
  private final Map<AppName, Map<AppName, String>> tried = new HashMap<>();

  LateSockets(Path root) {
    this.directories = new SocketDirectories(root);
  }

  /** The plan, and a restart of every client that it leaves running with what is no longer so. */
  Plan with(Plan plan, Collection<CompiledApp> desired, Observation seen) {
    var steps = new ArrayList<>(plan.steps());
    for (CompiledApp app : desired) {
      int pid = LateNodes.runningAsIs(app.unit(), plan, seen);
      if (pid > 0) {
        changed(app, pid).ifPresent(why -> steps.add(new Plan.Restart(app.unit(), why)));
      }
    }
    return new Plan(steps);
  }

  private Optional<String> changed(CompiledApp app, int pid) {
    AppName client = app.spec().name();
    Set<AppName> servers = SocketDirectory.servers(app.spec());
    if (servers.isEmpty()) {
      tried.remove(client);
      return Optional.empty();
    }
    Map<AppName, String> before = tried.computeIfAbsent(client, _ -> new HashMap<>());
    before.keySet().retainAll(servers);
    for (AppName server : servers) {
      String path = SocketDirectory.of(server);
      boolean mounted = directories.isMounted(path, pid);
      if (!directories.letsIn(server, client)) {
        before.remove(server);
        if (mounted) {
          return Optional.of(server + " does not list it in acceptFrom any more");
        }
        continue;
      }
      String there = directories.identity(path).orElse("");
      if (!mounted && !there.isEmpty() && !there.equals(before.put(server, there))) {
        return Optional.of(server + " lists it in acceptFrom");
      }
    }
    return Optional.empty();
  }

  /**
   * Apps that nothing names any more are forgotten, and whom they let in: another one of that name
   * would be seen by those until it has started.
   */
  void keepOnly(Set<AppName> names) {
    tried.keySet().retainAll(names);
    for (AppName server : directories.servers()) {
      if (!names.contains(server)) {
        try {
          directories.forget(server);
        } catch (IOException e) {
          LOG.warn("app={} action=forget-sockets {}", server, e.getMessage());
        }
      }
    }
  }
}
