package dev.sandbar.core.model;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The settings of a kernel that apps can ask for, each with the values that it may have. What is
 * not here no app and no policy gets: settings name programs that the kernel runs as root, open
 * sandboxes and what the kernel hides, and turn the device into a router.
 *
 * <p>Values are bounded so that no app takes from others what they have by the kernel's defaults:
 * buffers and tables only grow, to sizes that a device with little memory bears, and no connection
 * of the agent is given up sooner than in some seconds.
 */
public final class KernelSettings {

  /** Where people read which there are. */
  public static final String PAGE = "docs/reference/kernel-settings.md";

  /** How a name in a policy ends that stands for all below it. */
  private static final String BELOW = ".*";

  private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,9}");

  private static final long BUFFER = 64L << 20;

  /** What a setting may be. */
  public sealed interface Range {

    /**
     * As many numbers, none smaller than the one before it.
     *
     * @param count how many
     * @param least each may be
     * @param most each may be
     */
    record Numbers(int count, long least, long most) implements Range {}

    /** One of these. */
    record Words(List<String> words) implements Range {
      public Words {
        words = List.copyOf(words);
      }
    }
  }

  private static final SortedMap<String, Range> ALL = new TreeMap<>();

  static {
    number("fs.aio-max-nr", 65_536, 16_777_216);
    number("fs.inotify.max_queued_events", 16_384, 1_048_576);
    number("fs.inotify.max_user_instances", 128, 65_536);
    number("fs.inotify.max_user_watches", 8_192, 16_777_216);
    number("fs.pipe-max-size", 1_048_576, 33_554_432);
    number("net.core.busy_poll", 0, 200);
    number("net.core.busy_read", 0, 200);
    words("net.core.default_qdisc", "cake", "fq", "fq_codel", "pfifo_fast");
    number("net.core.netdev_budget", 300, 10_000);
    number("net.core.netdev_max_backlog", 1_000, 100_000);
    number("net.core.optmem_max", 20_480, 1_048_576);
    number("net.core.rmem_default", 212_992, BUFFER);
    number("net.core.rmem_max", 212_992, BUFFER);
    number("net.core.somaxconn", 128, 65_535);
    number("net.core.wmem_default", 212_992, BUFFER);
    number("net.core.wmem_max", 212_992, BUFFER);
    number("net.ipv4.igmp_max_memberships", 20, 4_096);
    words("net.ipv4.tcp_congestion_control", "bbr", "cubic", "htcp", "reno", "westwood");
    number("net.ipv4.tcp_ecn", 0, 2);
    number("net.ipv4.tcp_fastopen", 0, 3);
    number("net.ipv4.tcp_fin_timeout", 10, 120);
    number("net.ipv4.tcp_keepalive_intvl", 5, 7_200);
    number("net.ipv4.tcp_keepalive_probes", 3, 30);
    number("net.ipv4.tcp_keepalive_time", 30, 7_200);
    number("net.ipv4.tcp_max_syn_backlog", 128, 65_535);
    number("net.ipv4.tcp_max_tw_buckets", 4_096, 1_048_576);
    number("net.ipv4.tcp_mtu_probing", 0, 2);
    number("net.ipv4.tcp_notsent_lowat", 16_384, 4_294_967_295L);
    number("net.ipv4.tcp_retries2", 5, 15);
    numbers("net.ipv4.tcp_rmem", 3, 4_096, BUFFER);
    number("net.ipv4.tcp_slow_start_after_idle", 0, 1);
    number("net.ipv4.tcp_syn_retries", 3, 10);
    number("net.ipv4.tcp_synack_retries", 2, 10);
    number("net.ipv4.tcp_tw_reuse", 0, 2);
    numbers("net.ipv4.tcp_wmem", 3, 4_096, BUFFER);
    number("net.ipv4.udp_rmem_min", 4_096, 1_048_576);
    number("net.ipv4.udp_wmem_min", 4_096, 1_048_576);
    number("net.unix.max_dgram_qlen", 10, 4_096);
    number("vm.dirty_expire_centisecs", 100, 60_000);
    number("vm.dirty_writeback_centisecs", 100, 60_000);
    number("vm.max_map_count", 65_530, 16_777_216);
    number("vm.overcommit_memory", 0, 1);
    number("vm.page-cluster", 0, 8);
    number("vm.swappiness", 0, 200);
    number("vm.vfs_cache_pressure", 10, 500);
  }

  private KernelSettings() {}

  private static void number(String name, long least, long most) {
    numbers(name, 1, least, most);
  }

  private static void numbers(String name, int count, long least, long most) {
    ALL.put(name, new Range.Numbers(count, least, most));
  }

  private static void words(String name, String... words) {
    ALL.put(name, new Range.Words(List.of(words)));
  }

  /** Every setting that an app can ask for, with its values. */
  public static SortedMap<String, Range> all() {
    return Collections.unmodifiableSortedMap(ALL);
  }

  /** Where the kernel shows a setting, below /proc/sys. */
  public static String path(String name) {
    return name.replace('.', '/');
  }

  /** The values in words, as the end of a sentence: {@code a number from 128 to 65535}. */
  public static String shown(Range range) {
    return switch (range) {
      case Range.Numbers(int count, long least, long most) when count == 1 ->
          "a number from %d to %d".formatted(least, most);
      case Range.Numbers(int count, long least, long most) ->
          "%d numbers from %d to %d, none smaller than the one before it"
              .formatted(count, least, most);
      case Range.Words(var words) -> "one of " + String.join(", ", words);
    };
  }

  static Optional<Objection> name(String name) {
    return ALL.containsKey(name)
        ? Optional.empty()
        : Optional.of(
            new Objection(
                Problem.INVALID_VALUE,
                "is no setting that an app can ask for",
                Nearest.help(name, ALL.keySet().stream().toList(), PAGE)));
  }

  static Optional<Objection> value(String name, String value) {
    Range range = ALL.get(name);
    return range == null || fits(range, value)
        ? Optional.empty()
        : Optional.of(
            new Objection(
                Problem.INVALID_VALUE,
                "is no value that %s may have".formatted(name),
                "write " + shown(range)));
  }

  private static boolean fits(Range range, String value) {
    return switch (range) {
      case Range.Words(var words) -> words.contains(value);
      case Range.Numbers(int count, long least, long most) -> {
        List<String> parts = Arrays.asList(value.split(" ", -1));
        if (parts.size() != count || !parts.stream().allMatch(NUMBER.asMatchPredicate())) {
          yield false;
        }
        List<Long> numbers = parts.stream().map(Long::valueOf).toList();
        yield numbers.stream().allMatch(it -> it >= least && it <= most)
            && numbers.stream().sorted().toList().equals(numbers);
      }
    };
  }

  /** The names that a pattern of a policy stands for: one name, or all below {@code net.core.*}. */
  public static SortedSet<String> matched(String pattern) {
    if (ALL.containsKey(pattern)) {
      return new TreeSet<>(List.of(pattern));
    }
    var matched = new TreeSet<String>();
    if (pattern.endsWith(BELOW)) {
      String prefix = pattern.substring(0, pattern.length() - 1);
      ALL.keySet().stream().filter(name -> name.startsWith(prefix)).forEach(matched::add);
    }
    return matched;
  }
}
