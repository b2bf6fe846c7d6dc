package dev.sandbar.vdev;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** The way into a running device for tests, whatever the device runs on. */
public interface DeviceShell {
  /** How long a command may take when nothing else is said. */
  Duration limit();

  /** Runs a command as root in the device, outside of any app, and waits for its end. */
  CommandResult exec(Duration timeout, String... argv);

  /** Runs a command as {@link #exec(Duration, String...)} does, for at most {@link #limit()}. */
  default CommandResult exec(String... argv) {
    return exec(limit(), argv);
  }

  /**
   * Copies a file of this machine into the device, with mode 0755 if it is executable, else 0644.
   */
  void put(Path local, String devicePath);

  /** Writes a text file of mode 0644 in the device, making its parent directories. */
  void write(String devicePath, String text);

  /**
   * Returns the content of a file in the device, at most 64 MiB of it.
   *
   * @throws VirtualDeviceException if it cannot be read
   */
  byte[] get(String devicePath);

  /** Returns the content of a text file in the device. */
  default String read(String devicePath) {
    return new String(get(devicePath), StandardCharsets.UTF_8);
  }
}
