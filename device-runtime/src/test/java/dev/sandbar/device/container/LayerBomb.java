package dev.sandbar.device.container;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** Reads the names of a layer as the packer does, without the program that packs. */
public final class LayerBomb {
  private LayerBomb() {}

  /** What becomes of it. */
  public static String lay(Path layer) throws IOException {
    try {
      var packer =
          new SquashfsPacker(8L << 30, SquashfsPacker.MOST_NAMES, Duration.ofMinutes(1), () -> {});
      var tree = new FlatTree(SquashfsPacker.MOST_NAMES);
      int entries =
          packer.lay(0, new Layer(layer, Compression.GZIP), tree, new ByteBudget(8L << 30));
      var names = FileNames.of(tree, new int[] {entries});
      return "read, first " + names.of(0, 0);
    } catch (LayerException e) {
      return "refused: " + e.getMessage();
    }
  }
}
