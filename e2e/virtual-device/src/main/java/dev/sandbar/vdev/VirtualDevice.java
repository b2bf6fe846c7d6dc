package dev.sandbar.vdev;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A device with a real systemd as pid 1 and a disk that outlives reboots.
 *
 * <p>Not safe for boots, stops and closes from several threads at once; everything else is.
 */
public final class VirtualDevice implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(VirtualDevice.class);
  private static final Duration BOOT_LIMIT = Duration.ofSeconds(60);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofSeconds(30);
  private static final int FILE_LIMIT = 64 << 20;

  private final Places places;
  private final DeviceSpec spec;

  VirtualDevice(Places places, DeviceSpec spec) {
    this.places = places;
    this.spec = spec;
  }

  /** Begins a device that will have this host name. */
  public static Builder named(String name) {
    return new Builder(Names.checked(name));
  }

  /** What a device is to be like. */
  public static final class Builder {
    private final String name;
    private final List<DeviceSpec.Bind> binds = new ArrayList<>();
    private Suite suite = Suite.TRIXIE;
    private boolean detached;
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
      binds.add(new DeviceSpec.Bind(from.toAbsolutePath().normalize(), to));
      return this;
    }

    /**
     * Shows the JDK that runs this JVM (or that {@code SANDBAR_DEVICE_JAVA_HOME} names) at the same
     * path, with everything that its symbolic links lead to. A JDK built for a newer libc than the
     * device's does not run there.
     */
    public Builder withJava() {
      binds.addAll(JavaHome.binds());
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
      Prerequisites.require(Prerequisites.missing());
      var root = DeviceRoots.root(suite, line -> log.info("root={} {}", suite.codename(), line));
      Places places = Places.ofThisMachine();
      if (!detached) {
        Launcher.guard(places);
      }
      String id = detached ? name : Names.unique(name);
      VirtualNetwork.Link link = network == null ? null : network.lease(id);
      var spec = new DeviceSpec(id, name, suite, root, List.copyOf(binds), link, Instant.now());
      Entry.create(places, Places.Kind.DEVICE, id, detached, spec.store());
      var device = new VirtualDevice(places, spec);
      try {
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

  /** Returns the device's IPv6 address on its network. */
  public Optional<String> address6() {
    return link().map(VirtualNetwork.Link::ipv6);
  }

  Optional<VirtualNetwork.Link> link() {
    return Optional.ofNullable(spec.link());
  }

  /** Tells whether its systemd runs. */
  public boolean running() {
    return currentPid() > 0 && populated();
  }

  /**
   * Returns the process id of the device's systemd as this machine sees it.
   *
   * @throws VirtualDeviceException if the device is down
   */
  public long pid() {
    long pid = currentPid();
    if (pid <= 0 || !populated()) {
      throw new VirtualDeviceException("the device " + name() + " is down: boot it first");
    }
    return pid;
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

  /** Runs a command as root in the device, outside of any unit, and waits for its end. */
  public Result exec(Duration timeout, String... argv) {
    return run(List.of(argv), InputStream.nullInputStream(), Commands.LIMIT, timeout).text();
  }

  /** Runs a command as {@link #exec(Duration, String...)} does, for at most 30 s. */
  public Result exec(String... argv) {
    return exec(SHORT, argv);
  }

  /**
   * Starts a command as root in the device, outside of any unit. It ends with the device at the
   * latest.
   */
  public RunningProgram start(List<String> argv, Map<String, String> environment) {
    return new RunningProgram(Commands.start(enter(argv), environment));
  }

  private Commands.Output run(List<String> argv, InputStream stdin, int limit, Duration timeout) {
    return Commands.run(enter(argv), Map.of(), stdin, limit, timeout);
  }

  /**
   * The command joins the device's cgroup first, so that systemd inside can move it to a unit and
   * ending the device ends it; it dies with nsenter, which is all that this JVM can kill.
   */
  private List<String> enter(List<String> argv) {
    Path group = cgroup().resolve("exec");
    String pid = Long.toString(pid());
    try {
      Files.createDirectories(group);
    } catch (IOException e) {
      throw new VirtualDeviceException("the device " + name() + " is going down", e);
    }
    var command =
        new ArrayList<>(List.of("sh", "-c", "echo 0 >\"$0/cgroup.procs\" && exec nsenter \"$@\""));
    command.add(group.toString());
    command.addAll(
        List.of("--target", pid, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--"));
    command.addAll(List.of("setpriv", "--pdeathsig", "KILL", "--"));
    command.addAll(argv);
    return command;
  }

  /**
   * Copies a file of this machine into the device, with mode 0755 if it is executable, else 0644.
   */
  public void put(Path local, String devicePath) {
    try (InputStream in = Files.newInputStream(local)) {
      write(in, Files.isExecutable(local) ? "0755" : "0644", devicePath);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes a text file of mode 0644 in the device, making its parent directories. */
  public void write(String devicePath, String text) {
    write(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), "0644", devicePath);
  }

  /** Replaces the file at once, so that who watches it in the device never sees half of it. */
  private void write(InputStream content, String mode, String devicePath) {
    String script =
        "set -e; mkdir -p \"$(dirname \"$0\")\"; cat >\"$0.part\"; chmod \"$1\" \"$0.part\";"
            + " mv \"$0.part\" \"$0\"";
    onDisk(List.of("sh", "-c", script, absolute(devicePath), mode), content, 65536)
        .text()
        .orThrow();
  }

  /**
   * Returns the content of a file in the device, at most 64 MiB of it.
   *
   * @throws VirtualDeviceException if it cannot be read
   */
  public byte[] get(String devicePath) {
    var output =
        onDisk(
            List.of("cat", "--", absolute(devicePath)), InputStream.nullInputStream(), FILE_LIMIT);
    if (output.exitCode() != 0) {
      throw new VirtualDeviceException(output.text().stderr().strip());
    }
    return output.stdout();
  }

  /** Returns the content of a text file in the device. */
  public String read(String devicePath) {
    return new String(get(devicePath), StandardCharsets.UTF_8);
  }

  private Commands.Output onDisk(List<String> argv, InputStream stdin, int limit) {
    if (running()) {
      return run(argv, stdin, limit, SHORT);
    }
    var offline = new ArrayList<>(List.of("sh", Launcher.script(places).toString(), "offline"));
    offline.addAll(argv);
    return Commands.run(offline, environment(), stdin, limit, SHORT);
  }

  private static String absolute(String devicePath) {
    if (!devicePath.startsWith("/")) {
      throw new VirtualDeviceException("not an absolute path in a device: " + devicePath);
    }
    return devicePath;
  }

  /** Boots the device again from its disk after {@link #stop} or {@link #powerCut}. */
  public void boot() {
    if (running()) {
      throw new VirtualDeviceException("the device " + name() + " runs already");
    }
    awaitDown(SHORT);
    long begun = System.nanoTime();
    Path output = state().resolve("log");
    Process launcher = Launcher.spawn(places, "boot", environment(), output);
    boolean answers =
        Await.until(
            BOOT_LIMIT,
            () -> !launcher.isAlive() || (currentPid() > 0 && Files.exists(busSocket())));
    if (!answers || !launcher.isAlive()) {
      throw failed("systemd did not come up", Launcher.readLine(output));
    }
    Result state = exec(BOOT_LIMIT, "systemctl", "is-system-running", "--wait");
    long millis = (System.nanoTime() - begun) / 1_000_000;
    switch (state.stdout().strip()) {
      case "running" -> log.info("device={} booted millis={}", id(), millis);
      case "degraded" ->
          log.warn(
              "device={} booted millis={} failed units: {}",
              id(),
              millis,
              exec("systemctl", "--failed", "--plain", "--no-legend").stdout().strip());
      default -> throw failed("systemd is " + state, exec("journalctl", "-b", "-n", "30").stdout());
    }
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
    Launcher.kill(places, Places.Kind.DEVICE, id());
    awaitDown(SHORT);
  }

  /** Waits until the launcher has seen the end of the device and tidied up. */
  private void awaitDown(Duration limit) {
    if (!Await.until(limit, () -> !populated())) {
      throw new VirtualDeviceException(
          "the device %s did not go down within %d s. powerCut() ends it at once"
              .formatted(name(), limit.toSeconds()));
    }
    Path pid = state().resolve("pid");
    if (!Await.until(Duration.ofSeconds(5), () -> !Files.exists(pid))) {
      // Its launcher was killed.
      try {
        Files.deleteIfExists(pid);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Ends the device at once and removes it: processes, cgroup, loop devices, disk, entry. */
  @Override
  public void close() {
    Launcher.remove(places, Places.Kind.DEVICE, id());
    link().ifPresent(link -> VirtualNetwork.of(places, link.network()).release(link));
  }

  private Map<String, String> environment() {
    var env = new HashMap<String, String>();
    env.put("VD_STATE", state().toString());
    env.put("VD_CGROUP", cgroup().toString());
    env.put("VD_ROOT", spec.root().tree().toString());
    env.put("VD_NODES", spec.root().nodes().toString());
    env.put("VD_DISK", places.disks().resolve(id()).toString());
    env.put("VD_NAME", name());
    env.put("VD_BINDS", spec.bindLines());
    link()
        .ifPresent(
            link -> {
              long network = VirtualNetwork.of(places, link.network()).pid();
              if (network > 0) {
                env.put("VD_NET_PID", Long.toString(network));
                env.put("VD_PORT", link.port());
                env.put("VD_IP4", link.ipv4());
                env.put("VD_IP6", link.ipv6());
                env.put("VD_GW4", VirtualNetwork.Peer.ROUTER.ipv4());
                env.put("VD_GW6", VirtualNetwork.Peer.ROUTER.ipv6());
              }
            });
    return env;
  }

  private long currentPid() {
    String text = Launcher.readLine(state().resolve("pid"));
    return text.isEmpty() ? -1 : Long.parseLong(text);
  }

  private boolean populated() {
    return Launcher.readLine(cgroup().resolve("cgroup.events")).contains("populated 1");
  }

  private Path state() {
    return places.entries(Places.Kind.DEVICE).resolve(id());
  }

  private Path cgroup() {
    return places.cgroupOf(Places.Kind.DEVICE, id());
  }
}
