package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.SocketDirectory;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
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
import org.jspecify.annotations.Nullable;
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
   * Takes back what apps let others into that do so no longer and are down: another one of that
   * name would be seen by them until it has started.
   *
   * @param desired all apps that the device is to run
   */
  void forget(Collection<CompiledApp> desired, Observation seen) {
    for (AppName server : directories.servers()) {
      boolean lets =
          desired.stream()
              .anyMatch(
                  app ->
                      app.spec().name().equals(server)
                          && SocketDirectory.of(app.spec()).isPresent());
      if (!lets && isDown(seen.units().get(UnitName.own(server)))) {
        try {
          directories.forget(server);
        } catch (IOException e) {
          LOG.warn("app={} action=forget-sockets {}", server, e.getMessage());
        }
      }
    }
  }

  private static boolean isDown(@Nullable ObservedUnit unit) {
    return unit == null || !unit.loaded().activeState().equals("active");
  }

  /** Apps that nothing names any more are forgotten. */
  void keepOnly(Set<AppName> names) {
    tried.keySet().retainAll(names);
  }
}
