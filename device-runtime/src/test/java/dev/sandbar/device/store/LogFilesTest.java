package dev.sandbar.device.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFilesTest {

  private static final SortedMap<String, Long> UNKNOWN = new TreeMap<>();

  @TempDir private Path root;

  private Path file(String name, String text) throws IOException {
    Path folder = Files.createDirectories(root.resolve("var/log/private/sandbar-pump"));
    return Files.writeString(folder.resolve(name), text);
  }

  private LogFiles logs() {
    return new LogFiles(root, new AppName("pump"));
  }

  @Test
  void whatWasWrittenSinceTheStartIsRead() throws IOException {
    Path old = file("old.log", "long ago\n");
    Files.setLastModifiedTime(old, FileTime.from(Instant.EPOCH));
    Path log = file("pump.log", "of the version before\n");
    SortedMap<String, Long> sizes = logs().sizes();
    Instant start = Instant.now();
    Files.writeString(log, "of this one\n", StandardOpenOption.APPEND);
    Files.setLastModifiedTime(log, FileTime.from(start.plusSeconds(1)));
    assertThat(logs().lines(start, sizes)).containsExactly("of this one");
  }

  @Test
  void aFileThatTheStartMadeIsItsOwn() throws IOException {
    Instant start = Instant.now().minusSeconds(60);
    file("pump.log", "one\ntwo\n");
    assertThat(logs().lines(start, UNKNOWN)).containsExactly("one", "two");
    assertThat(logs().lines(Instant.now().plusSeconds(60), UNKNOWN)).isEmpty();
  }

  /** Root reads them, and the app may link to whatever it likes. */
  @Test
  void noLinkIsFollowedAndNothingIsReadWhole() throws IOException {
    Instant start = Instant.now().minusSeconds(60);
    Path secret = Files.writeString(root.resolve("shadow"), "root:x\n");
    Path log = file("pump.log", "y\n".repeat(1 << 20));
    Files.createSymbolicLink(log.resolveSibling("link.log"), secret);
    Files.createDirectory(log.resolveSibling("folder"));
    assertThat(logs().lines(start, UNKNOWN)).hasSizeLessThan(40_000).containsOnly("y");
  }
}
