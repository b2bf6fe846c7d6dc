package dev.sandbar.operator.gitsource;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClonesTest {
  private static final int KIB = 1024;

  @TempDir Path cache;

  @Test
  void aboveTheBoundThoseGoThatWereUsedLongestAgo() throws IOException {
    var clones = new Clones(cache, 100 * KIB);
    fetch(clones, "a", 1, 40);
    fetch(clones, "b", 2, 40);
    clones.use("a", uid(1)).close();
    fetch(clones, "c", 3, 40);
    assertThat(cache.resolve(uid(1))).exists();
    assertThat(cache.resolve(uid(2))).doesNotExist();
    assertThat(cache.resolve(uid(3))).exists();
  }

  @Test
  void theNamespaceThatTakesMostGivesFirstAndWhatIsInUseStays() throws IOException {
    var clones = new Clones(cache, 100 * KIB);
    fetch(clones, "modest", 1, 20);
    fetch(clones, "greedy", 2, 40);
    try (var _ = clones.use("greedy", uid(2))) {
      fetch(clones, "greedy", 3, 60);
      assertThat(cache.resolve(uid(2))).as("in use").exists();
      assertThat(cache.resolve(uid(3))).doesNotExist();
    }
    assertThat(cache.resolve(uid(1))).as("used longest ago").exists();
    fetch(clones, "greedy", 4, 4000);
    assertThat(cache.resolve(uid(1))).exists();
    assertThat(cache.resolve(uid(4))).as("larger than all together").doesNotExist();
  }

  @Test
  void clonesOfAnEarlierProcessCount() throws IOException {
    fetch(new Clones(cache, 1 << 30), "a", 1, 80);
    fetch(new Clones(cache, 1 << 30), "a", 2, 80);
    new Clones(cache, 100 * KIB).keepOnly(Set.of(uid(1), uid(2)));
    try (var left = Files.list(cache)) {
      assertThat(left).hasSize(1);
    }
  }

  private void fetch(Clones clones, String namespace, int number, int kib) throws IOException {
    try (var _ = clones.use(namespace, uid(number))) {
      Path packs = Files.createDirectories(clones.directory(uid(number)).resolve("objects"));
      Files.write(packs.resolve("a.pack"), new byte[kib * KIB]);
    }
  }

  private static String uid(int number) {
    return "00000000-0000-0000-0000-%012d".formatted(number);
  }
}
