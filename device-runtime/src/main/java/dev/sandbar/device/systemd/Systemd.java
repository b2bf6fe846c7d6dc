package dev.sandbar.device.systemd;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.function.Consumer;

/**
 * The systemd of one device (org.freedesktop.systemd1(5)). Every call has a deadline of its own and
 * throws {@link SystemdException} when systemd refuses it, is gone, or does not answer in time.
 */
public interface Systemd extends AutoCloseable {

  /** Version as the manager reports it, for example {@code 257.13-1~deb13u1}. */
  String version();

  /**
   * Whether the kernel says that a time server has set the clock, as systemd-timedated(8) reads it.
   *
   * @throws SystemdException if that does not answer
   */
  boolean isClockSynchronized();

  /**
   * Major version.
   *
   * @throws SystemdException if the manager reports something else
   */
  default int majorVersion() {
    return FactsProbe.major(version());
  }

  /**
   * Reads and, if necessary, loads a unit: all properties of its Unit interface and of the
   * interface of its type.
   */
  SortedMap<String, Raw> properties(UnitName unit);

  /**
   * A reader of some properties.
   *
   * @param names of them, those of all interfaces together
   */
  UnitReader reader(Set<String> names);

  /**
   * When the manager last read all unit files, at boot or at a reload, as text: another one means
   * that any unit may have become another. Empty if it does not say.
   */
  String lastLoaded();

  /**
   * Names of the variables that the manager gives to every service that it starts, sorted; those of
   * {@code systemctl set-environment} and of DefaultEnvironment= among them.
   */
  SortedSet<String> managerVariables();

  /**
   * The loaded units whose name matches one of the patterns, each with its line of the list of
   * units: states, description, job. Costs the manager next to nothing.
   */
  Map<UnitName, Raw> lines(List<String> patterns);

  /** The loaded units whose name matches one of the patterns, with their active state. */
  Map<UnitName, String> units(List<String> patterns);

  /**
   * Makes the manager read all unit files again; returns when it has and filters are in place
   * again.
   */
  void reload();

  /**
   * Has the manager put the BPF programs of all running apps in place again. systemd 257 loses
   * those of SocketBindAllow and SocketBindDeny when anybody reloads it, and attaches them anew
   * only when a unit of the same slice starts; until then an app binds any port. Does nothing where
   * no app runs.
   *
   * @param lost units that have lost theirs; services of the device are in slices of its own
   */
  void refreshFilters(Set<UnitName> lost);

  /**
   * Asks for jobs and waits for none; systemd runs them in parallel.
   *
   * @param jobs in the order in which they are asked for: one that systemd starts after another is
   *     held up by that one only if it is asked for later
   * @param atOnce as many are asked for now; the others while {@link Jobs#await} waits, as these
   *     end
   * @param ended called on a thread of the connection for each that ends, also before this returns;
   *     not for one that was refused
   */
  Jobs start(List<Job> jobs, int atOnce, Consumer<Job> ended);

  /**
   * Runs jobs and waits for all of them.
   *
   * @param timeout for all of them together
   * @return the outcome of each, in the order of the input
   */
  default List<JobOutcome> run(List<Job> jobs, Duration timeout) {
    try (Jobs started = start(jobs, jobs.size(), _ -> {})) {
      return started.await(Jobs.Wait.of(timeout)).stream()
          .map(o -> o.isRunning() ? new JobOutcome(o.job(), JobTracker.NO_ANSWER) : o)
          .toList();
    }
  }

  /**
   * Lets a unit run again that the manager has frozen.
   *
   * @throws SystemdException also if the unit cannot be frozen
   */
  void thaw(UnitName unit);

  /** Creates the links that start the units at boot. Takes effect at the next reload. */
  void enable(Collection<UnitName> units);

  /** Removes them. */
  void disable(UnitName unit);

  /** Removes masks. */
  void unmask(Collection<UnitName> units);

  /** Sets properties of a running unit until it stops (SetUnitProperties, runtime). */
  void setProperties(UnitName unit, Map<String, Raw> properties);

  /**
   * Hides a path from the processes of a running unit that have a mount namespace of their own,
   * until it stops; systemd refuses it for others (BindMountUnit, since 248). What a process has
   * open there stays open.
   *
   * @param path absolute, a directory or a file that the unit sees
   * @param directory whether it is a directory
   */
  void hide(UnitName unit, String path, boolean directory);

  /** Forgets that the unit failed and how often it was started. */
  void resetFailed(UnitName unit);

  /** Sends SIGKILL to every process of the unit. */
  void kill(UnitName unit);

  /** Process ids of the unit's cgroup, as seen by the manager. */
  List<Integer> processes(UnitName unit);

  /**
   * Calls the listener, on one thread of the connection, for every signal that concerns units; ends
   * with close.
   */
  void watch(Consumer<SystemdEvent> listener);

  @Override
  void close();

  /** What to do with a unit. */
  enum Verb {
    START,
    STOP,
    RESTART,
    RELOAD
  }

  /** One job. */
  record Job(Verb verb, UnitName unit) {}

  /**
   * How a job ended.
   *
   * @param result systemd's word: {@code done}, {@code failed}, {@code timeout}, {@code canceled},
   *     {@code dependency}, {@code skipped}; {@link Jobs#RUNNING}; {@code no-answer} if the
   *     deadline passed; or a D-Bus error's text if it was refused
   */
  record JobOutcome(Job job, String result) {
    /** Of a job that nobody will ever say how it ended. */
    public static JobOutcome unknown(Job job) {
      return new JobOutcome(job, JobTracker.NO_ANSWER);
    }

    /** Whether the unit is as asked. */
    public boolean done() {
      return result.equals("done");
    }

    /** Whether nobody will ever say how it ended: the connection or the signal is gone. */
    public boolean isUnknown() {
      return result.equals(JobTracker.NO_ANSWER);
    }

    /** Whether it goes on. */
    public boolean isRunning() {
      return result.equals(Jobs.RUNNING);
    }
  }
}
