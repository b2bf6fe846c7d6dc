package dev.sandbar.playground;

import dev.sandbar.cli.CommonOptions;
import dev.sandbar.cli.ExitCode;
import dev.sandbar.cli.OutputOptions;
import dev.sandbar.cli.Printer;
import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.Node;
import dev.sandbar.vdev.DeviceRegistry;
import dev.sandbar.vdev.VirtualDevice;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code sandbar device list}. */
@Command(
    name = "list",
    description = {"List the virtual devices on this machine."},
    footer = {"  sandbar device list", "  sandbar device list -o json"})
final class DeviceListCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  DeviceListCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Printer printer = output.printer(terminal, common);
    List<VirtualDevice> devices = DeviceRegistry.list();
    if (printer.machine()) {
      printer.node(
          Envelope.of("VirtualDeviceList")
              .put("items", Node.list(devices.stream().map(DeviceListCommand::node).toList()))
              .build());
    } else if (devices.isEmpty()) {
      printer.line("There is no virtual device. Boot one: sandbar device boot NAME");
    } else {
      var table = new Table("NAME", "SUITE", "STATE", "SINCE", "ADDRESS");
      devices.forEach(
          device ->
              table.row(
                  Cell.of(device.id()),
                  Cell.of(device.suite().codename()),
                  device.running() ? Cell.of("running", Style.GOOD) : Cell.of("down", Style.FAINT),
                  Cell.of(device.since().truncatedTo(ChronoUnit.SECONDS).toString()),
                  Cell.of(device.address().orElse("-"))));
      printer.table(table);
    }
    return ExitCode.OK;
  }

  private static Node node(VirtualDevice device) {
    return new MappingBuilder()
        .put("name", device.id())
        .put("suite", device.suite().codename())
        .put("running", device.running())
        .put("since", device.since().toString())
        .put("address", device.address().orElse(""))
        .build();
  }
}
