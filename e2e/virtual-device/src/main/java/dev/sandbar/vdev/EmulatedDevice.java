package dev.sandbar.vdev;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A device with a kernel of its own, that of Debian 13, in QEMU's software emulation. It has what a
 * {@link VirtualDevice} shares with its machine or lacks: kernel modules and the devices that they
 * make, device mapper, quotas, cgroup controllers, a TPM, and power that can fail. It boots in half
 * a minute and computes some ten times slower than its machine, so a {@link VirtualDevice} is for
 * all else.
 *
 * <p>It has no network but its own loopback, unless it is {@linkplain Builder#network given} a card
 * to this machine, and ends with this JVM.
 */
public final class EmulatedDevice extends DeviceFiles implements AutoCloseable {
  /**
   * Older than what this machine has: what was made for its own processor does not run here, and
   * the emulation of its widest registers would take time.
   */
  private static final String CPU = "Nehalem";

  private static final Logger log = LoggerFactory.getLogger(EmulatedDevice.class);
  private static final Duration BOOT = Duration.ofMinutes(10);

  /** QEMU ends with the pipe that only this JVM holds open. */
  private static final String WITH_THIS_JVM =
      "exec 3<&0; \"$@\" </dev/null 3<&- & child=$!; (cat <&3 >/dev/null; kill -KILL $child) & wait $child";

  private static final String LOG = "qemu-system-x86_64.log";
  private static final String CONSOLE = "console";
  private static final String TPM = "tpm";

  private final Path directory;
  private final List<String> machine;
  private final List<String> tpm;
  private final List<Process> processes = new ArrayList<>();
  private @Nullable EmulatedPort port;

  private EmulatedDevice(Path directory, List<String> machine, List<String> tpm) {
    this.directory = directory;
    this.machine = machine;
    this.tpm = tpm;
  }

  /** Begins to describe a device. */
  public static Builder of(Suite suite) {
    return new Builder(suite);
  }

  /** What a device has. */
  public static final class Builder {
    private final Suite suite;
    private final List<String> shares = new ArrayList<>();
    private final List<String> arguments = new ArrayList<>();
    private boolean tpm;
    private boolean network;

    private Builder(Suite suite) {
      this.suite = suite;
    }

    /** Copies a directory of this machine into the device when it boots for the first time. */
    public Builder share(Path from, String to) {
      return mount(from, to, "ro");
    }

    /** Shows a directory in the device, which sees all changes and can write to it. */
    public Builder exchange(Path from, String to) {
      return mount(from, to, "rw");
    }

    /**
     * Shows the JDK that runs this program in the device, at the same place, without what its
     * distribution keeps in single files elsewhere: the certificates.
     */
    public Builder withJava() {
      for (VirtualDeviceSpec.Bind bind : JavaHome.binds(JavaHome.path())) {
        if (Files.isDirectory(bind.from())) {
          share(bind.from(), bind.to());
        }
      }
      return this;
    }

    /** Gives the device a TPM 2.0, which swtpm emulates. */
    public Builder tpm() {
      tpm = true;
      return this;
    }

    /**
     * Gives the device a network card at whose other end is this machine: what listens on the
     * loopback here is at 10.0.2.2 there. The device has to set the card up.
     */
    public Builder network() {
      network = true;
      return this;
    }

    private Builder mount(Path from, String to, String access) {
      if (!to.matches("/[A-Za-z0-9/._+-]+") || from.toString().contains(",")) {
        throw new VirtualDeviceException("cannot show " + from + " as " + to);
      }
      String tag = "share" + shares.size();
      shares.add("share=" + tag + ":" + to + ":" + access);
      arguments.add("-virtfs");
      arguments.add(
          "local,path=%s,mount_tag=%s,security_model=none,multidevs=remap%s"
              .formatted(from.toAbsolutePath(), tag, access.equals("ro") ? ",readonly=on" : ""));
      return this;
    }

    /**
     * Boots the device and waits until it is up.
     *
     * @throws VirtualDeviceException if it cannot; says what is missing, or what the kernel said
     */
    public EmulatedDevice boot() {
      Prerequisites.require(Prerequisites.forEmulation());
      Path made = EmulatedRoots.ensure(suite, log::info);
      try {
        Path directory = fresh(DevicePlaces.cacheDirectory().resolve("emulated"));
        exchange(Files.createDirectory(directory.resolve("host")), "/host");
        sparse(made.resolve("disk"), directory.resolve("disk"));
        var device = new EmulatedDevice(directory, machine(made, directory), tpm(directory));
        try {
          device.boot();
          return device;
        } catch (RuntimeException e) {
          device.close();
          throw e;
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Makes a directory, and removes those of JVMs that were killed. */
    private static Path fresh(Path all) throws IOException {
      Files.createDirectories(all);
      try (Stream<Path> others = Files.list(all)) {
        others
            .filter(other -> !Files.exists(Path.of("/proc", owner(other))))
            .forEach(DeviceRoots::delete);
      }
      return Files.createTempDirectory(all, ProcessHandle.current().pid() + "-");
    }

    private static String owner(Path directory) {
      return directory.getFileName().toString().replaceFirst("-.*", "");
    }

    private List<String> tpm(Path directory) throws IOException {
      if (!tpm) {
        return List.of();
      }
      Path state = Files.createDirectory(directory.resolve(TPM));
      return List.of(
          "swtpm",
          "socket",
          "--tpm2",
          "--tpmstate",
          "dir=" + state,
          "--ctrl",
          "type=unixio,path=" + directory.resolve("tpm.sock"),
          "--flags",
          "not-need-init");
    }

    private List<String> machine(Path made, Path directory) {
      String append =
          "console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off systemd.show_status=no "
              + String.join(" ", shares);
      var argv =
          new ArrayList<>(List.of("qemu-system-x86_64", "-M", "q35", "-accel", "tcg", "-cpu", CPU));
      argv.addAll(List.of("-m", "1024", "-nodefaults", "-display", "none", "-net", "none"));
      argv.addAll(List.of("-serial", "file:" + directory.resolve(CONSOLE)));
      argv.addAll(List.of("-kernel", made.resolve("vmlinuz").toString()));
      argv.addAll(List.of("-initrd", made.resolve("initrd").toString(), "-append", append));
      // What the device has not written to its disk is lost when its power fails, not before.
      argv.add("-drive");
      argv.add("if=virtio,format=raw,cache=unsafe,file=" + directory.resolve("disk"));
      argv.addAll(List.of("-device", "virtio-serial", "-device", "virtserialport,chardev=port"));
      argv.add("-chardev");
      argv.add("socket,id=port,server=on,wait=on,path=" + directory.resolve("port.sock"));
      if (tpm) {
        argv.add("-chardev");
        argv.add("socket,id=tpm,path=" + directory.resolve("tpm.sock"));
        argv.addAll(List.of("-tpmdev", "emulator,id=tpm,chardev=tpm"));
        argv.addAll(List.of("-device", "tpm-tis,tpmdev=tpm"));
      }
      argv.addAll(arguments);
      if (network) {
        // The last one: the port has its name by its place among the devices of virtio.
        argv.addAll(List.of("-netdev", "user,id=host,ipv6=off"));
        argv.addAll(List.of("-device", "virtio-net-pci,netdev=host,romfile="));
      }
      return List.copyOf(argv);
    }
  }

  @Override
  public Duration limit() {
    return Duration.ofMinutes(2);
  }

  @Override
  public CommandResult exec(Duration timeout, String... argv) {
    return port().run(List.of(argv), InputStream.nullInputStream(), timeout).text();
  }

  @Override
  Commands.Output onDisk(List<String> argv, InputStream stdin) {
    return port().run(argv, stdin, limit());
  }

  /** Restarts the device in order, as {@code systemctl reboot} does, and waits until it is up. */
  public void reboot() {
    EmulatedPort open = port();
    open.expectBoot();
    exec("systemctl", "reboot", "--no-block");
    open.awaitUp(BOOT);
  }

  /**
   * Suspends the device to memory, as {@code systemctl suspend} does, until its hardware clock
   * wakes it up; waits for that. What the device {@linkplain Builder#exchange exchanges} with this
   * machine is missing there meanwhile.
   *
   * @param sleep how long from the order on: some seconds are needed to fall asleep
   * @throws VirtualDeviceException if it did not sleep; says what the kernel counts
   */
  public void suspend(Duration sleep) {
    Path said = directory.resolve("host/suspended");
    exec(
            "systemd-run",
            "--no-block",
            "--collect",
            "--unit=suspend-device",
            "/usr/local/lib/suspend",
            Long.toString(sleep.toSeconds()))
        .orThrow();
    if (!Polling.until(sleep.plus(limit()), () -> Files.exists(said))) {
      throw new VirtualDeviceException("the device did not wake up: " + console());
    }
    try {
      String counts = Files.readString(said);
      Files.delete(said);
      if (!counts.startsWith("1\n")) {
        throw new VirtualDeviceException("the device did not sleep: " + counts + console());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes the power away: nothing that the device has not written to its disk is left. */
  public void powerCut() {
    end();
  }

  /** Lets the device boot with another TPM after {@link #powerCut}, one that has no key yet. */
  public void replaceTpm() {
    if (port != null || tpm.isEmpty()) {
      throw new VirtualDeviceException("a TPM is replaced while the power is off");
    }
    Path state = directory.resolve(TPM);
    DeviceRoots.delete(state);
    try {
      Files.createDirectory(state);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Boots the device again after {@link #powerCut}, and waits until it is up. */
  public void boot() {
    if (!tpm.isEmpty()) {
      processes.add(spawn(tpm));
      await(directory.resolve("tpm.sock"));
    }
    processes.add(spawn(machine));
    Path socket = directory.resolve("port.sock");
    await(socket);
    port = EmulatedPort.open(socket, directory.resolve("host"), this::console);
    port.awaitUp(BOOT);
  }

  private EmulatedPort port() {
    if (port == null) {
      throw new VirtualDeviceException("the emulated device is down: boot it first");
    }
    return port;
  }

  /** Returns what the emulator, the kernel and systemd have said since the last start. */
  public String console() {
    return Launcher.readLine(directory.resolve(LOG))
        + Launcher.readLine(directory.resolve(CONSOLE));
  }

  private Process spawn(List<String> argv) {
    var command = new ArrayList<>(List.of("setsid", "sh", "-c", WITH_THIS_JVM, "sh"));
    command.addAll(argv);
    Path log = directory.resolve(argv.getFirst() + ".log");
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(log.toFile())
          .start();
    } catch (IOException e) {
      throw new VirtualDeviceException("cannot run setsid: apt-get install util-linux", e);
    }
  }

  private void await(Path socket) {
    if (!Polling.until(Duration.ofSeconds(30), () -> UnixSockets.listens(socket))) {
      throw new VirtualDeviceException("the emulator did not start: " + console());
    }
  }

  private void end() {
    if (port != null) {
      port.close();
      port = null;
    }
    for (Process process : processes) {
      try {
        process.getOutputStream().close();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (IOException e) {
        process.destroyForcibly();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new VirtualDeviceException("interrupted while an emulated device ends", e);
      }
    }
    processes.clear();
    try {
      Files.deleteIfExists(directory.resolve("port.sock"));
      Files.deleteIfExists(directory.resolve("tpm.sock"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    end();
    DeviceRoots.delete(directory);
  }

  private static void sparse(Path from, Path to) {
    Commands.run(
            List.of("cp", "--sparse=always", "--reflink=auto", from.toString(), to.toString()),
            Map.of(),
            InputStream.nullInputStream(),
            4096,
            Duration.ofMinutes(1))
        .text()
        .orThrow();
  }
}
