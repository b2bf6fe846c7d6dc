package dev.sandbar.core.attest;

import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeSet;

/**
 * What SocketBindAllow and SocketBindDeny of a unit come to: the list of what is allowed is asked
 * first, and what neither lists is allowed (systemd.resource-control(5)).
 */
final class AllowedPorts {

  static final int IPV4 = 2;
  static final int IPV6 = 10;

  private static final int TCP = 6;
  private static final int UDP = 17;

  private static final Map<Integer, String> PROTOCOLS =
      Map.of(TCP, "tcp", UDP, "udp", 132, "sctp", 136, "udplite", 262, "mptcp");

  private final List<Rule> allow;
  private final List<Rule> deny;

  private record Rule(int family, int protocol, int first, int last) {

    /** In the words of the property table: {@code any}, {@code tcp}, {@code ipv4:udp:1000-2000}. */
    static Rule of(String text) {
      int family = 0;
      int protocol = 0;
      int first = 0;
      int last = 0xffff;
      for (String part : text.split(":", -1)) {
        switch (part) {
          case "any" -> {}
          case "ipv4" -> family = IPV4;
          case "ipv6" -> family = IPV6;
          case "tcp" -> protocol = TCP;
          case "udp" -> protocol = UDP;
          default -> {
            String[] ends = part.split("-", 2);
            first = Integer.parseInt(ends[0]);
            last = Integer.parseInt(ends[ends.length - 1]);
          }
        }
      }
      return new Rule(family, protocol, first, last);
    }

    boolean matches(int otherFamily, int otherProtocol, int port) {
      return (family == 0 || family == otherFamily)
          && (protocol == 0 || protocol == otherProtocol)
          && port >= first
          && port <= last;
    }
  }

  private AllowedPorts(List<Rule> allow, List<Rule> deny) {
    this.allow = allow;
    this.deny = deny;
  }

  static AllowedPorts of(SortedMap<String, Value> directives) {
    return new AllowedPorts(
        rules(directives, "SocketBindAllow"), rules(directives, "SocketBindDeny"));
  }

  private static List<Rule> rules(SortedMap<String, Value> directives, String name) {
    return directives.get(name) instanceof Value.Names(var names)
        ? names.stream().map(Rule::of).toList()
        : List.of();
  }

  boolean allows(int family, int protocol, int port) {
    return allow.stream().anyMatch(it -> it.matches(family, protocol, port))
        || deny.stream().noneMatch(it -> it.matches(family, protocol, port));
  }

  /**
   * Whether programs let through what these rules allow, and nothing else.
   *
   * @param family that the programs are for
   */
  Finding judge(ProgramAnswers answers, int family) {
    // Those that people know come first.
    var protocols = new LinkedHashSet<>(List.of(TCP, UDP));
    protocols.addAll(answers.firsts());
    var ports = new TreeSet<>(answers.seconds());
    for (List<Rule> list : List.of(allow, deny)) {
      for (Rule rule : list) {
        protocols.add(rule.protocol());
        protocols.add(rule.protocol() + 1);
        ports.add(rule.first());
        if (rule.last() < 0xffff) {
          ports.add(rule.last() + 1);
        }
      }
    }
    var open = new ArrayList<String>();
    var shut = new ArrayList<String>();
    for (int protocol : protocols) {
      for (int port : ports) {
        boolean allowed = allows(family, protocol, port);
        if (answers.allows(0, protocol, port) != allowed) {
          (allowed ? shut : open).add(shown(protocol) + ":" + port);
        }
      }
    }
    if (!open.isEmpty()) {
      return new Finding.Lacks("lets through " + Finding.few(open));
    }
    return Finding.of(shut.isEmpty(), shut.isEmpty() ? "" : "refuses " + Finding.few(shut));
  }

  private static String shown(int protocol) {
    return PROTOCOLS.getOrDefault(protocol, "protocol-" + protocol);
  }
}
