package dev.sandbar.core.bundle;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.property.Syscalls;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The system calls that a device's systemd knows: by far the longest of its facts, and the same on
 * every device of one systemd and architecture. It travels as JSON, compressed ({@code
 * source.text.PackedText}); share tables that are equal. What is too long or too much is left out.
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
    int left = MOST_IN_GROUPS;
    for (var group : groups.entrySet()) {
      if (copies.size() < MOST_GROUPS && group.getKey().length() <= NAME) {
        SortedSet<String> names = bounded(group.getValue(), Math.min(MOST_NAMES, left));
        left -= names.size();
        copies.put(group.getKey(), names);
      }
    }
    groups = Collections.unmodifiableSortedMap(copies);
    known = bounded(known, MOST_NAMES);
  }

  private static SortedSet<String> bounded(SortedSet<String> names, int most) {
    var kept = new TreeSet<String>();
    names.stream().filter(name -> name.length() <= NAME).limit(most).forEach(kept::add);
    return Collections.unmodifiableSortedSet(kept);
  }

  /** As devices and compilers hold it. */
  public Syscalls syscalls() {
    return new Syscalls(groups, known);
  }

  /** Of a device. */
  public static SyscallTable of(DeviceFacts facts) {
    return new SyscallTable(facts.syscallGroups(), facts.knownSyscalls());
  }
}
