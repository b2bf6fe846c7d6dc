package dev.sandbar.device.agent;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.device.report.AgentMetrics;
import dev.sandbar.device.store.OutOfMemory;
import dev.sandbar.source.Snapshot;
import dev.sandbar.source.git.RevisionSource;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Apps are declared in a repository, to which nothing is reported. */
final class GitUpstream implements Upstream {
  private static final Logger LOG = LoggerFactory.getLogger(GitUpstream.class);

  private final Setting setting;
  private final String url;
  private final RevisionSource source;
  private final AppliedSource applied;
  private final KeptContents contents;
  private final AtomicReference<@Nullable Fetched> fetched = new AtomicReference<>();
  private final SourceFollower follower;

  /** Of the follower's last attempt; only its thread uses it. */
  private String problem = "";

  private Instant attempt = Instant.EPOCH;

  /**
   * The follower's state when all that it had fetched was read. A revision that could not be read
   * must not make the status look fresh.
   */
  private volatile SourceFollower.State read = SourceFollower.State.NEVER;

  /** Why what was fetched could not be read; empty while that has not failed. */
  private volatile String unread = "";

  /**
   * @param base what was applied last when it was judged; empty if nothing was
   * @param descends whether it descends from that
   */
  private record Fetched(Snapshot snapshot, String base, boolean descends) {}

  GitUpstream(RevisionSource source, DeviceSettings.Git git, Setting setting) {
    this.setting = setting;
    this.source = source;
    this.url = git.url();
    this.applied = new AppliedSource(setting.store(), git.url() + " " + git.ref());
    this.contents = new KeptContents(setting.store().contents());
    this.follower =
        SourceFollower.of(
            contents.of(source),
            git.interval(),
            setting.clock(),
            ThreadLocalRandom.current()::nextLong,
            this::told);
  }

  @Override
  public void begin() {
    follower.begin();
  }

  private void told(SourceFollower.News news, SourceFollower.State state) {
    AgentMetrics metrics = setting.metrics();
    boolean answered = state.problem().isEmpty();
    if (!state.lastAttempt().equals(attempt)) {
      metrics.gitRequest(AgentMetrics.GitRequest.LS_REMOTE, answered);
      attempt = state.lastAttempt();
    }
    Fetched waiting = fetched.get();
    if (!(news instanceof SourceFollower.News.Fetched) && waiting == null) {
      read(state);
    }
    if (news instanceof SourceFollower.News.Fetched(var snapshot)) {
      metrics.gitRequest(AgentMetrics.GitRequest.FETCH, true);
      fetched.set(judged(snapshot));
      setting.changed().run();
    } else if (waiting != null && isStale(waiting)) {
      fetched.compareAndSet(waiting, judged(waiting.snapshot()));
      setting.changed().run();
    } else if (!state.shown().equals(problem)) {
      // For the status: people must not wait for the sweep to read that the repository is gone.
      setting.described().run();
    }
    problem = state.shown();
  }

  private void read(SourceFollower.State state) {
    read = state;
    if (state.problem().isEmpty()) {
      setting.metrics().synced(state.lastSync());
    }
  }

  /** Asked on the follower's thread: the answer may need the network. */
  private Fetched judged(Snapshot snapshot) {
    String revision = snapshot.revision();
    String base = applied.revision();
    boolean descends =
        base.isEmpty() || (!base.equals(AppliedSource.UNKNOWN) && source.follows(revision, base));
    if (!descends) {
      LOG.warn(
          "revision={} action=history it does not descend from {}, which was applied last: what it"
              + " no longer declares is not removed without consent",
          revision,
          base);
    }
    return new Fetched(snapshot, base, descends);
  }

  /**
   * Whether something else was applied since it was judged: then it must descend from that, which
   * the follower finds out at its next poll.
   */
  private boolean isStale(Fetched fetched) {
    return !fetched.base().equals(applied.revision());
  }

  /** What was taken last, and for which facts. Only the loop's thread uses these. */
  private @Nullable Fetched taken;

  private @Nullable DeviceFacts takenFor;

  @Override
  public Optional<Declared> take(DeviceFacts facts) {
    Optional<Fetched> fresh = Optional.ofNullable(fetched.get()).filter(it -> !isStale(it));
    Optional<Fetched> found = fresh.or(() -> Optional.ofNullable(taken));
    if (found.isEmpty() || (fresh.isEmpty() && facts.equals(takenFor))) {
      return Optional.empty();
    }
    Fetched news = found.get();
    Snapshot snapshot = news.snapshot();
    Declared declared;
    try {
      boolean descends = news.descends() || snapshot.revision().equals(applied.revision());
      declared = DeclaredReader.read(snapshot, descends, facts);
    } catch (RuntimeException | StackOverflowError e) {
      unread = "revision %s is not read: %s".formatted(snapshot.revision(), Failures.defect(e));
      throw new IllegalStateException("reading " + snapshot.revision(), e);
    } catch (OutOfMemoryError e) {
      // Tried again only where something has changed.
      fetched.compareAndSet(news, null);
      takenFor = facts;
      unread = OutOfMemory.tooLarge("revision " + snapshot.revision());
      LOG.error("revision={} action=declare {}", snapshot.revision(), unread);
      return Optional.empty();
    }
    unread = "";
    taken = news;
    takenFor = facts;
    // Only now: what could not be read is there for the next try, and a newer one is not lost.
    if (fetched.compareAndSet(news, null)) {
      SourceFollower.State state = follower.state();
      if (state.revision().equals(snapshot.revision())) {
        read(state);
      }
    }
    return Optional.of(declared);
  }

  @Override
  public void poll(Runnable done) {
    follower.pollNow(done);
  }

  @Override
  public boolean isPending() {
    return waiting().isPresent();
  }

  private Optional<Fetched> waiting() {
    return Optional.ofNullable(fetched.get()).filter(this::isStale);
  }

  /** What was fetched meanwhile must descend from it, which only the follower can find out. */
  @Override
  public void settled(Declared declared) {
    applied.settled(declared.revision());
    waiting().ifPresent(_ -> follower.pollNow(() -> {}));
  }

  /** Times are empty for never. */
  private record Description(
      String url, String revision, String lastSync, String lastAttempt, String problem) {}

  @Override
  public Record describe() {
    SourceFollower.State now = follower.state();
    SourceFollower.State state = fetched.get() == null ? now : read;
    return new Description(
        url,
        state.revision(),
        time(state.lastSync()),
        time(now.lastAttempt()),
        unread.isEmpty() ? now.shown() : unread);
  }

  /** Empty for never. */
  static String time(Instant instant) {
    return instant.equals(Instant.EPOCH) ? "" : instant.toString();
  }

  @Override
  public void report(Declared declared, SortedMap<AppName, AppReport> reports, Memory memory) {
    contents.keepOnlyNamed(declared, memory);
  }

  @Override
  public void close() {
    follower.close();
  }
}
