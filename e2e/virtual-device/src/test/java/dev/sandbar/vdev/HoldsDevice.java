package dev.sandbar.vdev;

import java.time.Duration;

/** A program that boots a device, tells its name and, if asked to hold it, never ends by itself. */
final class HoldsDevice {
  private HoldsDevice() {}

  public static void main(String[] arguments) throws InterruptedException {
    if (arguments[0].equals("detach")) {
      String name = "away-" + ProcessHandle.current().pid();
      System.out.println(VirtualDevice.named(name).detached().boot().id());
      return;
    }
    var network = VirtualNetwork.create();
    var device = VirtualDevice.named("held").network(network).boot();
    System.out.println(device.id());
    System.out.println(network.id());
    Thread.sleep(Duration.ofMinutes(5));
    device.close();
    network.close();
  }
}
