package dev.sandbar.device.agent;

import dev.sandbar.core.catalog.Hardware;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.HardwareLinks;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.device.store.DevicePaths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Device nodes that were plugged in after their app had started, or came back as another device: a
 * running app has in its /dev what was there at its start. It is restarted, once for each such
 * node. An app that was down without its hardware is started.
 */
final class LateNodes {
  private final Path root;
  private final Path device;

  /** The device number of each node, by app and path, that its app was restarted for. */
  private final Map<AppName, Map<String, String>> tried = new HashMap<>();

  LateNodes(Path root) {
    this.root = root;
    // PID 1 sees all nodes; the agent has a /dev of its own.
    Path first = root.resolve("proc/1/root");
    this.device = Files.isDirectory(first.resolve("dev")) ? first : root;
  }

  /** The plan, and a restart of every app that it leaves running without a node. */
  Plan with(Plan plan, Collection<CompiledApp> desired, Observation seen) {
    var steps = new ArrayList<>(plan.steps());
    for (CompiledApp app : desired) {
      if (isDue(app, plan, seen)) {
        String came = String.join(", ", app.requiredHardware());
        steps.add(new Plan.Start(app.unit(), came + " has been plugged in"));
        continue;
      }
      int pid = runningAsIs(app.unit(), plan, seen);
      if (pid > 0) {
        changed(app, pid).ifPresent(why -> steps.add(new Plan.Restart(app.unit(), why)));
      }
    }
    return new Plan(steps);
  }

  /** systemd starts an app whose hardware comes, unless it is still stopping it then. */
  private static boolean isDue(CompiledApp app, Plan plan, Observation seen) {
    ObservedUnit observed = seen.units().get(app.unit());
    return observed != null
        && seen.plugged().due().contains(app.unit())
        && seen.plugged().missing(app).isEmpty()
        && !observed.loaded().changing()
        && List.of("inactive", "failed").contains(observed.loaded().activeState())
        && plan.steps().stream().noneMatch(step -> touches(step, app.unit()));
  }

  /** Apps that nothing names any more are forgotten. */
  void keepOnly(Set<AppName> names) {
    tried.keySet().retainAll(names);
  }

  int size() {
    return tried.values().stream().mapToInt(Map::size).sum();
  }

  /** The main process of a unit that runs and that the plan does not touch; 0 if there is none. */
  static int runningAsIs(UnitName unit, Plan plan, Observation seen) {
    ObservedUnit observed = seen.units().get(unit);
    if (observed == null
        || !observed.loaded().activeState().equals("active")
        || observed.processes().isEmpty()
        || plan.steps().stream().anyMatch(step -> touches(step, unit))) {
      return 0;
    }
    return observed.processes().getFirst().pid();
  }

  private static boolean touches(Plan.Step step, UnitName unit) {
    return switch (step) {
      case Plan.Write write -> write.unit().equals(unit);
      case Plan.JobStep job -> job.unit().equals(unit);
      case Plan.LongStep _,
          Plan.StoreFile _,
          Plan.StoreSecret _,
          Plan.RemoveFile _,
          Plan.Remove _,
          Plan.Reload _,
          Plan.Enable _,
          Plan.Disable _,
          Plan.LiveSet _,
          Plan.Hide _,
          Plan.SwapFiles _,
          Plan.LoadRules _,
          Plan.SetKernel _,
          Plan.EndProxy _,
          Plan.StartTimer _,
          Plan.StopTimer _,
          Plan.Thaw _,
          Plan.RemoveImage _ ->
          false;
    };
  }

  /** Why the app has to be restarted; empty if it has not. */
  private Optional<String> changed(CompiledApp app, int pid) {
    // By the device's own numbers, which are what is observed of a process.
    Path inside = root.resolve("proc").resolve(Integer.toString(pid)).resolve("root");
    if (!Files.isDirectory(inside.resolve("dev"))) {
      return Optional.empty();
    }
    List<String> nodes = nodes(app);
    Map<String, String> before = tried.computeIfAbsent(app.spec().name(), _ -> new HashMap<>());
    before.keySet().retainAll(nodes);
    for (String node : nodes) {
      String there = number(device, node);
      if (there.isEmpty()) {
        before.remove(node);
        if (HardwareLinks.isLink(node) && !number(inside, node).isEmpty()) {
          // The next device with its number would be open to the app, whatever its name.
          return Optional.of(node + " has been pulled out");
        }
      } else if (!there.equals(number(inside, node)) && !there.equals(before.put(node, there))) {
        return Optional.of(node + " has been plugged in");
      }
    }
    return Optional.empty();
  }

  /** An app without a /dev of its own sees every node as it comes. */
  private static List<String> nodes(CompiledApp app) {
    if (app.directives().stream().noneMatch(line -> line.line().equals("PrivateDevices=yes"))) {
      return List.of();
    }
    return app.spec().permissions().requests().entrySet().stream()
        .flatMap(it -> Hardware.nodes(it.getKey(), it.getValue().value()).stream())
        .map(Permissions.DeviceNode::path)
        .toList();
  }

  /** The device number of a node; empty if there is none, or if it is a folder of them. */
  private static String number(Path root, String node) {
    try {
      Path file = DevicePaths.onDisk(root, node);
      return Files.isDirectory(file) ? "" : Files.getAttribute(file, "unix:rdev").toString();
    } catch (IOException e) {
      return "";
    }
  }
}
