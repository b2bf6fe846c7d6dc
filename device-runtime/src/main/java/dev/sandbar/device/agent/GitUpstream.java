package dev.sandbar.device.agent;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.report.AgentMetrics;
import dev.sandbar.source.Snapshot;
import dev.sandbar.source.git.GitSource;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Apps are declared in a repository, which is told nothing. */
final class GitUpstream implements Upstream {
  private final Setting setting;
  private final String url;
  private final AtomicReference<@Nullable Snapshot> fetched = new AtomicReference<>();
  private final SourceFollower follower;

  /** Of the follower's last attempt; only its thread uses it. */
  private String problem = "";

  /**
   * The follower's state when all that it had fetched was read. A revision that could not be read
   * must not make the status look fresh.
   */
  private volatile SourceFollower.State read = SourceFollower.State.NEVER;

  /** Why what was fetched could not be read; empty while that has not failed. */
  private volatile String unread = "";

  GitUpstream(GitSource source, String url, Duration interval, Setting setting) {
    this.setting = setting;
    this.url = url;
    this.follower =
        SourceFollower.start(
            source, interval, setting.clock(), ThreadLocalRandom.current()::nextLong, this::told);
  }

  private void told(SourceFollower.News news, SourceFollower.State state) {
    AgentMetrics metrics = setting.metrics();
    boolean answered = state.problem().isEmpty();
    metrics.gitRequest(AgentMetrics.GitRequest.LS_REMOTE, answered);
    if (!(news instanceof SourceFollower.News.Fetched) && fetched.get() == null) {
      read(state);
    }
    if (news instanceof SourceFollower.News.Fetched(var snapshot)) {
      metrics.gitRequest(AgentMetrics.GitRequest.FETCH, true);
      fetched.set(snapshot);
      setting.changed().run();
    } else if (!state.problem().equals(problem)) {
      // For the status: people must not wait for the sweep to read that the repository is gone.
      setting.changed().run();
    }
    problem = state.problem();
  }

  private void read(SourceFollower.State state) {
    read = state;
    if (state.problem().isEmpty()) {
      setting.metrics().synced(state.lastSync());
    }
  }

  /** What was taken last, and for which facts. Only the loop's thread uses these. */
  private @Nullable Snapshot taken;

  private @Nullable DeviceFacts takenFor;

  @Override
  public Optional<Declared> take(DeviceFacts facts) {
    Snapshot news = fetched.get();
    Snapshot snapshot = news == null ? taken : news;
    if (snapshot == null || (news == null && facts.equals(takenFor))) {
      return Optional.empty();
    }
    Declared declared;
    try {
      declared = DeclaredReader.read(snapshot, facts);
    } catch (RuntimeException | StackOverflowError e) {
      unread = "revision %s is not read: %s".formatted(snapshot.revision(), Failures.defect(e));
      throw new IllegalStateException("reading " + snapshot.revision(), e);
    }
    unread = "";
    taken = snapshot;
    takenFor = facts;
    // Only now: what could not be read is there for the next try, and a newer one is not lost.
    if (fetched.compareAndSet(snapshot, null)) {
      SourceFollower.State state = follower.state();
      if (state.revision().equals(snapshot.revision())) {
        read(state);
      }
    }
    return Optional.of(declared);
  }

  @Override
  public Node describe() {
    SourceFollower.State now = follower.state();
    SourceFollower.State state = fetched.get() == null ? now : read;
    return Node.mapping(
        List.of(
            Node.entry("url", Node.text(url)),
            Node.entry("revision", Node.text(state.revision())),
            Node.entry("lastSync", time(state.lastSync())),
            Node.entry("lastAttempt", time(now.lastAttempt())),
            Node.entry("problem", Node.text(unread.isEmpty() ? now.problem() : unread))));
  }

  /** Empty for never. */
  static Node time(Instant instant) {
    return Node.text(instant.equals(Instant.EPOCH) ? "" : instant.toString());
  }

  @Override
  public void report(Declared declared, SortedMap<AppName, AppReport> reports, Memory memory) {}

  @Override
  public void close() {
    follower.close();
  }
}
