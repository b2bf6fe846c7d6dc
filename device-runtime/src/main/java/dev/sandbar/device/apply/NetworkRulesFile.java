package dev.sandbar.device.apply;

import dev.sandbar.core.compile.SharedRules;
import dev.sandbar.device.store.DevicePaths;
import dev.sandbar.device.systemd.NameServerList;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the rules that apps with networks of their own share ({@link SharedRules}), with the name
 * servers that the device asks now. Units of apps load the file when they start, and {@code
 * sandbard-network.path} whenever it has changed.
 */
final class NetworkRulesFile {
  private static final Logger LOG = LoggerFactory.getLogger(NetworkRulesFile.class);
  private static final int FILE_LIMIT = 1 << 16;

  private final Machine machine;

  NetworkRulesFile(Machine machine) {
    this.machine = machine;
  }

  /**
   * Keeps it; a device that never needed the file gets none.
   *
   * @param needed whether an app has a network of its own
   */
  void keep(boolean needed) {
    try {
      Path file = DevicePaths.onDisk(machine.root(), SharedRules.FILE);
      if (!needed && !Files.exists(file)) {
        return;
      }
      List<String> servers = NameServerList.reachable(machine.root());
      String text = needed ? SharedRules.rules(servers) : SharedRules.none();
      if (!text.equals(found(file))) {
        machine
            .files()
            .write(file, text.getBytes(StandardCharsets.UTF_8), UnitFileWriter.PERMISSIONS);
        LOG.info("file={} action=write nameServers={}", SharedRules.FILE, servers);
        warnOfNames(needed && servers.isEmpty());
      }
    } catch (IOException e) {
      LOG.warn("file={} action=write outcome=failed reason=\"{}\"", SharedRules.FILE, e);
    }
  }

  private static void warnOfNames(boolean none) {
    if (none) {
      LOG.warn(
          "file={} nameServers=none reason=\"every name server of this device is on its loopback"
              + " interface or has no IPv4 address\" next=\"apps with network: Own resolve no"
              + " names until /etc/resolv.conf names another\"",
          SharedRules.FILE);
    }
  }

  /** What is there; nothing if it cannot be read, so that it is written anew. */
  private String found(Path file) {
    try {
      return new String(machine.files().read(file, FILE_LIMIT), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }
}
