package dev.sandbar.device.agent;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.store.UnitDirectories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The agent's own files. Whoever can write them decides what runs on the device, and a drop-in for
 * the agent's own service may be all that an attacker needs. They are the owner's: the agent
 * reports them and changes none.
 */
final class AgentFiles {

  private static final UnitName AGENT = new UnitName("sandbard.service");
  private static final List<String> PRIVATE =
      List.of("/etc/sandbar", "/etc/sandbar/agent.yaml", "/var/lib/sandbar", StateStore.DIRECTORY);

  /** The operating system's own drop-ins for all services. */
  private static final String VENDOR = "/usr/lib/systemd/system/service.d/";

  private static final int OTHERS_WRITE = 022;

  private final UnitDirectories units;

  /**
   * Of a device.
   *
   * @param root of its file system
   */
  AgentFiles(Path root) {
    this.units = new UnitDirectories(root);
  }

  /** What is wrong with them now; a warning each. */
  List<Diagnostic> problems() {
    var problems = new ArrayList<Diagnostic>();
    for (String path : PRIVATE) {
      String access = access(path);
      if (!access.isEmpty()) {
        problems.add(
            warning(
                "%s can be changed by others than root (%s)".formatted(path, access),
                "run 'chown root: %s' and 'chmod go-w %s', and see what was changed in it"
                    .formatted(path, path)));
      }
    }
    List<String> files =
        units.scan(List.of(AGENT)).getOrDefault(AGENT, List.of()).stream()
            .map(ObservedUnit.File::path)
            .toList();
    long fragments = files.stream().filter(path -> !isDropIn(path)).count();
    for (String path : files) {
      boolean hides = path.equals(files.getFirst()) && !isDropIn(path) && fragments > 1;
      if (hides || (isDropIn(path) && !path.startsWith(VENDOR))) {
        problems.add(
            warning(
                "the agent's own service %s is changed by %s".formatted(AGENT, path),
                "if the owner of the device did not write that file, remove it and run 'systemctl"
                    + " daemon-reload' and 'systemctl restart %s'".formatted(AGENT)));
      }
    }
    return problems;
  }

  private static boolean isDropIn(String path) {
    return path.contains(".d/") || path.endsWith(".d");
  }

  /** Mode and owner, where others than root may write it; empty otherwise. */
  private String access(String path) {
    try {
      Map<String, Object> found =
          Files.readAttributes(units.onDisk(path), "unix:mode,uid,gid", LinkOption.NOFOLLOW_LINKS);
      int mode = (Integer) found.getOrDefault("mode", 0);
      boolean open = (mode & OTHERS_WRITE) != 0 || !Integer.valueOf(0).equals(found.get("uid"));
      return open
          ? String.format(
              Locale.ROOT,
              "mode %04o, owner %s:%s",
              mode & 07777,
              found.get("uid"),
              found.get("gid"))
          : "";
    } catch (IOException e) {
      // Not there: a fleet's device may have none.
      return "";
    }
  }

  private static Diagnostic warning(String message, String help) {
    return Diagnostic.warning(Problem.AGENT_FILES, Location.NOWHERE, message, help);
  }
}
