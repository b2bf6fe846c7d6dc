package dev.sandbar.vdev;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.CRC32;

/**
 * What {@linkplain EmulatedDevice emulated devices} boot from: the kernel of Debian 13 and disks
 * with Debian roots, built once and kept in {@code $SANDBAR_CACHE}.
 */
final class EmulatedRoots {
  /** Debian 14's kernel is in several packages; that of 13 runs all of them. */
  private static final Suite KERNEL = Suite.TRIXIE;

  private static final List<String> MORE_PACKAGES =
      List.of(
          "kmod",
          "e2fsprogs",
          "bluez",
          // Has btvirt, which emulates controllers.
          "bluez-test-tools",
          // How systemd speaks to a TPM.
          "libtss2-esys-3.0.2-0t64",
          "libtss2-mu-4.0.1-0t64",
          "libtss2-rc0t64",
          "libtss2-tcti-device0t64");

  private static final Object ONE_BUILD = new Object();

  private EmulatedRoots() {}

  /** Returns a directory with vmlinuz, initrd and disk, built now unless it is cached. */
  static Path ensure(Suite suite, Consumer<String> progress) {
    byte[] script = script();
    var crc = new CRC32();
    crc.update((packages() + " " + KERNEL).getBytes(StandardCharsets.UTF_8));
    crc.update(script);
    Path roots = DevicePlaces.cacheDirectory().resolve("roots");
    Path done =
        roots.resolve(
            "emulated-"
                + suite.codename()
                + "-"
                + HexFormat.of().toHexDigits((int) crc.getValue()));
    if (!Files.isDirectory(done)) {
      build(suite, script, done, progress);
    }
    return done;
  }

  private static List<String> packages() {
    var packages = new ArrayList<String>(DeviceRoots.PACKAGES);
    packages.addAll(MORE_PACKAGES);
    return packages;
  }

  private static void build(Suite suite, byte[] script, Path done, Consumer<String> progress) {
    Path roots = done.resolveSibling(".");
    Launcher.createPrivate(roots.normalize());
    synchronized (ONE_BUILD) {
      try (var channel =
              FileChannel.open(
                  roots.resolve(".emulated.lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          var lock = channel.lock()) {
        if (!lock.isValid() || Files.isDirectory(done)) {
          return;
        }
        Path fresh = roots.resolve(".building-emulated").normalize();
        DeviceRoots.delete(fresh);
        Files.createDirectory(fresh);
        try {
          progress.accept("building the disk of emulated devices, about a minute");
          DeviceRoots.debootstrap(suite, "minbase", packages(), fresh.resolve("tree"), progress);
          DeviceRoots.debootstrap(
              KERNEL, "extract", List.of("linux-image-amd64"), fresh.resolve("kernel"), progress);
          Path file = Files.write(fresh.resolve("emulated.sh"), script);
          Path out = fresh.resolve("out");
          Commands.run(
                  List.of(
                      "sh",
                      file.toString(),
                      fresh.resolve("tree").toString(),
                      fresh.resolve("kernel").toString(),
                      out.toString()),
                  Map.of(),
                  InputStream.nullInputStream(),
                  Commands.LIMIT,
                  Duration.ofMinutes(5))
              .text()
              .orThrow();
          Files.move(out, done, StandardCopyOption.ATOMIC_MOVE);
        } finally {
          DeviceRoots.delete(fresh);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static byte[] script() {
    try (InputStream in = EmulatedRoots.class.getResourceAsStream("emulated.sh")) {
      if (in == null) {
        throw new IllegalStateException("emulated.sh is missing beside the classes");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
