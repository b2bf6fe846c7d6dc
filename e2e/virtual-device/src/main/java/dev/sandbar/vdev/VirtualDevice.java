package dev.sandbar.vdev;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A device with a real systemd as pid 1 and a disk that outlives reboots.
 *
 * <p>Not safe for boots, stops and closes from several threads at once; everything else is.
 */
public final class VirtualDevice extends DeviceFiles implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(VirtualDevice.class);
  private static final Duration BOOT_LIMIT = Duration.ofSeconds(60);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofSeconds(30);
  private static final int FILE_LIMIT = 64 << 20;

  /** The bus takes connections before systemd is on it. */
  private static final String SETTLE =
      """
      tries=0
      until busctl call org.freedesktop.DBus / org.freedesktop.DBus NameHasOwner s \\
        org.freedesktop.systemd1 2>/dev/null | grep -q true; do
        tries=$((tries + 1))
        [ "$tries" -lt 1000 ] || { echo "not on its bus"; exit 1; }
        sleep 0.02
      done
      systemctl is-system-running --wait
      """;

  private final DevicePlaces places;
  private final VirtualDeviceSpec spec;
  private final DeviceHandle handle;

  VirtualDevice(DevicePlaces places, VirtualDeviceSpec spec) {
    this.places = places;
    this.spec = spec;
    this.handle = new DeviceHandle(places, spec);
  }

  /** Begins a device that will have this host name. */
  public static Builder named(String name) {
    return new Builder(DeviceNaming.checked(name));
  }

  /** What a device is to be like. */
  public static final class Builder {
    private final String name;
    private final List<VirtualDeviceSpec.Bind> binds = new ArrayList<>();
    private Suite suite = Suite.TRIXIE;
    private boolean detached;
    private boolean hotplug;
    private int diskMebibytes;
    private @Nullable VirtualNetwork network;

    private Builder(String name) {
      this.name = name;
    }

    /** Chooses the Debian release; {@link Suite#TRIXIE} if not called. */
    public Builder suite(Suite suite) {
      this.suite = suite;
      return this;
    }

    /** Joins a network; without one the device has only a loopback interface. */
    public Builder network(VirtualNetwork network) {
      this.network = network;
      return this;
    }

    /** Shows a file or directory of this machine, read-only, at a path in the device. */
    public Builder bind(Path from, String to) {
      if (!Files.exists(from)) {
        throw new VirtualDeviceException("cannot show " + from + " in a device: it does not exist");
      }
      binds.add(new VirtualDeviceSpec.Bind(from.toAbsolutePath().normalize(), to));
      return this;
    }

    /**
     * Shows the JDK that runs this JVM (or that {@code SANDBAR_DEVICE_JAVA_HOME} names) at the same
     * path, with everything that its symbolic links lead to. A JDK built for a newer libc than the
     * device's does not run there.
     */
    public Builder withJava() {
      binds.addAll(JavaHome.binds(JavaHome.path()));
      return this;
    }

    /**
     * Gives the device a disk of this size (ext4), which can be full, and which loses in a power
     * cut what was not synced to it. Without this call the disk is as large as the machine's and
     * keeps every write.
     */
    public Builder disk(int mebibytes) {
      if (mebibytes < 8) {
        throw new VirtualDeviceException("a disk has at least 8 MiB, not " + mebibytes);
      }
      this.diskMebibytes = mebibytes;
      return this;
    }

    /** Has udev run, and systemd have units for devices. The machine's own stay as they are. */
    public Builder hotplug() {
      this.hotplug = true;
      return this;
    }

    /** Lets the device outlive this JVM. Its name is its id then, and must be free. */
    public Builder detached() {
      this.detached = true;
      return this;
    }

    /**
     * Boots the device and waits until systemd has done its jobs.
     *
     * @throws VirtualDeviceException if this machine lacks something or the device does not come up
     */
    public VirtualDevice boot() {
      Prerequisites.requireForBoot();
      var root = DeviceRoots.root(suite, line -> log.info("root={} {}", suite.codename(), line));
      DevicePlaces places = DevicePlaces.ofThisMachine();
      if (!detached) {
        Launcher.guard(places);
      }
      String id = detached ? name : DeviceNaming.unique(name);
      VirtualNetwork.Link link = network == null ? null : network.lease(id);
      var spec =
          new VirtualDeviceSpec(
              id, name, suite, root, List.copyOf(binds), link, hotplug, Instant.now());
      Entry.create(places, DevicePlaces.Kind.DEVICE, id, detached, spec.store());
      var device = new VirtualDevice(places, spec);
      try {
        if (diskMebibytes > 0) {
          device.handle.makeDisk(diskMebibytes);
        }
        device.boot();
        return device;
      } catch (RuntimeException e) {
        device.close();
        throw e;
      }
    }
  }

  /** Returns the host name. */
  public String name() {
    return spec.name();
  }

  /** Returns the name it is listed by on this machine; unlike the host name it is unique. */
  public String id() {
    return spec.id();
  }

  /** Returns the Debian release. */
  public Suite suite() {
    return spec.suite();
  }

  /** Returns when the device was made. */
  public Instant since() {
    return spec.since();
  }

  /** Returns the device's IPv4 address on its network. */
  public Optional<String> address() {
    return link().map(VirtualNetwork.Link::ipv4);
  }

  /** Returns the name of the network that it is on. */
  public Optional<String> networkName() {
    return link().map(VirtualNetwork.Link::network);
  }

  /** Returns the device's IPv6 address on its network. */
  public Optional<String> address6() {
    return link().map(VirtualNetwork.Link::ipv6);
  }

  Optional<VirtualNetwork.Link> link() {
    return handle.link();
  }

  /** Tells whether its systemd runs. */
  public boolean running() {
    return handle.running();
  }

  /**
   * Returns the process id of the device's systemd as this machine sees it.
   *
   * @throws VirtualDeviceException if the device is down
   */
  public long pid() {
    return handle.pid();
  }

  /**
   * Returns the device's root directory as this machine sees it while it runs. An absolute symbolic
   * link in it leads to this machine's own files: read through {@link #get} where one may stand.
   */
  public Path root() {
    return Path.of("/proc", Long.toString(pid()), "root");
  }

  /** Returns the socket of the device's system bus; root may connect to it from this machine. */
  public Path busSocket() {
    return root().resolve("run/dbus/system_bus_socket");
  }

  /** Returns the device's network namespace, in which this JVM can open sockets. */
  public NetworkNamespace network() {
    return new NetworkNamespace(Path.of("/proc", Long.toString(pid()), "ns/net"));
  }

  @Override
  public Duration limit() {
    return SHORT;
  }

  @Override
  public CommandResult exec(Duration timeout, String... argv) {
    return handle.run(List.of(argv), InputStream.nullInputStream(), Commands.LIMIT, timeout).text();
  }

  /**
   * Starts a command as root in the device, outside of any unit. It ends with the device at the
   * latest.
   */
  public RunningProgram start(List<String> argv, Map<String, String> environment) {
    return new RunningProgram(Commands.start(handle.enter(argv), environment));
  }

  /**
   * Runs a command in the device on the standard streams of this JVM, as a terminal's user wants
   * it.
   *
   * @return the exit code
   */
  public int attach(List<String> argv) {
    return Commands.attach(handle.enter(argv));
  }

  @Override
  Commands.Output onDisk(List<String> argv, InputStream stdin) {
    return handle.onDisk(argv, stdin, FILE_LIMIT);
  }

  /** Boots the device again from its disk after {@link #stop} or {@link #powerCut}. */
  public void boot() {
    if (running()) {
      throw new VirtualDeviceException("the device " + name() + " runs already");
    }
    awaitDown(SHORT);
    handle.forgetPid();
    long begun = System.nanoTime();
    Path output = handle.state().resolve("log");
    Process launcher = Launcher.spawn(places, "boot", handle.environment(), output);
    awaitBoot(begun, -1, launcher::isAlive);
  }

  /** Restarts the device in order, as {@code systemctl reboot} does, and waits until it is up. */
  public void reboot() {
    long begun = System.nanoTime();
    long before = pid();
    exec("systemctl", "reboot", "--no-block");
    awaitBoot(begun, before, () -> true);
  }

  private void awaitBoot(long begun, long pidBefore, BooleanSupplier alive) {
    boolean answers =
        Polling.until(BOOT_LIMIT, () -> !alive.getAsBoolean() || hasBusOfAnother(pidBefore));
    if (!answers || !alive.getAsBoolean()) {
      throw failed("systemd did not come up", Launcher.readLine(handle.state().resolve("log")));
    }
    CommandResult state = exec(BOOT_LIMIT, "sh", "-c", SETTLE);
    long millis = (System.nanoTime() - begun) / 1_000_000;
    switch (state.stdout().strip()) {
      case "running" -> log.info("device={} booted millis={}", id(), millis);
      case "degraded" ->
          log.warn(
              "device={} booted millis={} failed units: {}",
              id(),
              millis,
              exec("systemctl", "--failed", "--plain", "--no-legend").stdout().strip());
      default ->
          throw failed(
              "systemd is " + state.stdout().strip(),
              exec("journalctl", "-b", "-n", "40").stdout());
    }
  }

  private boolean hasBusOfAnother(long pidBefore) {
    long pid = handle.currentPid();
    return pid > 0
        && pid != pidBefore
        && Files.exists(Path.of("/proc", Long.toString(pid), "root/run/dbus/system_bus_socket"));
  }

  private VirtualDeviceException failed(String what, String said) {
    powerCut();
    return new VirtualDeviceException(
        "the device %s (%s) did not boot: %s\n%s"
            .formatted(name(), suite().codename(), what, said));
  }

  /** Shuts the device down in order, as {@code systemctl poweroff} does. */
  public void stop() {
    if (running()) {
      // The connection may end before the answer comes.
      exec("systemctl", "poweroff", "--no-block");
    }
    awaitDown(STOP_LIMIT);
  }

  /** Ends everything in the device at once. What was written to its disk stays, nothing else. */
  public void powerCut() {
    Launcher.kill(places, DevicePlaces.Kind.DEVICE, id());
    awaitDown(SHORT);
  }

  private void awaitDown(Duration limit) {
    if (!Polling.until(limit, handle::settled)) {
      throw new VirtualDeviceException(
          "the device %s did not go down within %d s. powerCut() ends it at once"
              .formatted(name(), limit.toSeconds()));
    }
  }

  /** Ends the device at once and removes it: processes, cgroup, loop devices, disk, entry. */
  @Override
  public void close() {
    Launcher.remove(places, DevicePlaces.Kind.DEVICE, id());
    link().ifPresent(link -> VirtualNetwork.of(places, link.network()).release(link));
  }
}
