package dev.sandbar.playground.demo;

import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.vdev.DeviceRoots;
import dev.sandbar.vdev.Prerequisites;
import dev.sandbar.vdev.Prerequisites.Lack;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.image.AppImage;
import dev.sandbar.vdev.image.SampleImages;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/** Brings this machine to where it can boot a device and build images. */
final class Workbench {
  static final Suite SUITE = Suite.TRIXIE;

  private static final Lack GIT =
      new Lack("The program git is missing", "Install it: apt-get install git", List.of("git"));
  private static final Map<String, String> QUIET = Map.of("DEBIAN_FRONTEND", "noninteractive");

  private final Terminal terminal;
  private final Story story;

  Workbench(Terminal terminal, Story story) {
    this.terminal = terminal;
    this.story = story;
  }

  /** Installs what is missing, if this user may; returns what is missing then. */
  List<Lack> prepare() throws IOException {
    List<Lack> lacks = missing();
    List<String> packages = lacks.stream().flatMap(l -> l.packages().stream()).distinct().toList();
    if (packages.isEmpty() || !HostPrograms.installed("apt-get")) {
      if (lacks.isEmpty()) {
        story.step("prerequisites", "everything that virtual devices need is here");
      }
      return lacks;
    }
    try (var _ = ProgressLine.start(terminal, "installing " + String.join(" ", packages))) {
      // Old lists may do: what is really missing is seen by the installation.
      HostPrograms.run(List.of("apt-get", "-q", "update"), QUIET);
      var install =
          new ArrayList<>(List.of("apt-get", "-q", "install", "-y", "--no-install-recommends"));
      install.addAll(packages);
      HostPrograms.Ended ended = HostPrograms.run(install, QUIET);
      if (ended.exitCode() != 0) {
        throw new Story.Broken(
            "apt-get could not install "
                + String.join(" ", packages)
                + ":\n"
                + tail(ended.output()));
      }
    }
    story.step("install", "installed " + String.join(", ", packages));
    return missing();
  }

  private static String tail(String output) {
    List<String> lines = output.lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 8), lines.size()));
  }

  private List<Lack> missing() {
    var lacks = new ArrayList<>(Prerequisites.missing(SUITE));
    if (lacks.stream().allMatch(lack -> !lack.packages().isEmpty())) {
      lacks.addAll(SampleImages.cached(_ -> {}).missing());
      if (!HostPrograms.installed("git")) {
        lacks.add(GIT);
      }
    }
    return lacks.stream().distinct().toList();
  }

  /**
   * Builds what is not cached yet: the Debian root and the images, at the same time, as both mostly
   * wait for the network.
   *
   * @return the images by their path in the device
   */
  SequencedMap<String, AppImage> build() {
    boolean cached = DeviceRoots.cached(SUITE);
    var images = new LinkedHashMap<String, AppImage>();
    try (var progress = ProgressLine.start(terminal, "preparing")) {
      var root =
          CompletableFuture.supplyAsync(
              () -> {
                long begun = System.nanoTime();
                DeviceRoots.ensure(SUITE, progress::now);
                return Duration.ofNanos(System.nanoTime() - begun);
              },
              task -> Thread.ofPlatform().daemon().name("root").start(task));
      SampleImages source = SampleImages.cached(progress::now);
      images.put("/srv/images/probe.squashfs", source.probe());
      images.put("/srv/images/mosquitto-broker.squashfs", source.mosquittoBroker());
      Duration imagesTook = story.sinceMark();
      Duration rootTook = root.join();
      story.step(
          "root",
          "Debian 13 root with systemd " + SUITE.systemd() + (cached ? ": cached" : ": built"),
          rootTook);
      story.step(
          "images",
          "app images (squashfs): an attack probe, the MQTT broker Mosquitto",
          imagesTook);
      return images;
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /** For people: what is missing, a line each. */
  static Stream<String> lines(List<Lack> lacks) {
    return lacks.stream().map(lack -> lack + ".");
  }
}
