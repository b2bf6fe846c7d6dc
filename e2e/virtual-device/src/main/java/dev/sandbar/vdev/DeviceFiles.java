package dev.sandbar.vdev;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Copies files to and from a device by commands that run in it. */
abstract sealed class DeviceFiles implements DeviceShell permits VirtualDevice, EmulatedDevice {
  /** Replaces the file at once, so that who watches it in the device never sees half of it. */
  private static final String WRITER =
      "set -e; mkdir -p \"$(dirname \"$0\")\"; cat >\"$0.part\"; chmod \"$1\" \"$0.part\";"
          + " mv \"$0.part\" \"$0\"";

  /** Runs a command on the disk of the device, with at most 64 MiB of output. */
  abstract Commands.Output onDisk(List<String> argv, InputStream stdin);

  @Override
  public final void put(Path local, String devicePath) {
    try (InputStream in = Files.newInputStream(local)) {
      write(in, Files.isExecutable(local) ? "0755" : "0644", devicePath);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public final void write(String devicePath, String text) {
    write(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), "0644", devicePath);
  }

  private void write(InputStream content, String mode, String devicePath) {
    onDisk(List.of("sh", "-c", WRITER, DeviceHandle.absolute(devicePath), mode), content)
        .text()
        .orThrow();
  }

  @Override
  public final byte[] get(String devicePath) {
    var output =
        onDisk(
            List.of("cat", "--", DeviceHandle.absolute(devicePath)), InputStream.nullInputStream());
    if (output.exitCode() != 0) {
      throw new VirtualDeviceException(output.text().stderr().strip());
    }
    return output.stdout();
  }
}
