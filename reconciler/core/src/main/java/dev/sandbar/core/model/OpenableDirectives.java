package dev.sandbar.core.model;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The walls of the closed sandbox that {@code raw} can open, each with how far. It stands beside
 * the readers of specs and of a device's settings, which both know these names.
 *
 * <p>Not among them is who an app is ({@code User=}, {@code DynamicUser=} and what that implies),
 * what is mounted where, what is run, and what Sandbar itself goes by: an app that needs those is
 * one for {@code mode: Open}. Nor is what would make another wall mean nothing: with calls of
 * another architecture, {@code RestrictAddressFamilies=} holds none of them (systemd.exec(5)).
 */
public final class OpenableDirectives {

  /** Where people see all of them. */
  public static final String PAGE = "docs/reference/directives.md";

  /** How far a wall can be opened. */
  public sealed interface Opening {
    /** {@code no}: the wall is not there. */
    record Off() implements Opening {}

    /** One of these words, which are weaker than that of the closed sandbox. */
    record Words(List<String> words) implements Opening {
      public Words {
        words = List.copyOf(words);
      }
    }

    /** Names that are added to what is open: one of these. */
    record Names(List<String> names) implements Opening {
      public Names {
        names = List.copyOf(names);
      }
    }

    /** System calls and groups of them. */
    record Calls() implements Opening {}
  }

  /**
   * Capabilities with which an app is not root by another name. Every other one reads or writes
   * what is not its own, becomes another user, changes the kernel, the console or the network of
   * the device, or stops and slows down the processes of others (capabilities(7)): such an app is
   * one for {@code mode: Open}.
   */
  private static final List<String> CAPABILITIES =
      List.of(
          "CAP_AUDIT_READ",
          "CAP_AUDIT_WRITE",
          "CAP_BLOCK_SUSPEND",
          "CAP_IPC_LOCK",
          "CAP_NET_BIND_SERVICE",
          "CAP_NET_BROADCAST",
          "CAP_NET_RAW",
          "CAP_SYSLOG",
          "CAP_SYS_TIME",
          "CAP_WAKE_ALARM");

  /** With all kinds systemd filters none of the calls that make them, and clone3(2) is open too. */
  private static final List<String> NAMESPACES = List.of("ipc", "mnt", "net", "pid", "user", "uts");

  private static final Opening OFF = new Opening.Off();

  private static final SortedMap<String, Opening> ALL =
      Collections.unmodifiableSortedMap(
          new TreeMap<>(
              Map.ofEntries(
                  Map.entry("AmbientCapabilities", new Opening.Names(CAPABILITIES)),
                  Map.entry("CapabilityBoundingSet", new Opening.Names(CAPABILITIES)),
                  Map.entry("LockPersonality", OFF),
                  Map.entry("MemoryDenyWriteExecute", OFF),
                  Map.entry("PrivateDevices", OFF),
                  Map.entry("PrivateIPC", OFF),
                  Map.entry("PrivateNetwork", OFF),
                  Map.entry("PrivateUsers", OFF),
                  Map.entry("ProcSubset", new Opening.Words(List.of("all"))),
                  Map.entry("ProtectClock", OFF),
                  Map.entry("ProtectControlGroups", new Opening.Words(List.of("yes", "no"))),
                  Map.entry("ProtectHome", new Opening.Words(List.of("tmpfs", "read-only"))),
                  Map.entry("ProtectHostname", OFF),
                  Map.entry("ProtectKernelLogs", OFF),
                  Map.entry("ProtectKernelModules", OFF),
                  Map.entry("ProtectKernelTunables", OFF),
                  Map.entry("ProtectProc", new Opening.Words(List.of("noaccess", "default"))),
                  Map.entry("RestrictAddressFamilies", new Opening.Names(SocketFamilies.ALL)),
                  Map.entry("RestrictNamespaces", new Opening.Names(NAMESPACES)),
                  Map.entry("RestrictRealtime", OFF),
                  Map.entry("SystemCallFilter", new Opening.Calls()))));

  private OpenableDirectives() {}

  /** All of them. */
  public static SortedMap<String, Opening> all() {
    return ALL;
  }

  /** Their names. */
  public static SortedSet<String> names() {
    return Collections.unmodifiableSortedSet(new TreeSet<>(ALL.keySet()));
  }

  /** How far the wall can be opened; empty if it cannot. */
  public static Optional<Opening> find(String directive) {
    return Optional.ofNullable(ALL.get(directive));
  }
}
