package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.store.ContentStore;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.source.ContentKeeper;
import dev.sandbar.source.Included;
import dev.sandbar.source.Snapshot;
import dev.sandbar.source.git.Fault;
import dev.sandbar.source.git.PollResult;
import dev.sandbar.source.git.RevisionSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptContentsTest {

  @TempDir private Path root;
  private KeptContents contents;

  /** Its revisions are the text of their only file. */
  private RevisionSource source;

  private boolean fails;
  private String text = "";

  @BeforeEach
  void create() {
    contents = new KeptContents(ContentStore.of(root, new DurableFiles()));
    source =
        contents.of(
            new RevisionSource() {
              @Override
              public PollResult poll(String previous) {
                throw new AssertionError("nothing would be kept");
              }

              @Override
              public PollResult poll(String previous, ContentKeeper keeper) {
                return read(keeper);
              }
            });
  }

  private PollResult read(ContentKeeper keeper) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try {
      keeper.keep(Sha256.of(bytes), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var large = new Included.Large(new FileContent.Kept(Sha256.of(bytes), bytes.length));
    return fails
        ? new PollResult.Failed(
            new Fault(Fault.Reason.TIMED_OUT, "too slow", "wait", Duration.ZERO))
        : new PollResult.Fetched(
            new Snapshot(text, new TreeMap<>(), new TreeMap<>(Map.of("a", large)), List.of()));
  }

  private void poll(String revision) {
    text = revision;
    PollResult _ = source.poll("");
  }

  private void assertKept(String... texts) {
    assertThat(root.resolve("var/lib/sandbar/contents").toFile().list())
        .containsExactlyInAnyOrder(
            Stream.of(texts).map(it -> "sha256-" + Sha256.of(it).hex()).toArray(String[]::new));
  }

  @Test
  void whatIsOnItsWayStaysUntilAVersionNamesIt() {
    poll("one");
    contents.keepOnly(Set.of());
    assertKept("one");
    contents.keepOnly(Set.of(Sha256.of("one")));
    poll("two");
    contents.keepOnly(Set.of(Sha256.of("one")));
    assertKept("one", "two");
    contents.keepOnly(Set.of(Sha256.of("two")));
    assertKept("two");
  }

  /** A repository whose files are of other devices changes every minute. */
  @Test
  void whatNoVersionOfThisDeviceEverNamesGoesWithItsRevision() {
    for (String revision : List.of("one", "two", "three")) {
      poll(revision);
      contents.keepOnly(Set.of());
      assertKept(revision);
    }
  }

  /** As of a repository that is too large in each of its revisions. */
  @Test
  void whatAFailedPollHasKeptIsRemoved() {
    poll("one");
    fails = true;
    for (String revision : List.of("two", "three")) {
      poll(revision);
      contents.keepOnly(Set.of());
      assertKept("one");
    }
  }
}
