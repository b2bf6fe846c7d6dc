package dev.sandbar.vdev;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How this machine sees a device: its entry, cgroup, systemd and disk, and the way in. */
record DeviceHandle(DevicePlaces places, VirtualDeviceSpec spec) {
  private static final Duration SHORT = Duration.ofSeconds(30);

  String id() {
    return spec.id();
  }

  Optional<VirtualNetwork.Link> link() {
    return Optional.ofNullable(spec.link());
  }

  boolean running() {
    return currentPid() > 0 && populated();
  }

  long pid() {
    long pid = currentPid();
    if (pid <= 0 || !populated()) {
      throw new VirtualDeviceException("the device " + spec.name() + " is down: boot it first");
    }
    return pid;
  }

  Commands.Output run(List<String> argv, InputStream stdin, int limit, Duration timeout) {
    return Commands.run(enter(argv), Map.of(), stdin, limit, timeout);
  }

  /**
   * The command joins the device's cgroup first, so that systemd inside can move it to a unit and
   * ending the device ends it; it dies with nsenter, which is all that this JVM can kill.
   */
  List<String> enter(List<String> argv) {
    Path group = cgroup().resolve("exec");
    String pid = Long.toString(pid());
    try {
      Files.createDirectories(group);
    } catch (IOException e) {
      throw new VirtualDeviceException("the device " + spec.name() + " is going down", e);
    }
    var command =
        new ArrayList<>(List.of("sh", "-c", "echo 0 >\"$0/cgroup.procs\" && exec nsenter \"$@\""));
    command.add(group.toString());
    command.addAll(
        List.of("--target", pid, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--"));
    command.addAll(List.of("setpriv", "--bounding-set=-sys_time", "--pdeathsig", "KILL", "--"));
    command.addAll(argv);
    return command;
  }

  Commands.Output onDisk(List<String> argv, InputStream stdin, int limit) {
    if (running()) {
      return run(argv, stdin, limit, SHORT);
    }
    var offline = new ArrayList<>(List.of("sh", Launcher.script(places).toString(), "offline"));
    offline.addAll(argv);
    return Commands.run(offline, environment(), stdin, limit, SHORT);
  }

  static String absolute(String devicePath) {
    if (!devicePath.startsWith("/")) {
      throw new VirtualDeviceException("not an absolute path in a device: " + devicePath);
    }
    return devicePath;
  }

  void makeDisk(int mebibytes) {
    Path image = places.disks().resolve(id()).resolve("image");
    try {
      Files.createDirectories(image.getParent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Commands.run(
            List.of("mkfs.ext4", "-q", "-m", "0", image.toString(), mebibytes + "m"),
            Map.of(),
            InputStream.nullInputStream(),
            65536,
            SHORT)
        .text()
        .orThrow();
  }

  Map<String, String> environment() {
    var env = new HashMap<String, String>();
    env.put("VD_STATE", state().toString());
    env.put("VD_CGROUP", cgroup().toString());
    env.put("VD_ROOT", spec.root().tree().toString());
    env.put("VD_NODES", spec.root().nodes().toString());
    env.put("VD_DISK", places.disks().resolve(id()).toString());
    env.put("VD_NAME", spec.name());
    env.put("VD_BINDS", spec.bindLines());
    env.put("VD_HOTPLUG", spec.hotplug() ? "yes" : "no");
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

  long currentPid() {
    String text = Launcher.readLine(state().resolve("pid"));
    return text.isEmpty() ? -1 : Long.parseLong(text);
  }

  /** A launcher that was killed has left the last pid standing. */
  void forgetPid() {
    try {
      Files.deleteIfExists(state().resolve("pid"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean populated() {
    return Launcher.readLine(cgroup().resolve("cgroup.events")).contains("populated 1");
  }

  Path state() {
    return places.entries(DevicePlaces.Kind.DEVICE).resolve(id());
  }

  Path cgroup() {
    return places.cgroupOf(DevicePlaces.Kind.DEVICE, id());
  }

  /** Tells whether the launcher has seen the end of the device and tidied up, or is gone itself. */
  boolean settled() {
    String supervisor = Launcher.readLine(state().resolve("supervisor"));
    return !populated() && (supervisor.isEmpty() || !Files.exists(Path.of("/proc", supervisor)));
  }
}
