package dev.sandbar.core.attest;

import dev.sandbar.core.compile.BusProxy;
import dev.sandbar.core.model.SortedItems;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What the kernel holds of one running unit, read once.
 *
 * @param controlGroup of the unit, as systemd says it
 * @param processes of the unit's cgroup, the main process first; empty if none runs
 * @param escaped the main process as the manager knows it, if it runs outside the cgroup; 0 if not
 * @param mounts of the main process's mount namespace, in the order of proc_pid_mountinfo(5)
 * @param deviceMounts of PID 1; empty if they cannot be read
 * @param places paths that were asked for and that the main process finds, with where links lead
 * @param images what is behind the block devices that are mounted there, by {@code MAJOR:MINOR}
 * @param deviceNamespaces those of PID 1: entry of {@code /proc/PID/ns} to identity; and those that
 *     have a name on the device and were asked for: path to identity
 * @param limits values of the cgroup's own files, such as {@code memory.max} and {@code
 *     cgroup.freeze}; what is absent the cgroup does not have, because its controller is missing
 * @param filters system call filters of the main process
 * @param outside what reaches the app from outside its cgroup, or sits at it
 */
public record KernelFacts(
    String controlGroup,
    List<ProcessFacts> processes,
    int escaped,
    List<Mount> mounts,
    List<Mount> deviceMounts,
    SortedMap<String, String> places,
    SortedMap<String, Backing> images,
    SortedMap<String, String> deviceNamespaces,
    SortedMap<String, String> limits,
    CallFilters filters,
    Outside outside) {

  /** Of a unit of which nothing can be read. */
  public static final KernelFacts NOTHING =
      new KernelFacts(
          "",
          List.of(),
          0,
          List.of(),
          List.of(),
          new TreeMap<>(),
          new TreeMap<>(),
          new TreeMap<>(),
          new TreeMap<>(),
          CallFilters.UNREAD,
          Outside.NOTHING);

  public KernelFacts {
    processes = List.copyOf(processes);
    mounts = List.copyOf(mounts);
    deviceMounts = List.copyOf(deviceMounts);
    places = Collections.unmodifiableSortedMap(new TreeMap<>(places));
    images = Collections.unmodifiableSortedMap(new TreeMap<>(images));
    deviceNamespaces = Collections.unmodifiableSortedMap(new TreeMap<>(deviceNamespaces));
    limits = Collections.unmodifiableSortedMap(new TreeMap<>(limits));
  }

  /** The same with the system call filters of the main process. */
  public KernelFacts with(CallFilters read) {
    return new KernelFacts(
        controlGroup,
        processes,
        escaped,
        mounts,
        deviceMounts,
        places,
        images,
        deviceNamespaces,
        limits,
        read,
        outside);
  }

  /**
   * What is behind a block device.
   *
   * @param files of its loop devices (loop(4)), its own or those it is made of
   * @param verity whether it is a device of dm-verity, which hands out no block that its tree of
   *     digests does not vouch for (the kernel's {@code device-mapper/verity.rst})
   * @param rootHash that systemd named it after, in hexadecimal, when it had the kernel make it;
   *     empty if the name shows none
   */
  public record Backing(SortedSet<String> files, boolean verity, String rootHash) {
    public Backing {
      files = Collections.unmodifiableSortedSet(new TreeSet<>(files));
    }

    /** A loop device. */
    public static Backing file(String file) {
      return new Backing(new TreeSet<>(Set.of(file)), false, "");
    }
  }

  /**
   * What reaches the app from outside.
   *
   * @param joined processes outside its cgroup that live in its namespaces
   * @param programs BPF programs at its cgroup that systemd did not attach, for people
   * @param packets kind of BPF program ({@code EGRESS}, {@code INGRESS}) to address to whether the
   *     program lets packets of it through; empty where it was not asked
   * @param contents kind of BPF program ({@code DEVICE}, {@code BIND4}, {@code BIND6}) to what all
   *     that are attached let through together
   * @param nodes entry of DeviceAllow to the devices that have that name now
   * @param links network interfaces that the main process sees (proc_pid_net(5)); empty where they
   *     were not asked for
   * @param rules of nftables that apps with networks of their own use
   * @param firewall rules of nftables in the network namespace of the app; unread where they were
   *     not asked for
   * @param sockets directories and links of an app that makes sockets for others: path to what it
   *     is; empty where it was not asked
   * @param proxy the filter between the app and the system bus: part to what it is; empty where it
   *     was not asked
   * @param settings of the device's kernel that the app needs: name to value, empty where there is
   *     none; and modules, whose names have no dot, to {@code loaded}, empty if one is not; empty
   *     where it was not asked
   * @param sources of file systems that are mounted for apps: device ({@code MAJOR:MINOR}) to the
   *     paths by which the device is known; empty where it was not asked
   * @param rooms directories of the app with a quota: directive that limits them to path to how
   *     many bytes there are in all (statfs(2)); empty where it was not asked
   */
  public record Outside(
      List<Joined> joined,
      List<String> programs,
      SortedMap<String, SortedMap<String, Boolean>> packets,
      SortedMap<String, Contents> contents,
      SortedMap<String, List<DeviceNumber>> nodes,
      SortedSet<String> links,
      PacketRules rules,
      PacketRules firewall,
      SortedMap<String, String> sockets,
      Map<BusProxy.Part, String> proxy,
      SortedMap<String, String> settings,
      SortedMap<String, SortedSet<String>> sources,
      SortedMap<String, SortedMap<String, Long>> rooms) {

    /** Of an app that nothing from outside was found of. */
    public static final Outside NOTHING = new Outside(List.of(), List.of(), new TreeMap<>());

    /** Of whose programs on devices and ports nothing was read. */
    public Outside(
        List<Joined> joined,
        List<String> programs,
        SortedMap<String, SortedMap<String, Boolean>> packets) {
      this(joined, programs, packets, new TreeMap<>(), new TreeMap<>());
    }

    /** Of an app in the network of the device. */
    public Outside(
        List<Joined> joined,
        List<String> programs,
        SortedMap<String, SortedMap<String, Boolean>> packets,
        SortedMap<String, Contents> contents,
        SortedMap<String, List<DeviceNumber>> nodes) {
      this(
          joined,
          programs,
          packets,
          contents,
          nodes,
          new TreeSet<>(),
          PacketRules.UNREAD,
          PacketRules.UNREAD,
          new TreeMap<>(),
          Map.of(),
          new TreeMap<>(),
          new TreeMap<>(),
          new TreeMap<>());
    }

    public Outside {
      joined = List.copyOf(joined);
      programs = List.copyOf(programs);
      var copy = new TreeMap<String, SortedMap<String, Boolean>>();
      packets.forEach(
          (kind, verdicts) ->
              copy.put(kind, Collections.unmodifiableSortedMap(new TreeMap<>(verdicts))));
      packets = Collections.unmodifiableSortedMap(copy);
      contents = Collections.unmodifiableSortedMap(new TreeMap<>(contents));
      nodes = Collections.unmodifiableSortedMap(new TreeMap<>(nodes));
      links = Collections.unmodifiableSortedSet(new TreeSet<>(links));
      proxy = Map.copyOf(proxy);
      sockets = Collections.unmodifiableSortedMap(new TreeMap<>(sockets));
      settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
      sources = Collections.unmodifiableSortedMap(new TreeMap<>(sources));
      rooms = Collections.unmodifiableSortedMap(new TreeMap<>(rooms));
    }
  }

  /**
   * A process outside the cgroup.
   *
   * @param pid as the device counts it
   * @param namespaces entries of {@code /proc/PID/ns} that it shares with the main process, and not
   *     with the device
   */
  public record Joined(int pid, String command, SortedSet<String> namespaces) {
    public Joined {
      namespaces = Collections.unmodifiableSortedSet(new TreeSet<>(namespaces));
    }
  }

  /**
   * One process (proc_pid_status(5), proc_pid_limits(5), namespaces(7)).
   *
   * @param pid as the device counts it
   * @param users real, effective, saved and file system user
   * @param groups real, effective, saved and file system group, and the supplementary ones
   * @param umask octal, as the kernel shows it
   * @param filterCount how many system call filters it has; -1 if the kernel does not say
   * @param capabilities field of the status ({@code CapBnd}, ...) to mask
   * @param limits name as in {@code /proc/PID/limits} to soft and hard limit, -1 for none
   * @param namespaces entry of {@code /proc/PID/ns} to identity
   * @param generation value of SANDBAR_GENERATION that it was started with; empty if unset
   * @param stopped whether a signal has stopped it, so that it does not get to run
   */
  public record ProcessFacts(
      int pid,
      String command,
      SortedSet<Integer> users,
      SortedSet<Integer> groups,
      String umask,
      boolean noNewPrivileges,
      int seccomp,
      int filterCount,
      SortedMap<String, Long> capabilities,
      SortedMap<String, Limit> limits,
      SortedMap<String, String> namespaces,
      int oomScoreAdjust,
      String generation,
      boolean stopped) {
    public ProcessFacts {
      users = Collections.unmodifiableSortedSet(new TreeSet<>(users));
      groups = Collections.unmodifiableSortedSet(new TreeSet<>(groups));
      capabilities = Collections.unmodifiableSortedMap(new TreeMap<>(capabilities));
      limits = Collections.unmodifiableSortedMap(new TreeMap<>(limits));
      namespaces = Collections.unmodifiableSortedMap(new TreeMap<>(namespaces));
    }

    /** For people: number and name. */
    String shown() {
      return pid + " (" + command + ")";
    }
  }

  /** A soft and a hard limit, unsigned; -1 is none. */
  public record Limit(long soft, long hard) {}

  /**
   * One mount (proc_pid_mountinfo(5)).
   *
   * @param device {@code MAJOR:MINOR}
   * @param root what of the file system is mounted
   * @param point where, as the process sees it
   * @param options of the mount and of the file system, such as {@code ro}
   * @param source as the file system shows it
   */
  public record Mount(
      String device,
      String root,
      String point,
      String type,
      SortedSet<String> options,
      String source) {
    public Mount {
      options = SortedItems.copyOf(options);
    }

    /** Whether it has the option. */
    public boolean has(String option) {
      return options.contains(option);
    }

    /**
     * Lines of a mount table.
     *
     * @throws IllegalArgumentException if one has another form
     */
    public static List<Mount> parse(String table) {
      // Most mounts of a table have the options of another one.
      var options = new HashMap<SortedSet<String>, SortedSet<String>>();
      return List.copyOf(table.lines().map(line -> line(line, options)).toList());
    }

    private static Mount line(String line, Map<SortedSet<String>, SortedSet<String>> known) {
      String[] fields = line.split(" ", -1);
      int dash = 6;
      while (dash < fields.length && !fields[dash].equals("-")) {
        dash++;
      }
      if (dash + 3 >= fields.length) {
        throw new IllegalArgumentException("not a line of a mount table");
      }
      var options = new TreeSet<>(List.of(fields[5].split(",", -1)));
      for (String option : fields[dash + 3].split(",", -1)) {
        // Of the file system; whether this mount of it may be written its own options say.
        if (!option.equals("rw")) {
          options.add(option);
        }
      }
      if (options.contains("ro")) {
        options.remove("rw");
      }
      SortedSet<String> shared =
          known.computeIfAbsent(SortedItems.copyOf(options), Function.identity());
      return new Mount(
          fields[2],
          unescaped(fields[3]),
          unescaped(fields[4]),
          fields[dash + 1],
          shared,
          unescaped(fields[dash + 2]));
    }

    /** Blanks, tabs, newlines and backslashes stand as three octal digits. */
    private static String unescaped(String text) {
      if (text.indexOf('\\') < 0) {
        return text;
      }
      var plain = new StringBuilder();
      for (int at = 0; at < text.length(); at++) {
        if (text.charAt(at) == '\\' && text.substring(at + 1).matches("(?s)[0-7]{3}.*")) {
          plain.append((char) Integer.parseInt(text.substring(at + 1, at + 4), 8));
          at += 3;
        } else {
          plain.append(text.charAt(at));
        }
      }
      return plain.toString();
    }
  }

  /** The mount that a path lies in: of those above it the longest, and of these the last. */
  Optional<Mount> mountOf(String path) {
    return mountOf(mounts, path);
  }

  /** The same in any table. */
  static Optional<Mount> mountOf(List<Mount> mounts, String path) {
    Mount found = null;
    for (Mount mount : mounts) {
      boolean above =
          mount.point().equals("/")
              || path.equals(mount.point())
              || path.startsWith(mount.point() + "/");
      if (above && (found == null || mount.point().length() >= found.point().length())) {
        found = mount;
      }
    }
    return Optional.ofNullable(found);
  }

  /** The last mount at exactly that path. */
  Optional<Mount> mountAt(String path) {
    var at = new ArrayList<>(mounts);
    at.removeIf(mount -> !mount.point().equals(path));
    return at.isEmpty() ? Optional.empty() : Optional.of(at.getLast());
  }
}
