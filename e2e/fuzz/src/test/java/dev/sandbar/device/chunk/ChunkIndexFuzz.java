package dev.sandbar.device.chunk;

import static dev.sandbar.source.text.TextProperties.require;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sandbar.device.chunk.ChunkIndex.Reading;
import java.io.IOException;
import java.util.List;

/** An index of chunks that somebody has put beside an image. */
class ChunkIndexFuzz {

  @FuzzTest
  void index(byte[] bytes) throws IOException {
    switch (ChunkIndex.read(bytes)) {
      case Reading.Unusable(var reason) -> require(!reason.isBlank(), "says nothing");
      case Reading.Usable(var index) -> {
        long at = 0;
        for (int i = 0; i < index.count(); i++) {
          require(index.start(i) == at, "chunks overlap or leave a gap");
          require(index.length(i) > 0 && index.length(i) <= ChunkCutter.MOST, "has no length");
          require(index.chunkAt(at) == i, "is not where it is");
          at += index.length(i);
        }
        require(index.size() == at, "is not as long as its chunks");
        try (var local = LocalChunks.find(index, List.of())) {
          require(local.found() == 0, "has been found nowhere");
        }
      }
    }
  }
}
