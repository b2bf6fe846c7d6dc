package dev.sandbar.device.systemd;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.SharedRules;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.device.store.DevicePaths;
import dev.sandbar.device.store.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Which name servers a device asks (resolv.conf(5)). */
public final class NameServerList {

  private static final int FILE_LIMIT = 1 << 20;
  private static final int LONGEST = 64;

  /** What programs of the device read. */
  private static final String OF_PROGRAMS = "/etc/resolv.conf";

  /** What systemd-resolved asks for them (systemd-resolved.service(8)). */
  private static final String OF_RESOLVED = "/run/systemd/resolve/resolv.conf";

  private NameServerList() {}

  /** What programs of the device ask, in order; nothing if that cannot be read. */
  static List<String> asked(Path root) {
    return servers(root, OF_PROGRAMS);
  }

  /**
   * Those that answer outside of the device's own network namespace: with an IPv4 address that is
   * none of its loopback interface, at most {@link SharedRules#MOST_SERVERS}.
   */
  public static List<String> reachable(Path root) {
    List<String> asked = servers(root, OF_PROGRAMS);
    Stream<String> all =
        asked.contains(DeviceFacts.STUB) || asked.isEmpty()
            ? servers(root, OF_RESOLVED).stream()
            : asked.stream();
    return all.filter(NameServerList::isReachable)
        .distinct()
        .limit(SharedRules.MOST_SERVERS)
        .toList();
  }

  private static boolean isReachable(String server) {
    return server.indexOf('/') < 0
        && !server.startsWith("127.")
        && Cidr.parse(server).filter(Cidr::isV4).isPresent();
  }

  private static List<String> servers(Path root, String file) {
    try {
      byte[] text = new DurableFiles().read(DevicePaths.onDisk(root, file), FILE_LIMIT);
      return new String(text, StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.strip().split("\\s+", 3))
          .filter(words -> words.length >= 2 && words[0].equals("nameserver"))
          .map(words -> words[1])
          .filter(server -> server.length() <= LONGEST)
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }
}
