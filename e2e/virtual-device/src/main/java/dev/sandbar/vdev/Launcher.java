package dev.sandbar.vdev;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** Runs the launcher script, which does what Java cannot: namespaces and mounts. */
final class Launcher {
  private static @Nullable OutputStream lifeline;

  private Launcher() {}

  /**
   * Starts the script in a session of its own, so that a terminal's Ctrl-C reaches only this JVM.
   */
  static Process spawn(DevicePlaces places, String command, Map<String, String> env, Path log) {
    var builder =
        new ProcessBuilder("setsid", "sh", script(places).toString(), command)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", Commands.PATH);
    builder.environment().putAll(env);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new VirtualDeviceException("cannot run setsid: apt-get install util-linux", e);
    }
  }

  /** Kills a device or network and removes every trace of it. Doing it twice does no harm. */
  static void remove(DevicePlaces places, DevicePlaces.Kind kind, String id) {
    String disk = kind == DevicePlaces.Kind.DEVICE ? places.disks().resolve(id).toString() : "-";
    run(
        places,
        List.of(
            "remove",
            places.entries(kind).resolve(id).toString(),
            places.cgroupOf(kind, id).toString(),
            disk));
  }

  static void kill(DevicePlaces places, DevicePlaces.Kind kind, String id) {
    run(
        places,
        List.of(
            "kill",
            places.entries(kind).resolve(id).toString(),
            places.cgroupOf(kind, id).toString()));
  }

  private static void run(DevicePlaces places, List<String> arguments) {
    var argv = new ArrayList<>(List.of("setsid", "-w", "sh", script(places).toString()));
    argv.addAll(arguments);
    Commands.run(argv, Map.of(), InputStream.nullInputStream(), 65536, Duration.ofSeconds(60))
        .text()
        .orThrow();
  }

  /**
   * Starts, once per JVM, the process that removes what this JVM holds as soon as this JVM is gone,
   * however it went: it waits for the end of a pipe that only this JVM holds open.
   */
  static synchronized void guard(DevicePlaces places) {
    if (lifeline != null) {
      return;
    }
    var reaper =
        new ProcessBuilder(
            "setsid",
            "sh",
            script(places).toString(),
            "reap",
            HolderProcess.self().toString(),
            places.run().toString(),
            places.cgroup().toString(),
            places.disks().toString());
    reaper.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    reaper.redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      lifeline = reaper.start().getOutputStream();
      // What a JVM left that was killed together with its reaper, or before the machine restarted.
      DeviceRegistry.sweep();
    } catch (IOException e) {
      throw new VirtualDeviceException("cannot run setsid: apt-get install util-linux", e);
    }
  }

  /** Lays the script beside the entries, under a name that changes with its text. */
  static Path script(DevicePlaces places) {
    try (InputStream in = Launcher.class.getResourceAsStream("device.sh")) {
      if (in == null) {
        throw new IllegalStateException("device.sh is missing beside the classes");
      }
      byte[] text = in.readAllBytes();
      var crc = new CRC32();
      crc.update(text);
      Path directory = places.run().resolve("lib");
      Path script =
          directory.resolve("device-" + HexFormat.of().toHexDigits((int) crc.getValue()) + ".sh");
      if (!Files.exists(script)) {
        Files.createDirectories(directory);
        Path fresh = Files.createTempFile(directory, ".device", ".sh");
        Files.write(fresh, text);
        Files.move(fresh, script, StandardCopyOption.ATOMIC_MOVE);
      }
      return script;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A directory that only root may look into. */
  static void createPrivate(Path directory) {
    try {
      Files.createDirectories(directory.toAbsolutePath().getParent());
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      // Made by an earlier run.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String readLine(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
