package dev.sandbar.device.kernel;

import dev.sandbar.core.compile.SharedRules;
import dev.sandbar.core.denial.Refusal;
import dev.sandbar.core.denial.Refusal.Way;
import dev.sandbar.core.learn.SocketTables;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the kernel shows of connections of an app that came to nothing: the sets of the rules in its
 * own network namespace, and its sockets that wait for an answer. Everything is bounded: an app may
 * have any number of processes and sockets.
 */
public final class RefusalReader {

  private static final Logger LOG = LoggerFactory.getLogger(RefusalReader.class);

  private static final int TABLE_LIMIT = 8 << 20;
  private static final int MOST_PROCESSES = 200;
  private static final int MOST_SOCKETS = 50_000;

  /** Those of a browser in a sandbox of its own are empty. */
  private static final int MOST_NAMESPACES = 8;

  /** Different ones: what an app tries at random says nothing more. */
  private static final int MOST = 1000;

  private static final String SOCKET = "socket:[";

  private final Path proc;
  private final Path root;
  private final Set<Refusal> found = new TreeSet<>();

  private RefusalReader(Path root, Path proc) {
    this.root = root;
    this.proc = proc;
  }

  /**
   * Those of an app that runs; none of one that does not.
   *
   * @param root of the device's file system
   * @param controlGroup of its unit, as systemd's property of that name says it; empty if it does
   *     not run
   */
  public static Set<Refusal> read(Path root, String controlGroup) {
    var reader = new RefusalReader(root, ServiceWatch.proc(root));
    if (!controlGroup.isEmpty()) {
      Cgroups.of(root).ifPresent(cgroups -> reader.look(cgroups, controlGroup));
    }
    return reader.found;
  }

  /** The processes of one network namespace see the same sockets. */
  private record Namespace(Path process, Set<String> inodes) {}

  private void look(Cgroups cgroups, String controlGroup) {
    var namespaces = new HashMap<String, Namespace>();
    int sockets = MOST_SOCKETS;
    for (int pid : cgroups.processes(controlGroup).stream().limit(MOST_PROCESSES).toList()) {
      Path process = proc.resolve(Integer.toString(pid));
      try {
        String name = Files.readSymbolicLink(process.resolve("ns/net")).toString();
        if (namespaces.containsKey(name) || namespaces.size() < MOST_NAMESPACES) {
          Namespace in =
              namespaces.computeIfAbsent(name, _ -> new Namespace(process, new HashSet<>()));
          sockets -= inodes(process, sockets, in.inodes());
        }
      } catch (IOException | DirectoryIteratorException e) {
        // It has ended.
      }
    }
    String ofTheDevice = link(root.resolve("proc/1"));
    for (Map.Entry<String, Namespace> each : namespaces.entrySet()) {
      tables(each.getValue());
      if (!ofTheDevice.isEmpty() && !each.getKey().equals(ofTheDevice)) {
        sets(each.getValue().process());
      }
    }
  }

  private static String link(Path process) {
    try {
      return Files.readSymbolicLink(process.resolve("ns/net")).toString();
    } catch (IOException e) {
      return "";
    }
  }

  /** How many were read. */
  private static int inodes(Path process, int most, Set<String> into) throws IOException {
    int count = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path descriptor : all) {
        if (count == most) {
          return count;
        }
        count++;
        try {
          String target = Files.readSymbolicLink(descriptor).toString();
          if (target.startsWith(SOCKET)) {
            into.add(target.substring(SOCKET.length(), target.length() - 1));
          }
        } catch (IOException e) {
          // Closed meanwhile.
        }
      }
    }
    return count;
  }

  private void tables(Namespace in) {
    for (String name : SocketTables.WAITING) {
      try {
        String text = ProcFile.read(in.process().resolve("net").resolve(name), TABLE_LIMIT);
        SocketTables.waiting(name, text, in.inodes())
            .forEach(
                it ->
                    add(
                        new Refusal(
                            Way.WAITING, it.protocol(), it.peer().host(), it.peer().port(), 1)));
      } catch (IOException e) {
        // Without IPv6, or the process has ended.
      }
    }
  }

  private void sets(Path process) {
    try (RuleSocket socket = RuleSocket.forQuestions(process)) {
      set(socket, SharedRules.REFUSED_FROM, Way.FROM);
      set(socket, SharedRules.REFUSED_TO, Way.TO);
    } catch (IOException e) {
      LOG.debug("query=nftables process={} {}", process, e.getMessage());
    }
  }

  private void set(RuleSocket socket, String set, Way way) {
    try {
      new RuleQuestions()
          .elements(
              socket,
              SharedRules.TABLE,
              set,
              message -> SetMessages.elements(message, way).forEach(this::add));
    } catch (IOException e) {
      // Most apps have no such rules.
      LOG.debug("query=nftables set={} {}", set, e.getMessage());
    }
  }

  private void add(Refusal refusal) {
    if (found.size() < MOST) {
      found.add(refusal);
    }
  }
}
