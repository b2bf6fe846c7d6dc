package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.KernelFacts;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;

/**
 * Reads again the bytes from which the evidence of a unit was made, and compares them with those of
 * then. Where they are the same the evidence still holds; where they are not, or cannot be read, it
 * has to be made anew: that is not said here.
 *
 * <p>For one thread at a time.
 */
public final class EvidenceMarks {

  private static final String FREEZE = "cgroup.freeze";
  private static final int VALUE_LIMIT = 64 << 10;
  private static final int PROCS_LIMIT = 1 << 20;
  private static final int MOUNTS_LIMIT = 1 << 20;

  /** Of an app with more processes nothing is compared. */
  private static final int MOST_PROCESSES = 256;

  /** A directory has as many links as directories in it, and two (cgroups(7)). */
  private static final int NO_CHILDREN = 2;

  private final Cgroups cgroups;
  private final ProcessReader reader;
  private final List<CgroupPrograms> programs;
  private final RawFiles files = new RawFiles();
  private final ProcessMarks processes = new ProcessMarks(files);
  private final MountWatch watch = new MountWatch();
  private final HeldGroups held;
  private final String proc;
  private final String deviceMounts;

  /**
   * @param root of the device's file system
   * @param programs at cgroups; empty if they cannot be asked for
   */
  public EvidenceMarks(
      Path root, Cgroups cgroups, ProcessReader reader, Optional<CgroupPrograms> programs) {
    this.cgroups = cgroups;
    this.reader = reader;
    this.programs = programs.stream().toList();
    this.proc = reader.member(1).resolveSibling("") + "/";
    this.held = new HeldGroups(files, proc, it -> cgroups.directory(it).toString());
    this.deviceMounts = root.resolve("proc/1/mountinfo").toString();
  }

  /**
   * What evidence is made of.
   *
   * @param controlGroup as systemd's ControlGroup property says it; empty if there is none
   * @param limits files of the cgroup
   * @param running whether it is a unit with processes of its own
   * @param packets whether programs on packets are asked
   */
  public record Subject(
      String controlGroup, SortedSet<String> limits, boolean running, boolean packets) {}

  /** Compared by content. */
  public record Mark(byte[] bytes) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Mark(byte[] others) && Arrays.equals(bytes, others);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }
  }

  /**
   * The bytes of one moment.
   *
   * @param whole whether all could be read
   */
  public record Marks(Mark limits, Mark programs, Map<Integer, Mark> processes, boolean whole) {}

  /** Before the evidence is made: what changes while it is made shows the next time. */
  public Marks read(Subject of) {
    var nothing = new Mark(new byte[0]);
    if (of.controlGroup().isEmpty()) {
      return new Marks(nothing, nothing, Map.of(), true);
    }
    String path = cgroups.directory(of.controlGroup()).toString();
    try (OpenDirectory directory = OpenDirectory.of(files, path, false)) {
      return directory.isThere()
          ? read(directory, of)
          : new Marks(nothing, nothing, Map.of(), false);
    }
  }

  private Marks read(OpenDirectory directory, Subject of) {
    collectLimits(directory, of);
    var limits = new Mark(files.collected());
    boolean whole = collectPrograms(directory, of);
    var attached = new Mark(files.collected());
    var marks = new HashMap<Integer, Mark>();
    List<Integer> pids = of.running() ? members(directory, of) : List.of();
    whole &= pids.size() <= MOST_PROCESSES;
    var shared = new HashMap<Mark, Mark>();
    for (int pid : whole ? pids : List.<Integer>of()) {
      switch (collect(pid)) {
        case RUNS -> {
          var mark = new Mark(files.collected());
          marks.put(pid, shared.computeIfAbsent(mark, it -> it));
        }
        case ENDED -> {
          // Nothing holds of it.
        }
        case UNKNOWN -> whole = false;
      }
    }
    return new Marks(limits, attached, marks, whole);
  }

  private ProcessMarks.Found collect(int pid) {
    files.begin();
    try (OpenDirectory process = OpenDirectory.of(files, proc + pid, false)) {
      return processes.collect(process);
    }
  }

  /**
   * Whether the bytes are the same. A process that is new must be like one that was there.
   *
   * @param main the main process, as this process counts it; 0 if none ran
   */
  public boolean isSame(Marks before, Subject of, int main) {
    if (!before.whole() || of.controlGroup().isEmpty()) {
      return before.whole();
    }
    HeldGroups.Group group = held.group(of.controlGroup());
    OpenDirectory directory = group.directory();
    boolean same =
        directory.isThere()
            && isSame(before, group, of.running() ? members(directory, of) : List.of(), main)
            && collectLimits(directory, of).isSame(before.limits().bytes())
            && collectPrograms(directory, of)
            && files.isSame(before.programs().bytes());
    if (!same) {
      held.close(of.controlGroup());
    }
    return same;
  }

  private boolean isSame(Marks before, HeldGroups.Group group, List<Integer> pids, int main) {
    if (pids.size() > MOST_PROCESSES || (main != 0 && !pids.contains(main))) {
      return false;
    }
    group.retain(pids);
    Set<Mark> alike = Set.of();
    for (int pid : pids) {
      files.begin();
      ProcessMarks.Found found = group.collect(pid, processes);
      if (found == ProcessMarks.Found.UNKNOWN
          || (pid == main && found != ProcessMarks.Found.RUNS)) {
        return false;
      }
      Mark known = before.processes().get(pid);
      if (found == ProcessMarks.Found.ENDED || (known != null && files.isSame(known.bytes()))) {
        continue;
      }
      alike = alike.isEmpty() ? new HashSet<>(before.processes().values()) : alike;
      if (pid == main || !alike.contains(new Mark(files.collected()))) {
        return false;
      }
    }
    return true;
  }

  /** Whether a process still has this mount table (proc_pid_mountinfo(5)). */
  public boolean hasMounts(int pid, String before) {
    return isText(proc + pid + "/mountinfo", before);
  }

  /**
   * Has the kernel say when the mount table of an app changes.
   *
   * @param before its text
   * @param facts that were made of it
   */
  public void watchMounts(int pid, String before, KernelFacts facts) {
    String group = facts.controlGroup();
    watch.watch(group, pid, proc + pid, facts.mounts(), facts.deviceMounts());
    if (watch.watched(group) != 0 && !hasMounts(pid, before)) {
      // It changed before the watch began.
      watch.end(group);
    }
  }

  /** Whether the mount table of this main process is watched. */
  public boolean watchesMounts(int pid, Subject of) {
    return watch.watched(of.controlGroup()) == pid;
  }

  /** The main process of an app has ended, or another one takes its place. */
  public void unwatchMounts(String controlGroup) {
    watch.end(controlGroup);
    held.close(controlGroup);
  }

  /** Control groups of apps whose mount tables are watched and have not changed. */
  public Set<String> unchangedMounts() {
    return watch.unchanged();
  }

  /** Watches nothing any more. */
  public void close() {
    watch.end();
    held.close();
  }

  /** Whether the device still has this mount table. */
  public boolean hasMounts(String before) {
    return isText(deviceMounts, before);
  }

  private boolean isText(String file, String before) {
    int size = files.take(file, MOUNTS_LIMIT);
    byte[] bytes = before.getBytes(StandardCharsets.ISO_8859_1);
    return size == bytes.length && Arrays.equals(files.text(), 0, size, bytes, 0, size);
  }

  /**
   * A hidden path that was not there, and may come.
   *
   * @param shown by a file system: what is the same for all apps that have it mounted at one place
   * @param path the first part of it that is missing, without links
   */
  public record Absent(String shown, String path) {}

  /**
   * Which of the paths that a unit hides from a process are not there, and so hidden by nothing.
   * Over the others something is mounted, and is as long as its mount table stays the same.
   *
   * @return empty if one of them is there all the same
   */
  public Optional<List<Absent>> absent(
      ProcessReader.Seen process, List<String> hidden, List<KernelFacts.Mount> mounts) {
    var points = new HashSet<String>();
    mounts.forEach(mount -> points.add(mount.point()));
    var absent = new ArrayList<Absent>();
    for (String path : hidden) {
      if (points.contains(path)) {
        continue;
      }
      Path root = process.directory().resolve("root");
      if (InaccessibleNodes.resolved(root, path).filter(points::contains).isPresent()) {
        continue;
      }
      Optional<String> missing = InaccessibleNodes.missing(root, path);
      if (missing.isEmpty()) {
        return Optional.empty();
      }
      absent.add(new Absent(shown(missing.get(), mounts), missing.get()));
    }
    return Optional.of(List.copyOf(absent));
  }

  private static String shown(String path, List<KernelFacts.Mount> mounts) {
    String shown = "";
    String longest = "";
    for (KernelFacts.Mount mount : mounts) {
      String point = mount.point();
      String below = point.equals("/") ? point : point + "/";
      if (path.startsWith(below) && point.length() >= longest.length()) {
        longest = point;
        shown = mount.device() + " " + mount.root() + " " + point;
      }
    }
    return shown;
  }

  /**
   * Whether these are still not there.
   *
   * @param asked what was asked of other processes in this check
   */
  public boolean areAbsent(int pid, List<Absent> absent, Map<Absent, Boolean> asked) {
    for (Absent each : absent) {
      Boolean known = asked.get(each);
      if (known == null) {
        known = !files.isThere(proc + pid + "/root" + each.path());
        asked.put(each, known);
      }
      if (!known) {
        return false;
      }
    }
    return true;
  }

  /** Identity and time of the last change of files, as bytes. */
  public byte[] stamps(Collection<String> paths) {
    files.begin();
    paths.forEach(files::stamp);
    return files.collected();
  }

  private RawFiles collectLimits(OpenDirectory directory, Subject of) {
    files.begin();
    files.file(directory, FREEZE, VALUE_LIMIT);
    for (String file : of.limits()) {
      files.file(directory, file, VALUE_LIMIT);
    }
    return files;
  }

  private boolean collectPrograms(OpenDirectory directory, Subject of) {
    files.begin();
    return programs.isEmpty()
        || programs.getFirst().mark(directory.descriptor(), of.packets(), of.running(), files);
  }

  /** Processes of a cgroup and of those below it. */
  private List<Integer> members(OpenDirectory directory, Subject of) {
    if (files.links(directory.descriptor()) != NO_CHILDREN) {
      return cgroups.processes(of.controlGroup());
    }
    int size = files.take(directory, "cgroup.procs", PROCS_LIMIT);
    byte[] text = files.text();
    var pids = new ArrayList<Integer>();
    int pid = 0;
    for (int i = 0; i < size; i++) {
      if (text[i] == '\n') {
        pids.add(pid);
        pid = 0;
      } else {
        pid = 10 * pid + text[i] - '0';
      }
    }
    return pids;
  }
}
