package dev.sandbar.playground;

import dev.sandbar.cli.CommonOptions;
import dev.sandbar.cli.ExitCode;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sandbar device stop}, {@code power-cut} and {@code remove}: three ways to end one. */
abstract sealed class DeviceEndCommand implements Callable<Integer> {
  private final Terminal terminal;
  private final Consumer<VirtualDevice> end;
  private final String done;

  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(arity = "1..*", paramLabel = "NAME", description = "The devices.")
  private List<String> names = List.of();

  private DeviceEndCommand(Terminal terminal, String done, Consumer<VirtualDevice> end) {
    this.terminal = terminal;
    this.done = done;
    this.end = end;
  }

  static DeviceEndCommand stop(Terminal terminal) {
    return new Stop(terminal);
  }

  static DeviceEndCommand powerCut(Terminal terminal) {
    return new PowerCut(terminal);
  }

  static DeviceEndCommand remove(Terminal terminal) {
    return new Remove(terminal);
  }

  @Override
  public final Integer call() {
    // All are looked up before the first is ended: a typing error ends none.
    List<VirtualDevice> devices = names.stream().map(DeviceNames::existing).toList();
    for (VirtualDevice device : devices) {
      try (var _ = ProgressLine.start(terminal, device.id() + " is going down")) {
        end.accept(device);
      }
      terminal.out().println(device.id() + " " + done);
    }
    return ExitCode.OK;
  }

  @Command(
      name = "stop",
      description = {"Shut virtual devices down cleanly. Their disks remain."},
      footer = {"  sandbar device stop pump-1 pump-2"})
  private static final class Stop extends DeviceEndCommand {
    Stop(Terminal terminal) {
      super(terminal, "is down", VirtualDevice::stop);
    }
  }

  @Command(
      name = "power-cut",
      description = {
        "Stop virtual devices as a power cut does.",
        "",
        "Only what was written to their disks remains."
      },
      footer = {"  sandbar device power-cut pump-1"})
  private static final class PowerCut extends DeviceEndCommand {
    PowerCut(Terminal terminal) {
      super(terminal, "lost its power", VirtualDevice::powerCut);
    }
  }

  @Command(
      name = "remove",
      description = {"Stop virtual devices at once and delete their disks."},
      footer = {"  sandbar device remove pump-1"})
  private static final class Remove extends DeviceEndCommand {
    Remove(Terminal terminal) {
      super(terminal, "is removed", Remove::remove);
    }

    /** The network that was made for the devices goes with the last of them. */
    private static void remove(VirtualDevice device) {
      Optional<String> network = device.networkName();
      device.close();
      network.ifPresent(VirtualNetwork::closeIfUnused);
    }
  }
}
