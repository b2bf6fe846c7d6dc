package dev.sandbar.core.bundle;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The system calls that a device's systemd knows: by far the longest of its facts, and the same on
 * every device of one systemd and architecture. It travels as JSON, compressed ({@code
 * source.text.PackedText}); share tables that are equal.
 *
 * @param groups members of every group; keys begin with {@code @}
 * @param known accepted in a filter
 */
public record SyscallTable(SortedMap<String, SortedSet<String>> groups, SortedSet<String> known) {

  private static final int MOST_GROUPS = 128;
  private static final int MOST_NAMES = 2_048;

  /** Of all groups; a usual device has 2,000. */
  private static final int MOST_IN_GROUPS = 16_384;

  private static final int NAME = 64;

  public SyscallTable {
    var copies = new TreeMap<String, SortedSet<String>>();
    groups.forEach((k, v) -> copies.put(k, Collections.unmodifiableSortedSet(new TreeSet<>(v))));
    groups = Collections.unmodifiableSortedMap(copies);
    known = Collections.unmodifiableSortedSet(new TreeSet<>(known));
  }

  /** Of a device. */
  public static SyscallTable of(DeviceFacts facts) {
    return new SyscallTable(facts.syscallGroups(), facts.knownSyscalls());
  }

  /** As a document: {@code groups} and {@code known}. */
  public Node toNode() {
    return Node.mapping(
        List.of(Node.entry("groups", groups(groups)), Node.entry("known", Values.texts(known))));
  }

  /** From a document; what is too long or too much is left out. */
  public static SyscallTable read(Node node) {
    return read(node, "groups", "known");
  }

  static SyscallTable read(Node node, String groupsKey, String knownKey) {
    Values fields = Values.of(node);
    var groups = new TreeMap<String, SortedSet<String>>();
    int left = MOST_IN_GROUPS;
    for (Map.Entry<String, Node> entry : fields.node(groupsKey).fields().entrySet()) {
      if (groups.size() < MOST_GROUPS && entry.getKey().length() <= NAME) {
        int most = Math.min(MOST_NAMES, left);
        List<String> names = Values.of(node(entry.getValue())).texts("names", most, NAME);
        left -= names.size();
        groups.put(entry.getKey(), new TreeSet<>(names));
      }
    }
    return new SyscallTable(groups, new TreeSet<>(fields.texts(knownKey, MOST_NAMES, NAME)));
  }

  private static Node node(Node names) {
    return Node.mapping(List.of(Node.entry("names", names)));
  }

  static Node groups(SortedMap<String, SortedSet<String>> groups) {
    var entries = new ArrayList<Node.Entry>();
    groups.forEach((name, calls) -> entries.add(Node.entry(name, Values.texts(calls))));
    return Node.mapping(entries);
  }
}
