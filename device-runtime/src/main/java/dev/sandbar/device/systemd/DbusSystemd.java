package dev.sandbar.device.systemd;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.kernel.InaccessibleNodes;
import dev.sandbar.device.systemd.Bus.Pending;
import dev.sandbar.device.systemd.SystemdEvent.Disconnected;
import dev.sandbar.device.systemd.SystemdException.Kind;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * systemd over the message bus (org.freedesktop.systemd1(5)).
 *
 * <p>Safe for use by many threads. A lost connection stays lost: {@link Disconnected} comes once,
 * every call fails with {@link Kind#UNAVAILABLE}, and whoever made this makes a new one and reads
 * everything again.
 */
public final class DbusSystemd implements Systemd {

  /** Where the system bus listens on every device. */
  public static final String SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket";

  static final String SYSTEMD = "org.freedesktop.systemd1";
  private static final String PATH = "/org/freedesktop/systemd1";
  private static final String MANAGER = "org.freedesktop.systemd1.Manager";
  static final String PROPERTIES = "org.freedesktop.DBus.Properties";
  private static final String CLOCK = "org.freedesktop.timedate1";
  private static final String BUS = "org.freedesktop.DBus";

  /** What a slice is called that is empty, and in the slice of an app. */
  private static final String REFRESH = "-refresh.slice";

  /** As long as sd-bus waits: PID 1 answers nobody while it reloads. */
  private static final Duration DEADLINE = Duration.ofSeconds(25);

  /** 500 running units take less than a second on a small machine, a loaded one far longer. */
  private static final Duration RELOAD_DEADLINE = Duration.ofSeconds(90);

  /** dbus-daemon refuses a connection more than 128 unanswered calls. */
  private static final int WINDOW = 64;

  private final Bus bus;
  private final JobTracker jobs = new JobTracker();
  private final EventPump events = new EventPump();

  private final BusSignals signals = new BusSignals(jobs, events);

  /** Slices of services of the device whose filters had to be attached again. */
  private final Set<UnitName> refreshed = ConcurrentHashMap.newKeySet();

  private volatile String version = "";

  private final Duration deadline;

  private DbusSystemd(String address, Duration deadline) {
    this.deadline = deadline;
    bus = Bus.connect(address, signals::disconnected);
  }

  /** Connects to the system bus of this machine. */
  public static DbusSystemd connect() {
    return connect(SYSTEM_BUS);
  }

  /**
   * Connects.
   *
   * @param busAddress D-Bus address, for example {@code unix:path=/run/dbus/system_bus_socket}
   * @throws SystemdException if nobody listens there, or systemd is not on that bus
   */
  public static DbusSystemd connect(String busAddress) {
    return connect(busAddress, DEADLINE);
  }

  /** Connects, with another deadline for calls that take no time of their own. */
  static DbusSystemd connect(String busAddress, Duration deadline) {
    var systemd = new DbusSystemd(busAddress, deadline);
    try {
      systemd.start();
      return systemd;
    } catch (RuntimeException e) {
      systemd.close();
      throw e;
    }
  }

  private void start() {
    signals.listen(bus);
    signals.owner(
        text(call(BUS, "/org/freedesktop/DBus", BUS, "GetNameOwner", "s", SYSTEMD).getFirst()));
    manager("Subscribe", "");
    version = text(call(SYSTEMD, PATH, PROPERTIES, "Get", "ss", MANAGER, "Version").getFirst());
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public boolean isClockSynchronized() {
    return call(
                    CLOCK,
                    "/org/freedesktop/timedate1",
                    PROPERTIES,
                    "Get",
                    "ss",
                    CLOCK,
                    "NTPSynchronized")
                .getFirst()
            instanceof Raw.Bool(boolean is)
        && is;
  }

  @Override
  public SortedMap<String, Raw> properties(UnitName unit) {
    // The empty interface stands for all of them: one round trip instead of three. Asking for a
    // unit's path loads the unit.
    List<Raw> reply = call(SYSTEMD, UnitPaths.of(unit), PROPERTIES, "GetAll", "s", "");
    var properties = new TreeMap<String, Raw>();
    for (Raw entry : items(reply)) {
      List<Raw> pair = ((Raw.Tuple) entry).fields();
      properties.put(text(pair.get(0)), pair.get(1));
    }
    return properties;
  }

  @Override
  public UnitReader reader(Set<String> names) {
    return new PipelinedReader(bus, deadline, names);
  }

  @Override
  public String lastLoaded() {
    try {
      List<Raw> reply =
          call(SYSTEMD, PATH, PROPERTIES, "Get", "ss", MANAGER, "UnitsLoadTimestampMonotonic");
      return reply.getFirst() instanceof Raw.Int(long bits) ? Long.toUnsignedString(bits) : "";
    } catch (SystemdException e) {
      if (e.kind() == Kind.UNAVAILABLE) {
        throw e;
      }
      return "";
    }
  }

  @Override
  public SortedSet<String> managerVariables() {
    var names = new TreeSet<String>();
    List<Raw> reply = call(SYSTEMD, PATH, PROPERTIES, "Get", "ss", MANAGER, "Environment");
    if (reply.getFirst() instanceof Raw.Array(List<Raw> assignments)) {
      for (Raw assignment : assignments) {
        names.add(text(assignment).split("=", 2)[0]);
      }
    }
    return names;
  }

  @Override
  public Map<UnitName, Raw> lines(List<String> patterns) {
    List<Raw> reply = manager("ListUnitsByPatterns", "asas", new String[0], strings(patterns));
    var lines = new TreeMap<UnitName, Raw>();
    for (Raw item : items(reply)) {
      UnitPaths.name(text(fields(item).get(0))).ifPresent(name -> lines.put(name, item));
    }
    return lines;
  }

  @Override
  public Map<UnitName, String> units(List<String> patterns) {
    var units = new TreeMap<UnitName, String>();
    lines(patterns).forEach((name, line) -> units.put(name, text(fields(line).get(3))));
    return units;
  }

  private static List<Raw> fields(Raw structure) {
    return ((Raw.Tuple) structure).fields();
  }

  @Override
  public void reload() {
    bus.awaitRepeated(bus.send(SYSTEMD, PATH, MANAGER, "Reload", ""), RELOAD_DEADLINE);
    refreshFilters(Set.of());
  }

  @Override
  public void refreshFilters(Set<UnitName> lost) {
    for (UnitName unit : lost) {
      if (unit.ownApp().isEmpty()
          && properties(unit).get("Slice") instanceof Raw.Str(String slice)
          && UnitName.isValid(slice)) {
        refreshed.add(new UnitName(slice));
      }
    }
    if ("active".equals(units(List.of(UnitName.SLICE.value())).get(UnitName.SLICE))) {
      refresh(UnitName.SLICE);
    }
    refreshed.forEach(this::refresh);
  }

  /** A slice has neither file nor process. Starting one makes systemd look at all its siblings. */
  private void refresh(UnitName slice) {
    String parent = slice.value().substring(0, slice.value().lastIndexOf('.'));
    var empty = new UnitName((parent.equals("-") ? "sandbar" : parent) + REFRESH);
    run(List.of(new Job(Verb.START, empty)), deadline);
    run(List.of(new Job(Verb.STOP, empty)), deadline);
  }

  @Override
  public void thaw(UnitName unit) {
    manager("ThawUnit", "s", unit.value());
  }

  @Override
  public Jobs start(List<Job> wanted, int atOnce, Consumer<Job> ended) {
    return new TrackedJobs(jobs, this::asked, ended, wanted, atOnce);
  }

  private List<TrackedJobs.Asked> asked(List<Job> wanted) {
    long end = System.nanoTime() + deadline.toNanos();
    jobs.begin();
    var asked = new ArrayList<TrackedJobs.Asked>();
    try {
      var window = new ArrayDeque<Sent>();
      for (Job job : wanted) {
        if (window.size() == WINDOW) {
          asked.add(answered(window.remove(), end));
        }
        window.add(sent(job));
      }
      window.forEach(sent -> asked.add(answered(sent, end)));
    } finally {
      jobs.asked(TrackedJobs.paths(asked));
    }
    return asked;
  }

  /** A job that was asked for; without a call, the reason why not. */
  private record Sent(Job job, List<Pending> call, String refusal) {}

  private Sent sent(Job job) {
    String member =
        switch (job.verb()) {
          case START -> "StartUnit";
          case STOP -> "StopUnit";
          case RESTART -> "RestartUnit";
          case RELOAD -> "ReloadUnit";
        };
    try {
      Pending call = bus.send(SYSTEMD, PATH, MANAGER, member, "ss", job.unit().value(), "replace");
      return new Sent(job, List.of(call), "");
    } catch (SystemdException e) {
      return new Sent(job, List.of(), refusal(e));
    }
  }

  private TrackedJobs.Asked answered(Sent sent, long end) {
    if (sent.call().isEmpty()) {
      return new TrackedJobs.Asked(sent.job(), "", sent.refusal());
    }
    try {
      String path = text(bus.await(sent.call().getFirst(), left(end)).getFirst());
      return new TrackedJobs.Asked(sent.job(), path, "");
    } catch (SystemdException e) {
      return new TrackedJobs.Asked(sent.job(), "", refusal(e));
    }
  }

  private static String refusal(SystemdException e) {
    return e.kind() == Kind.UNAVAILABLE ? JobTracker.NO_ANSWER : String.valueOf(e.getMessage());
  }

  private static Duration left(long end) {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }

  @Override
  public void enable(Collection<UnitName> units) {
    manager("EnableUnitFiles", "asbb", strings(names(units)), false, true);
  }

  @Override
  public void disable(UnitName unit) {
    manager("DisableUnitFiles", "asb", strings(List.of(unit.value())), false);
  }

  @Override
  public void unmask(Collection<UnitName> units) {
    manager("UnmaskUnitFiles", "asb", strings(names(units)), false);
    manager("UnmaskUnitFiles", "asb", strings(names(units)), true);
  }

  private static List<String> names(Collection<UnitName> units) {
    return units.stream().map(UnitName::value).toList();
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if a property cannot be set on a running unit, or its value is
   *     of the wrong type
   */
  @Override
  public void setProperties(UnitName unit, Map<String, Raw> properties) {
    var settings = new ArrayList<Object>();
    new TreeMap<>(properties)
        .forEach(
            (name, value) -> {
              String signature = DirectiveTable.liveSignatures().get(name);
              if (signature == null) {
                throw new IllegalArgumentException(name + " cannot be set on a running unit");
              }
              settings.add(new Object[] {name, RawValues.variant(signature, value)});
            });
    manager("SetUnitProperties", "sba(sv)", unit.value(), true, settings);
  }

  @Override
  public void hide(UnitName unit, String path, boolean directory) {
    boolean readOnly = true;
    boolean make = false;
    String nothing = InaccessibleNodes.DIRECTORY + "/" + (directory ? "dir" : "reg");
    // Not twice: the second mount would hide nothing more and stay when the first is taken away.
    bus.await(
        bus.send(
            SYSTEMD,
            PATH,
            MANAGER,
            "BindMountUnit",
            "sssbb",
            unit.value(),
            nothing,
            path,
            readOnly,
            make),
        deadline);
  }

  @Override
  public void resetFailed(UnitName unit) {
    manager("ResetFailedUnit", "s", unit.value());
  }

  @Override
  public void kill(UnitName unit) {
    int sigkill = 9;
    manager("KillUnit", "ssi", unit.value(), "all", sigkill);
  }

  @Override
  public List<Integer> processes(UnitName unit) {
    List<Raw> reply = manager("GetUnitProcesses", "s", unit.value());
    var pids = new ArrayList<Integer>();
    for (Raw item : items(reply)) {
      pids.add((int) ((Raw.Int) ((Raw.Tuple) item).fields().get(1)).bits());
    }
    return pids;
  }

  @Override
  public void watch(Consumer<SystemdEvent> listener) {
    events.add(listener);
    if (!bus.isConnected()) {
      events.offer(new Disconnected());
    }
  }

  @Override
  public void close() {
    events.close();
    bus.close();
  }

  private List<Raw> manager(String member, String signature, Object... arguments) {
    return call(SYSTEMD, PATH, MANAGER, member, signature, arguments);
  }

  private List<Raw> call(
      String destination,
      String path,
      String face,
      String member,
      String signature,
      Object... arguments) {
    return bus.awaitRepeated(
        bus.send(destination, path, face, member, signature, arguments), deadline);
  }

  private static String[] strings(Collection<String> texts) {
    return texts.toArray(String[]::new);
  }

  /** The array that is the only value of the answer. */
  private static List<Raw> items(List<Raw> reply) {
    return ((Raw.Array) reply.getFirst()).items();
  }

  private static String text(Raw raw) {
    return ((Raw.Str) raw).text();
  }
}
