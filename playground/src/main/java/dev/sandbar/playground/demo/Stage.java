package dev.sandbar.playground.demo;

import dev.sandbar.vdev.DeviceRegistry;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import dev.sandbar.vdev.image.AppImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the story plays on: a network, a device on it, and the folder of the repository. Nothing of
 * it outlives close.
 */
final class Stage implements AutoCloseable {
  static final String NAME = "demo";
  static final String FLEET = "/srv/fleet";
  private static final Path RUN = Path.of("/run");

  /** A fixed place, so that who keeps the device finds it, and the end of it too. */
  private static final Path KEPT = RUN.resolve("sandbar-demo");

  private static final Logger LOG = LoggerFactory.getLogger(Stage.class);

  private final VirtualNetwork network;
  private final VirtualDevice device;
  private final Path folder;
  private static volatile boolean ending;

  private boolean over;
  private final Thread hook = Thread.ofPlatform().unstarted(this::interrupted);

  private Stage(VirtualNetwork network, VirtualDevice device, Path folder) {
    this.network = network;
    this.device = device;
    this.folder = folder;
  }

  /**
   * Boots it.
   *
   * @param keep whether it may outlive this process; it still ends with it unless {@link #keep} is
   *     called
   */
  static Stage build(boolean keep, Map<String, AppImage> images, AgentProgram agent)
      throws IOException {
    if (keep && isKept()) {
      throw new Story.Broken("a kept demo is still here. End it first: sandbar demo --end");
    }
    Path folder = keep ? Files.createDirectories(KEPT) : fresh();
    var early = Thread.ofPlatform().unstarted(() -> delete(folder));
    Runtime.getRuntime().addShutdownHook(early);
    VirtualNetwork network = keep ? VirtualNetwork.detached(NAME) : VirtualNetwork.create();
    try {
      Files.createDirectories(folder.resolve("fleet"));
      var builder = VirtualDevice.named(NAME).suite(Workbench.SUITE).network(network);
      images.forEach((place, image) -> builder.bind(image.path(), place));
      builder.bind(folder.resolve("fleet"), FLEET);
      agent.bind(builder);
      if (keep) {
        builder.detached();
      }
      var stage = new Stage(network, builder.boot(), folder);
      Runtime.getRuntime().addShutdownHook(stage.hook);
      Runtime.getRuntime().removeShutdownHook(early);
      return stage;
    } catch (RuntimeException | IOException e) {
      network.close();
      delete(folder);
      throw e;
    }
  }

  private static Path fresh() throws IOException {
    return Files.createTempDirectory(RUN, "sandbar-demo-" + ProcessHandle.current().pid() + "-");
  }

  VirtualDevice device() {
    return device;
  }

  VirtualNetwork network() {
    return network;
  }

  Path repository() {
    return folder.resolve("fleet");
  }

  /** Lets it outlive this process. */
  void keep() {
    over = true;
    Runtime.getRuntime().removeShutdownHook(hook);
  }

  static boolean isKept() {
    return Files.exists(KEPT) || DeviceRegistry.find(NAME).isPresent();
  }

  /** Ends what an earlier demo kept. */
  static void endKept() {
    DeviceRegistry.find(NAME).ifPresent(VirtualDevice::close);
    VirtualNetwork.list().stream().filter(n -> n.id().equals(NAME)).forEach(VirtualNetwork::close);
    delete(KEPT);
  }

  @Override
  public void close() {
    if (over) {
      return;
    }
    over = true;
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      return; // the process is ending: the hook does it
    }
    end();
  }

  /** Whether the process is ending, so that whatever fails now is no news. */
  static boolean ending() {
    return ending;
  }

  private void interrupted() {
    ending = true;
    end();
  }

  /** Each part for itself: on Ctrl-C somebody else may be taking the same away. */
  private void end() {
    for (Runnable part : List.<Runnable>of(() -> delete(folder), device::close, network::close)) {
      try {
        part.run();
      } catch (RuntimeException e) {
        LOG.debug("action=end {}", e.getMessage());
      }
    }
  }

  private static void delete(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : all) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
