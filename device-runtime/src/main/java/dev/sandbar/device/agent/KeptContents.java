package dev.sandbar.device.agent;

import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.KeptFiles;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.device.store.ContentStore;
import dev.sandbar.source.ContentKeeper;
import dev.sandbar.source.Included;
import dev.sandbar.source.Snapshot;
import dev.sandbar.source.git.PollResult;
import dev.sandbar.source.git.RevisionSource;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps what files of a repository hold for as long as a version of an app names it. */
final class KeptContents implements ContentKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(KeptContents.class);

  private final ContentStore store;

  /** What the revision that was fetched last names; used by the thread that polls. */
  private Set<Sha256> expected = Set.of();

  /** Whether a poll may have kept what nothing names. */
  private final AtomicBoolean polled = new AtomicBoolean(true);

  /** What was named when the store was cleared the last time. Only the loop's thread uses it. */
  private Set<Sha256> named = Set.of();

  KeptContents(ContentStore store) {
    this.store = store;
  }

  @Override
  public int most() {
    return SpecBounds.MOST_KEPT;
  }

  @Override
  public FileContent.Kept keep(Sha256 digest, byte[] content) throws IOException {
    store.keep(digest, content);
    return new FileContent.Kept(digest, content.length);
  }

  /** The source with its files kept here. */
  RevisionSource of(RevisionSource source) {
    return new RevisionSource() {
      @Override
      public PollResult poll(String previousRevision) {
        PollResult result = source.poll(previousRevision, KeptContents.this);
        switch (result) {
          case PollResult.Fetched(var snapshot) -> expect(digests(snapshot));
          // What it has kept until it failed is of no use, and the next one may fail as well.
          case PollResult.Failed _ -> expect(expected);
          case PollResult.Unchanged _, PollResult.Resting _ -> {}
        }
        return result;
      }

      @Override
      public boolean follows(String revision, String base) {
        return source.follows(revision, base);
      }
    };
  }

  private void expect(Set<Sha256> digests) {
    expected = digests;
    store.expect(digests);
    polled.set(true);
  }

  private static Set<Sha256> digests(Snapshot snapshot) {
    var kept = new HashSet<Sha256>();
    for (Included included : snapshot.included().values()) {
      switch (included) {
        case Included.Text(_, var its) -> its.forEach(it -> kept.add(it.digest()));
        case Included.Large(var it) -> kept.add(it.digest());
        case Included.InCluster _, Included.Unusable _ -> {}
      }
    }
    return kept;
  }

  /** Removes what neither the source nor a version on this device names. */
  void keepOnlyNamed(Declared declared, Memory memory) {
    var now = new HashSet<Sha256>();
    Stream.concat(
            declared.manifests().values().stream(),
            memory.records().values().stream()
                .flatMap(record -> record.versions().stream())
                .map(Version::manifest))
        .forEach(manifest -> now.addAll(KeptFiles.in(manifest)));
    keepOnly(now);
  }

  /** The same of what these are. */
  void keepOnly(Set<Sha256> now) {
    if (!polled.getAndSet(false) && now.equals(named)) {
      return;
    }
    try {
      store.retain(now);
      named = now;
    } catch (IOException e) {
      polled.set(true);
      LOG.warn(
          "action=clear the contents of files that no app has are not removed: {}", e.toString());
    }
  }
}
