package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * More apps of one commit than are started at a time: each after those that its spec names, and
 * those whose start hangs hold up nobody.
 */
class ManyStartsTest {

  /** More than are started at a time on the two or four processors of a machine that tests. */
  private static final int MANY = 24;

  private static final String HANGS =
      "run: {command: [/bin/sleep, infinity], type: Notify}, permissions: {unixSockets: true}";

  private static final String WAITS = "run: {command: [/bin/sleep, infinity], after: [%s]}";

  @TempDir private Path folder;

  private static List<String> names(String prefix) {
    return IntStream.range(0, MANY).mapToObj(i -> "%s-%02d".formatted(prefix, i)).toList();
  }

  @Test
  void eachStartsAfterThoseThatItNamesThoughOthersHang() throws Exception {
    List<String> hanging = names("a");
    // By name the last of the chain is the first: it is asked for first unless the order counts.
    List<String> chain = names("b");
    GitRepository repository = GitRepository.create(folder.resolve("fleet"));
    for (String app : hanging) {
      repository.write(app + ".yaml", Apps.manifest(app, HANGS));
    }
    for (int i = 0; i < MANY; i++) {
      String after = i + 1 < MANY ? chain.get(i + 1) : "";
      repository.write(chain.get(i) + ".yaml", Apps.manifest(chain.get(i), WAITS.formatted(after)));
    }
    repository.commitAll("Apps");
    try (var device = VirtualDevice.named("many").suite(Suite.TRIXIE).boot();
        var loop = DeviceLoop.start(device, repository)) {
      Apps.awaitReady(loop, chain);
      for (String app : hanging) {
        assertThat(show(device, app, "ActiveState")).as(app).isEqualTo("activating");
      }
      List<String> started =
          chain.stream()
              .sorted(
                  Comparator.comparingLong(
                      app -> Long.parseLong(show(device, app, "ActiveEnterTimestampMonotonic"))))
              .toList();
      assertThat(started).isEqualTo(chain.reversed());
    }
  }

  private static String show(VirtualDevice device, String app, String property) {
    return device
        .exec("systemctl", "show", "--value", "-p", property, Apps.unit(app))
        .orThrow()
        .strip();
  }
}
