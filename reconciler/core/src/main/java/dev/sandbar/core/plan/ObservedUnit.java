package dev.sandbar.core.plan;

import dev.sandbar.core.attest.KernelFacts;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.property.RawProperties;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One unit as a device shows it.
 *
 * @param files every file that makes up the unit, as found on disk: the fragment first, then
 *     drop-ins, also those that the manager has not loaded
 * @param loaded what the manager says
 * @param properties of the unit's D-Bus objects, by name, at least those that a directive is read
 *     from; empty if the unit is not loaded
 * @param processes of the unit's cgroup, the main process first
 * @param cgroupPrograms kinds of BPF program attached to the unit's cgroup, by {@code
 *     CgroupProgram} name; {@link #UNKNOWN_PROGRAMS} if it could not be asked
 * @param kernel more of what the kernel holds; {@link KernelFacts#NOTHING} if it was not read
 */
public record ObservedUnit(
    UnitName name,
    List<File> files,
    Loaded loaded,
    SortedMap<String, Raw> properties,
    List<ProcessEvidence> processes,
    List<String> cgroupPrograms,
    KernelFacts kernel) {

  /** It could not be asked which programs are attached: neither present nor absent. */
  public static final List<String> UNKNOWN_PROGRAMS = List.of("UNKNOWN");

  public ObservedUnit {
    files = List.copyOf(files);
    properties = RawProperties.copyOf(properties);
    processes = List.copyOf(processes);
    cgroupPrograms = List.copyOf(cgroupPrograms);
  }

  /** One of whose mounts and limits nothing was read. */
  public ObservedUnit(
      UnitName name,
      List<File> files,
      Loaded loaded,
      SortedMap<String, Raw> properties,
      List<ProcessEvidence> processes,
      List<String> cgroupPrograms) {
    this(name, files, loaded, properties, processes, cgroupPrograms, KernelFacts.NOTHING);
  }

  /** A unit of which nothing was found. */
  public static ObservedUnit absent(UnitName name) {
    return new ObservedUnit(
        name, List.of(), Loaded.NOT_FOUND, new TreeMap<>(), List.of(), UNKNOWN_PROGRAMS);
  }

  /**
   * A file on disk.
   *
   * @param sha256 of its content, hexadecimal; {@code link:TARGET} for a symbolic link (a mask is
   *     {@code link:/dev/null}); empty if it cannot be read
   * @param marked whether it says that Sandbar wrote it for this unit
   * @param settings names of the directives that a drop-in sets, if it does nothing else; empty if
   *     it is none, or that cannot be said of it
   * @param access mode and owner of the unit's own file, where not only root may read and write it;
   *     empty otherwise
   */
  public record File(
      String path, String sha256, boolean marked, List<String> settings, String access) {
    public File {
      settings = List.copyOf(settings);
    }

    /** A file that only root may read and write, or of which that does not matter. */
    public File(String path, String sha256, boolean marked, List<String> settings) {
      this(path, sha256, marked, settings, "");
    }

    /** A file of which nothing is known but its content. */
    public File(String path, String sha256, boolean marked) {
      this(path, sha256, marked, List.of());
    }

    /** A file of somebody else. */
    public File(String path, String sha256) {
      this(path, sha256, false);
    }
  }

  /**
   * The manager's view (org.freedesktop.systemd1(5)). Empty strings stand for what systemd does not
   * say.
   *
   * @param loadState {@code loaded}, {@code not-found}, {@code masked}, {@code bad-setting}, {@code
   *     error}
   * @param unitFileState {@code enabled}, {@code disabled}, {@code masked}, ...
   * @param generation value of SANDBAR_GENERATION in the loaded unit
   * @param result {@code success}, {@code exit-code}, {@code start-limit-hit}, ...
   * @param changing whether the manager has a job for it that has not ended, as between the stop
   *     and the start of a restart
   */
  public record Loaded(
      String loadState,
      String activeState,
      String subState,
      String unitFileState,
      String fragmentPath,
      List<String> dropInPaths,
      boolean needDaemonReload,
      String invocationId,
      String generation,
      String result,
      int exitStatus,
      long restarts,
      boolean changing) {
    public Loaded {
      dropInPaths = List.copyOf(dropInPaths);
    }

    /** One for which the manager has no job. */
    public Loaded(
        String loadState,
        String activeState,
        String subState,
        String unitFileState,
        String fragmentPath,
        List<String> dropInPaths,
        boolean needDaemonReload,
        String invocationId,
        String generation,
        String result,
        int exitStatus,
        long restarts) {
      this(
          loadState,
          activeState,
          subState,
          unitFileState,
          fragmentPath,
          dropInPaths,
          needDaemonReload,
          invocationId,
          generation,
          result,
          exitStatus,
          restarts,
          false);
    }

    /** A unit that the manager does not know. */
    public static final Loaded NOT_FOUND =
        new Loaded("not-found", "inactive", "dead", "", "", List.of(), false, "", "", "", 0, 0);

    /** Whether it has ended, and systemd waits before it counts and makes the next restart. */
    public boolean isAboutToRestart() {
      return subState.startsWith("auto-restart");
    }

    /** Whether this is the version that systemd has loaded. */
    public boolean isOf(CompiledApp app) {
      return generation.equals(GenerationStamp.of(app));
    }

    /** Whether it is up, or on its way there or down. */
    public boolean isRunning() {
      return !activeState.equals("failed")
          && !activeState.equals("inactive")
          && !isAboutToRestart();
    }

    /**
     * Whether it did not stay up. A unit that somebody stopped or masked by hand has not fallen
     * over.
     *
     * @param restartsBefore systemd's count when it was started
     * @param most how many more it may have
     */
    public boolean hasFallenOver(long restartsBefore, int most) {
      long more = restarts - restartsBefore;
      return activeState.equals("failed") || more > most || (isAboutToRestart() && more == most);
    }

    /** Why the unit of the app fell over, for people. */
    public String whyFallenOver(AppName app, UnitName unit) {
      var why = new StringJoiner(", ", "it did not stay up: ", "");
      if (!activeState.equals("active")) {
        // Of a unit that is up again systemd reports the next life's result.
        why.add("result " + result).add("exit status " + exitStatus);
      }
      if (restarts > 0) {
        why.add(restarts + (restarts == 1 ? " restart" : " restarts"));
      }
      return why + "; look at 'sandbar why " + app + "' and 'journalctl -u " + unit + "'";
    }

    /** This, with what the disk says of its enablement. */
    public Loaded withUnitFileState(String state) {
      return new Loaded(
          loadState,
          activeState,
          subState,
          state,
          fragmentPath,
          dropInPaths,
          needDaemonReload,
          invocationId,
          generation,
          result,
          exitStatus,
          restarts,
          changing);
    }
  }

  /**
   * One process of the unit (proc_pid_status(5)).
   *
   * @param seccomp 0, 1 or 2
   * @param capBounding mask
   * @param capAmbient mask
   * @param capEffective mask
   * @param ownNamespaces entry of /proc/PID/ns to whether it differs from that of PID 1
   * @param generation value of SANDBAR_GENERATION in its environment; empty if unset or unreadable
   * @param visible paths that the loaded unit hides (InaccessiblePaths=) and that it sees
   */
  public record ProcessEvidence(
      int pid,
      String command,
      int uid,
      boolean noNewPrivileges,
      int seccomp,
      long capBounding,
      long capEffective,
      long capAmbient,
      SortedMap<String, Boolean> ownNamespaces,
      String generation,
      SortedSet<String> visible) {
    public ProcessEvidence {
      ownNamespaces = Collections.unmodifiableSortedMap(new TreeMap<>(ownNamespaces));
      visible = Collections.unmodifiableSortedSet(new TreeSet<>(visible));
    }
  }
}
