package dev.sandbar.bench;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.build.BuildSource;
import dev.sandbar.device.build.ImageBuild;
import dev.sandbar.device.chunk.ChunkIndex;
import dev.sandbar.device.fetch.ImageFetch;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.Platform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.Random;

/**
 * What an update costs a metered link: all bytes of the connections between a device and a real
 * registry, in both directions, for an image of which one line has changed.
 */
final class ImageBenchmark {
  private static final long MEBIBYTE = 1 << 20;
  private static final double GOAL = 2;

  /** Of hexadecimal digits, which compress to half. */
  private static final int LARGEST = 128 * 1024;

  private final long size;

  /**
   * @param megabytes that the image has, about
   */
  ImageBenchmark(int megabytes) {
    this.size = megabytes * 1_000_000L;
  }

  void run() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("sandbar-bench-image");
    try (var registry = new RegistryProcess(Files.createDirectory(folder.resolve("registry")))) {
      Path root = tree(folder.resolve("root"));
      Path old = build(root, folder, "old");
      Files.writeString(root.resolve("etc/app.conf"), "one more line\n", StandardOpenOption.APPEND);
      Path changed = build(root, folder, "new");
      Report.say(
          "image: %.1f MiB, its index of chunks %.1f KiB",
          Files.size(changed) / (double) MEBIBYTE, Files.size(index(changed)) / 1024.0);
      double first = fetch(registry, folder, "first", push(registry, "first", changed, true));
      Report.say("image: the first one of a device: %.2f MiB in both directions", first);
      double whole =
          fetch(
              registry,
              folder,
              "whole",
              push(registry, "before", old, false),
              push(registry, "plain", changed, false));
      Report.say("image: one line changed, without an index: %.2f MiB", whole);
      double part =
          fetch(
              registry,
              folder,
              "part",
              push(registry, "before", old, false),
              push(registry, "chunked", changed, true));
      Report.goal("one line changed in an image, all bytes of the link", part, "MiB", GOAL);
      Report.say("- of the whole: %.2f %%", 100 * part / whole);
    } finally {
      Folders.delete(folder);
    }
  }

  /** The same on every machine: small files, as most are, and some large ones. */
  private Path tree(Path root) throws IOException {
    var random = new Random(1);
    Files.createDirectories(root.resolve("etc"));
    Files.writeString(root.resolve("etc/app.conf"), "level = info\n".repeat(40));
    long left = size;
    for (int i = 0; left > 0; i++) {
      Path folder = Files.createDirectories(root.resolve("usr/lib/app/part-" + i % 50));
      var bytes =
          new byte[1 + (int) (LARGEST * Math.pow(random.nextDouble(), 4)) * (i % 20 == 0 ? 8 : 1)];
      random.nextBytes(bytes);
      Files.write(
          folder.resolve("file-" + i),
          HexFormat.of().formatHex(bytes).getBytes(StandardCharsets.US_ASCII));
      left -= bytes.length;
    }
    return root;
  }

  private static Path build(Path root, Path folder, String name)
      throws IOException, InterruptedException {
    Path image = folder.resolve(name + ".squashfs");
    Path work = Files.createTempDirectory(folder, "work");
    var build = new ImageBuild(DeviceSettings.DEFAULT.images(), Platform.OF_THIS_MACHINE);
    switch (build.build(new BuildSource.Folder(root, 0), work, image)) {
      case ImageBuild.Result.Built(var content, _) ->
          Files.write(index(image), ChunkIndex.write(image, content));
      case ImageBuild.Result.Refused(var message) -> throw new IOException(message);
    }
    return image;
  }

  private static Path index(Path image) {
    return image.resolveSibling(image.getFileName() + ChunkIndex.SUFFIX);
  }

  private record Pushed(String repository, Sha256 digest) {}

  private static Pushed push(RegistryProcess registry, String name, Path image, boolean chunks)
      throws IOException, InterruptedException {
    String digest =
        chunks
            ? registry.push(name, image.toString(), index(image) + ":" + ChunkIndex.MEDIA_TYPE)
            : registry.push(name, image.toString());
    return new Pushed(name, new Sha256(digest));
  }

  /** MiB for the last of these images on a device that has those before. */
  private static double fetch(
      RegistryProcess registry, Path folder, String device, Pushed... images)
      throws IOException, InterruptedException {
    Path root = Files.createDirectory(folder.resolve(device));
    var settings = new DeviceSettings.Images(registry.caFile().toString(), "");
    double last = 0;
    long millis = 0;
    for (Pushed image : images) {
      try (var relay = new CountedRelay(registry.port())) {
        var source = new ImageSource.Registry("localhost:" + relay.port(), image.repository());
        long began = System.nanoTime();
        var fetch =
            new ImageFetch(root, new ImageStore(root), DeviceSettings.DEFAULT.with(settings));
        if (fetch.fetch(source, image.digest()) instanceof ImageStore.Stored.Refused(var message)) {
          throw new IOException(message);
        }
        millis = (System.nanoTime() - began) / 1_000_000;
        last = (relay.sent() + relay.received()) / (double) MEBIBYTE;
      }
    }
    Report.say("- device %s: the last fetch took %d ms", device, millis);
    return last;
  }
}
