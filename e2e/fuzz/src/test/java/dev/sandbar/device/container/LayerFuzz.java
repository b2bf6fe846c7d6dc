package dev.sandbar.device.container;

import static dev.sandbar.source.text.TextProperties.require;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;

/** A layer that somebody has pushed: the first byte is how its manifest says it is compressed. */
class LayerFuzz {
  private static final long MOST = 16 << 20;

  @FuzzTest
  void layer(byte[] bytes) throws IOException {
    if (bytes.length == 0) {
      return;
    }
    Compression[] all = Compression.values();
    Compression compression = all[Math.floorMod(bytes[0], all.length)];
    byte[] content = Arrays.copyOfRange(bytes, 1, bytes.length);
    var tree = new FlatTree(FlatTree.MOST_NAMES);
    int entries = 0;
    try (var reader =
        new LayerReader(new ByteArrayInputStream(content), compression, new ByteBudget(MOST))) {
      while (reader.next()) {
        LayerEntry entry = reader.entry();
        require(
            entry.path().stream().noneMatch(it -> it.isEmpty() || it.equals("..")), "leads out");
        if (entry.isWhiteout()) {
          tree.remove(entry);
        }
        tree.add(0, entries++, entry);
      }
    } catch (LayerException e) {
      require(!String.valueOf(e.getMessage()).isBlank(), "says nothing");
      return;
    }
    FileNames names = FileNames.of(tree, new int[] {entries});
    for (int i = 0; i < entries; i++) {
      for (String path : names.of(0, i)) {
        require(!path.startsWith("/") && !path.contains("//"), "is no path: " + path);
      }
    }
  }
}
