package dev.sandbar.bench;

import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.util.ArrayList;

/** A virtual device, from nothing to a systemd that has done its jobs, once its root is cached. */
final class BootBenchmark {

  void run(int rounds) throws IOException {
    // Makes the root if there is none yet, and has the kernel read it.
    boot();
    var boots = new ArrayList<Double>();
    for (int round = 0; round < rounds; round++) {
      boots.add(boot());
    }
    Report.say(
        "device: %d boots, load %s: %s s", rounds, Report.load(), new Sample(boots).spread("%.2f"));
    Report.goal(
        "boot of a virtual device to 'running', median", new Sample(boots).median(), "s", 3);
    Report.goal("- the slowest", new Sample(boots).most(), "s", 3);
  }

  private static double boot() throws IOException {
    long begun = System.nanoTime();
    try (VirtualDevice device =
        VirtualDevice.named("bench-boot-" + ProcessHandle.current().pid())
            .suite(Suite.TRIXIE)
            .boot()) {
      double seconds = (System.nanoTime() - begun) / 1e9;
      String state = device.exec("systemctl", "is-system-running").stdout().strip();
      if (!state.equals("running")) {
        throw new IOException("the device has booted, and is " + state);
      }
      return seconds;
    }
  }
}
