package dev.sandbar.playground;

import dev.sandbar.cli.Playground;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualDeviceException;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.function.Function;

/** What a checkout has to try Sandbar with. */
public final class Checkout implements Playground {

  @Override
  public SequencedMap<String, Function<Terminal, Object>> commands() {
    var commands = new LinkedHashMap<String, Function<Terminal, Object>>();
    commands.put("device", DeviceCommand::line);
    commands.put("cluster", ClusterCommand::new);
    commands.put("demo", DemoCommand::new);
    return commands;
  }

  @Override
  public Device device(String name) {
    VirtualDevice device = DeviceNames.running(name);
    return new Device(device.root(), device.busSocket(), device.pid());
  }

  @Override
  public boolean explains(Exception e) {
    return e instanceof VirtualDeviceException;
  }
}
