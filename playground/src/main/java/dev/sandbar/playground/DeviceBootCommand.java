package dev.sandbar.playground;

import dev.sandbar.cli.CommandException;
import dev.sandbar.cli.CommonOptions;
import dev.sandbar.cli.ExitCode;
import dev.sandbar.cli.OutputOptions;
import dev.sandbar.cli.Printer;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Interruption;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.vdev.DeviceRegistry;
import dev.sandbar.vdev.DeviceRoots;
import dev.sandbar.vdev.Prerequisites;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar device boot}. */
@Command(
    name = "boot",
    description = {
      "Boot a virtual device: a new one, or one that is stopped.",
      "",
      "The first device of a suite takes half a minute, since its Debian is"
          + " unpacked then. A stopped device boots from its disk."
    },
    footer = {
      "  sandbar device boot pump-1",
      "  sandbar device boot old-pump --suite bookworm",
      "  sandbar device boot pump-2 --network plant --with-sandbar",
      "                                    on a network with other devices,",
      "                                    with this program in /usr/share/sandbar"
    })
final class DeviceBootCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(
      names = "--suite",
      paramLabel = "SUITE",
      defaultValue = "trixie",
      description =
          "Debian release of a new device: bookworm (systemd 252), trixie (257, the default) or"
              + " forky (262).")
  private Suite suite = Suite.TRIXIE;

  @Option(
      names = "--network",
      paramLabel = "NETWORK",
      defaultValue = "",
      description =
          "Network of virtual devices to attach a new device to; created if it does not"
              + " exist, and removed with the last device. Without it the device has no"
              + " network link.")
  private String network = "";

  @Option(
      names = "--with-sandbar",
      description =
          "Make this program and its JDK available in a new device, at /usr/share/sandbar.")
  private boolean withSandbar;

  @Parameters(paramLabel = "NAME", description = "Name of the device: a-z, 0-9 and '-'.")
  private String name = "";

  DeviceBootCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Printer printer = output.printer(terminal, common);
    Optional<VirtualDevice> existing = DeviceRegistry.find(name);
    if (existing.isPresent() && existing.get().running()) {
      throw new CommandException(
          "the device " + name + " runs already", "Use it: sandbar device shell " + name);
    }
    long begin = System.nanoTime();
    VirtualDevice device;
    try (var progress = ProgressLine.start(terminal, "booting " + name);
        var _ =
            Interruption.says(
                terminal,
                "what there is of "
                    + name
                    + " stays; to be rid of it: sandbar device end "
                    + name)) {
      device = existing.isPresent() ? again(existing.get()) : fresh(progress);
    }
    long millis = (System.nanoTime() - begin) / 1_000_000;
    if (printer.machine()) {
      printer.node(
          new MappingBuilder()
              .put("name", device.id())
              .put("suite", device.suite().codename())
              .put("systemd", device.suite().systemd())
              .put("pid", device.pid())
              .put("millis", millis)
              .build());
    } else {
      printer.line(
          "%s runs %s (systemd %d), booted in %.1f s"
              .formatted(
                  device.id(), device.suite().codename(), device.suite().systemd(), millis / 1e3));
    }
    return ExitCode.OK;
  }

  private static VirtualDevice again(VirtualDevice device) {
    device.boot();
    return device;
  }

  private VirtualDevice fresh(ProgressLine progress) {
    var lacks = Prerequisites.missing(suite);
    if (!lacks.isEmpty()) {
      throw new CommandException(
          "this machine cannot run virtual devices",
          lacks.stream().map(lack -> "- " + lack).collect(Collectors.joining("\n")));
    }
    DeviceRoots.ensure(suite, progress::now);
    progress.now("booting " + name);
    var builder = VirtualDevice.named(name).suite(suite).detached();
    if (withSandbar) {
      Installation.ofThisProcess().bind(builder);
    }
    if (!network.isEmpty()) {
      builder.network(VirtualNetwork.detached(network));
    }
    return builder.boot();
  }
}
