package dev.sandbar.device.agent;

import static dev.sandbar.device.testing.Eventually.eventually;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.device.report.AgentMetrics;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.source.Snapshot;
import dev.sandbar.source.git.PollResult;
import dev.sandbar.source.git.RevisionSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GitUpstreamTest {
  private static final DeviceSettings.Git GIT =
      new DeviceSettings.Git("url", "HEAD", "", Duration.ofMillis(10), "", "git", "", "", "");

  private static final byte[] APP =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: one}
      spec:
        run: {command: [/bin/true]}
      """
          .getBytes(UTF_8);

  @TempDir Path root;

  @Test
  void aRevisionThatIsNotReadNeverLooksFresh() {
    var served = new AtomicReference<>(snapshot("one", "kind: [".getBytes(UTF_8)));
    var polls = new AtomicInteger();
    RevisionSource source =
        previous -> {
          polls.incrementAndGet();
          Snapshot now = served.get();
          return now.revision().equals(previous)
              ? new PollResult.Unchanged(previous)
              : new PollResult.Fetched(now);
        };
    var metrics = new AgentMetrics();
    var setting =
        new Upstream.Setting(
            new StateStore(root), Clock.systemUTC(), metrics, () -> {}, () -> {}, () -> {});
    try (var upstream = new GitUpstream(source, GIT, setting)) {
      upstream.begin();
      eventually("the first is read", () -> upstream.take(ReferenceDevice.facts()).isPresent());
      assertThat(text(upstream, "revision")).isEqualTo("one");
      assertThat(text(upstream, "problem")).isEmpty();

      served.set(snapshot("two", missing()));
      int before = polls.get();
      eventually("it is fetched, and asked for again", () -> polls.get() > before + 2);
      String sync = text(upstream, "lastSync");
      assertThatThrownBy(() -> upstream.take(ReferenceDevice.facts()))
          .isInstanceOf(RuntimeException.class);
      String scraped = lastSync(metrics);
      int then = polls.get();
      eventually("it is polled on", () -> polls.get() > then + 2);
      assertThat(text(upstream, "revision")).isEqualTo("one");
      assertThat(text(upstream, "lastSync")).isEqualTo(sync);
      assertThat(lastSync(metrics)).isEqualTo(scraped);
      assertThat(text(upstream, "problem")).contains("revision two is not read");

      served.set(snapshot("three", "kind: [".getBytes(UTF_8)));
      eventually(
          "a revision that can be read ends it",
          () -> {
            try {
              return upstream.take(ReferenceDevice.facts()).isPresent();
            } catch (RuntimeException e) {
              return false;
            }
          });
      assertThat(text(upstream, "revision")).isEqualTo("three");
      assertThat(text(upstream, "problem")).isEmpty();
    }
  }

  /** What was fetched while another revision was being applied must descend from that one. */
  @Test
  void aRevisionIsJudgedByWhatWasAppliedLast() throws Exception {
    var served = new AtomicReference<>(snapshot("one", APP));
    var polls = new AtomicInteger();
    RevisionSource source =
        previous -> {
          polls.incrementAndGet();
          Snapshot now = served.get();
          return now.revision().equals(previous)
              ? new PollResult.Unchanged(previous)
              : new PollResult.Fetched(now);
        };
    var store = new StateStore(root);
    var setting =
        new Upstream.Setting(
            store, Clock.systemUTC(), new AgentMetrics(), () -> {}, () -> {}, () -> {});
    try (var upstream = new GitUpstream(source, GIT, setting)) {
      upstream.begin();
      Declared one = take(upstream);
      assertThat(one.completeness()).isEqualTo(PruneGuard.Source.COMPLETE);
      served.set(snapshot("two", APP));
      int before = polls.get();
      eventually("it is fetched, and asked for again", () -> polls.get() > before + 2);

      upstream.settled(one);

      Declared two = take(upstream);
      assertThat(two.revision()).isEqualTo("two");
      assertThat(two.completeness()).isEqualTo(PruneGuard.Source.REWRITTEN);
      upstream.settled(two);
    }
    // Of what cannot be read nothing descends.
    Files.writeString(root.resolve("var/lib/sandbar/state/applied-source.json"), "damaged");
    try (var upstream = new GitUpstream(source, GIT, setting)) {
      upstream.begin();
      assertThat(take(upstream).completeness()).isEqualTo(PruneGuard.Source.REWRITTEN);
    }
  }

  /** Whoever asked for it must not wait for the interval. */
  @Test
  void whatWasFetchedWhileAnotherRevisionWasAppliedIsJudgedAtOnce() throws Exception {
    var served = new AtomicReference<>(snapshot("one", APP));
    RevisionSource source =
        previous -> {
          Snapshot now = served.get();
          return now.revision().equals(previous)
              ? new PollResult.Unchanged(previous)
              : new PollResult.Fetched(now);
        };
    var seldom =
        new DeviceSettings.Git("url", "HEAD", "", Duration.ofDays(1), "", "git", "", "", "");
    var setting =
        new Upstream.Setting(
            new StateStore(root),
            Clock.systemUTC(),
            new AgentMetrics(),
            () -> {},
            () -> {},
            () -> {});
    try (var upstream = new GitUpstream(source, seldom, setting)) {
      upstream.begin();
      Declared one = take(upstream);
      assertThat(upstream.isPending()).isFalse();
      served.set(snapshot("two", APP));
      var polled = new CountDownLatch(1);
      upstream.poll(polled::countDown);
      polled.await();
      upstream.settled(one);
      assertThat(take(upstream).revision()).isEqualTo("two");
      assertThat(upstream.isPending()).isFalse();
    }
  }

  private static Declared take(GitUpstream upstream) {
    var taken = new AtomicReference<Optional<Declared>>(Optional.empty());
    eventually(
        "it is read",
        () -> {
          taken.set(upstream.take(ReferenceDevice.facts()));
          return taken.get().isPresent();
        });
    return taken.get().orElseThrow();
  }

  private static Snapshot snapshot(String revision, byte[] content) {
    var files = new TreeMap<String, byte[]>();
    files.put("a.yaml", content);
    return new Snapshot(revision, files, List.of());
  }

  /** Stands for whatever fault a reader may have. */
  @SuppressWarnings("NullAway")
  private static byte[] missing() {
    return null;
  }

  private static String text(GitUpstream upstream, String key) {
    return NodeBinder.write(upstream.describe()).fields().get(key)
            instanceof Node.Scalar(_, _, var text)
        ? text
        : "";
  }

  private static String lastSync(AgentMetrics metrics) {
    return metrics
        .scrape()
        .lines()
        .filter(line -> line.contains("sync") && !line.startsWith("#"))
        .findFirst()
        .orElseThrow();
  }
}
