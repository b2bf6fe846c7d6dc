package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.GitSourceReader;
import dev.sandbar.core.model.GitSourceSettings;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.core.report.Reason;
import dev.sandbar.crds.v1alpha1.GitSourceStatus;
import dev.sandbar.operator.gitsource.SourceState.Failure;
import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.report.OneLine;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after one GitSource on a thread of its own: no slow repository and no poisoned object keeps
 * another source waiting.
 */
final class SourceLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SourceLoop.class);
  private static final double JITTER = 0.05;
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LONGEST_RETRY = Duration.ofMinutes(5);
  private static final Duration END_LIMIT = Duration.ofSeconds(20);
  private static final int MANY_WRITES = 50;

  private final Tools tools;
  private final String namespace;
  private final String name;
  private final Supplier<Optional<GenericKubernetesResource>> current;
  private final Alarm alarm;
  private final SourceContents contents;
  private final Follower follower;
  private final StatusWriter status;
  private final SourceReporter reporter;
  private final Finalizer finalizer;
  private final Thread thread;

  private @Nullable SourceSync sync;
  private Failure failure = Failure.NONE;
  private Instant nextLook = Instant.MIN;
  private int failures;
  private long generation = -1;
  private String handled = "";

  /**
   * @param current the object as the watch knows it; empty once it is gone
   * @param uid of the object, which names its clone
   */
  SourceLoop(
      Tools tools,
      String namespace,
      String name,
      Supplier<Optional<GenericKubernetesResource>> current,
      Clones clones,
      String uid) {
    this.tools = tools;
    this.namespace = namespace;
    this.name = name;
    this.current = current;
    alarm = new Alarm(tools.clock());
    contents = new SourceContents(tools.contents(), namespace, name, clones.contents(uid));
    follower =
        new Follower(
            new SourceSecrets(tools.client()),
            namespace,
            clones,
            uid,
            tools.config(),
            tools.looks(),
            tools.workers(),
            tools.room(),
            tools.metrics(),
            contents);
    status = new StatusWriter(tools.writes(), tools.client().getKubernetesSerialization());
    reporter = new SourceReporter(tools, namespace, name, status);
    finalizer = new Finalizer(tools.writes());
    thread = Thread.ofVirtual().name("gitsource " + namespace + "/" + name).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** The object has changed. */
  void wake() {
    alarm.wake();
  }

  /**
   * A file of the repository; empty if it is not at hand, and if one of this source, read again.
   */
  Optional<byte[]> content(FileContent.Kept kept) {
    Optional<byte[]> found = contents.read(kept);
    if (found.isEmpty() && contents.isNamed(kept)) {
      alarm.look();
    }
    return found;
  }

  /** Somebody asks to look now. */
  void look() {
    alarm.look();
  }

  /** An AppSandbox of the namespace has changed. */
  void touch(String app) {
    alarm.touch(app);
  }

  /** Waits until the thread has ended after a close; a look may take a moment to notice. */
  void awaitEnd() {
    try {
      thread.join(END_LIMIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Has the thread end. */
  @Override
  public void close() {
    thread.interrupt();
    tools.watches().leave(namespace, this);
    reporter.close();
  }

  private void run() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        step(alarm.await(nextWake()));
      } catch (InterruptedException e) {
        return;
      } catch (TimeoutException e) {
        unwatchable();
      } catch (RuntimeException | StackOverflowError e) {
        if (Thread.currentThread().isInterrupted()) {
          return;
        }
        // Whatever it is, it concerns this source only, and is tried again.
        LOG.warn("source={}/{} action=retry message={}", namespace, name, message(e), e);
        retry(LONGEST_RETRY);
        if (!(e instanceof KubernetesClientException)) {
          defect(e);
        }
      }
    }
  }

  /** What Sandbar itself fails at is reported too: a source that nobody could read is not fresh. */
  private void defect(Throwable fault) {
    failure =
        new Failure(
            Reason.RECONCILIATION_FAILED,
            false,
            "this is a fault of Sandbar: " + OneLine.defect(fault) + " (Report it)");
    try {
      current.get().ifPresent(source -> report(source, new SourceSync.Outcome()));
    } catch (RuntimeException e) {
      LOG.warn("source={}/{} action=report message={}", namespace, name, message(e));
    }
  }

  /** Nothing can be decided without the watch. */
  private void unwatchable() {
    failure =
        new Failure(
            Reason.RECONCILIATION_FAILED,
            false,
            "the AppSandboxes of the namespace cannot be watched (Let the operator list and watch"
                + " them there)");
    current.get().ifPresent(source -> report(source, new SourceSync.Outcome()));
    retry(LONGEST_RETRY);
  }

  private static String message(Throwable failure) {
    return failure instanceof KubernetesClientException api
        ? ApiFailure.message(api)
        : String.valueOf(failure.getMessage());
  }

  private Instant nextWake() {
    Instant correction = begun().map(SourceSync::nextCorrection).orElse(Instant.MAX);
    return correction.isBefore(nextLook) ? correction : nextLook;
  }

  private void step(Alarm.Rung rung) throws InterruptedException, TimeoutException {
    Optional<GenericKubernetesResource> found = current.get();
    if (found.isEmpty()) {
      rest();
      return;
    }
    GenericKubernetesResource source = found.get();
    if (source.isMarkedForDeletion()) {
      finish(source);
      return;
    }
    switch (SourceSpec.read(source)) {
      case GitSourceReader.Outcome.Refused(var problems) -> {
        var first = problems.getFirst();
        failure =
            new Failure(Reason.INVALID_SPEC, true, first.message() + " (" + first.help() + ")");
        rest();
        generation = -1; // a full run once it is valid again
        handled = requestedAt(source);
        report(source, new SourceSync.Outcome());
      }
      case GitSourceReader.Outcome.Read(var spec) -> {
        if (spec.suspend()) {
          generation = -1; // looks at once when it goes on
          rest();
          if (!reporter.suspended(source)) {
            retry(LONGEST_RETRY);
          }
        } else {
          usable(source, spec, rung);
        }
      }
    }
  }

  private void usable(GenericKubernetesResource source, GitSourceSettings spec, Alarm.Rung rung)
      throws InterruptedException, TimeoutException {
    SourceSync working = working(source);
    finalizer.keep(source, spec.prune());
    Instant now = tools.clock().instant();
    long current = ObjectFields.generation(source);
    boolean asked = rung.look() || current != generation || !requestedAt(source).equals(handled);
    if (asked || !now.isBefore(nextLook)) {
      full(source, spec, working);
      return;
    }
    var names = rung.touched();
    names.addAll(working.due(now));
    if (!names.isEmpty()) {
      SourceSync.Outcome outcome = working.again(names, spec.correct());
      report(source, outcome);
      if (!working.state(failure).failed().isEmpty()) {
        retry(spec.interval());
      }
    }
  }

  private void full(GenericKubernetesResource source, GitSourceSettings spec, SourceSync working)
      throws InterruptedException {
    long began = System.nanoTime();
    generation = ObjectFields.generation(source);
    handled = requestedAt(source);
    Duration least = Duration.ZERO;
    Look look = follower.look(spec, applied(source));
    if (Thread.interrupted()) {
      // The operator ends: what was cut short is no failure of the source.
      throw new InterruptedException();
    }
    switch (look) {
      case Look.Unchanged _ -> failure = Failure.NONE;
      case Look.Found(var declared) -> {
        failure = Failure.NONE;
        working.declare(declared);
      }
      case Look.Failed(var reason, var stalled, var message, var retryAfter) -> {
        failure = new Failure(reason, stalled, message);
        least = retryAfter;
      }
    }
    int due = working.due();
    if (due >= MANY_WRITES) {
      reporter.progressing(source, due);
    }
    SourceSync.Outcome outcome =
        working.everything(
            spec.correct(),
            spec.prune() && failure.isNone(),
            PruneGuard.Consent.to(spec.maxRemovals()));
    SourceState state = report(source, outcome);
    if (failure.isNone() && state.failed().isEmpty()) {
      failures = 0;
      nextLook = tools.clock().instant().plus(jittered(spec.interval()));
    } else if (failure.isNone()) {
      retry(spec.interval());
    } else {
      failed(spec.interval(), least);
    }
    reporter.reconciled(state, outcome, Duration.ofNanos(System.nanoTime() - began));
  }

  private String applied(GenericKubernetesResource source) {
    return Optional.ofNullable(status.current(source).lastAppliedRevision()).orElse("");
  }

  private SourceState report(GenericKubernetesResource source, SourceSync.Outcome outcome) {
    SourceState state =
        begun().map(it -> it.state(failure)).orElseGet(() -> SourceState.of(failure));
    if (!reporter.report(source, state, outcome, handled)) {
      retry(LONGEST_RETRY);
    }
    return state;
  }

  private Optional<SourceSync> begun() {
    return Optional.ofNullable(sync);
  }

  private SourceSync working(GenericKubernetesResource source)
      throws InterruptedException, TimeoutException {
    if (sync == null) {
      LiveApps apps = tools.watches().join(namespace, this);
      var begun =
          new SourceSync(
              name,
              apps,
              new AppWrites(
                  tools.writes(),
                  tools.client().getKubernetesSerialization(),
                  namespace,
                  name,
                  tools.acts()),
              tools.judge(name),
              tools.limiter(),
              new Fights(tools.corrections()),
              tools.clock(),
              tools.metrics());
      GitSourceStatus before = status.current(source);
      begun.remember(before.inventory(), StatusFold.wasWhole(before));
      handled = Optional.ofNullable(before.lastHandledReconcileAt()).orElse("");
      sync = begun;
      return begun;
    }
    return sync;
  }

  /** The source is deleted: what it owns goes first, if it prunes. Needs no repository. */
  private void finish(GenericKubernetesResource source)
      throws InterruptedException, TimeoutException {
    rest();
    if (!Finalizer.isOn(source)) {
      return;
    }
    if (SourceSpec.prunes(source) && !SourceSpec.suspends(source)) {
      SourceSync working = working(source);
      if (!working.deleteAll()) {
        failure =
            new Failure(
                Reason.PRUNE_FAILED,
                false,
                working.state(Failure.NONE).failed().entrySet().stream()
                    .limit(3)
                    .map(it -> "AppSandbox/" + it.getKey() + " " + it.getValue())
                    .collect(Collectors.joining("; ")));
        report(source, new SourceSync.Outcome());
        retry(LONGEST_RETRY);
        return;
      }
    }
    if (!finalizer.remove(source)) {
      // The watch does not wake this loop for a status, such as its own last report.
      nextLook = tools.clock().instant().plus(FIRST_RETRY);
    }
  }

  /** Nothing is due until the object changes. */
  private void rest() {
    nextLook = Instant.MAX;
    begun().ifPresent(SourceSync::pause);
  }

  /**
   * The repository could not be read. What waits for a person is asked no sooner than the interval,
   * and a server that wants to be left alone is.
   *
   * @param least how long it asked for
   */
  private void failed(Duration interval, Duration least) {
    Duration longest = longer(interval, LONGEST_RETRY);
    retry(longest);
    Duration rest = failure.stalled() ? longer(interval, least) : least;
    Instant soonest = tools.clock().instant().plus(rest);
    nextLook = nextLook.isBefore(soonest) ? soonest : nextLook;
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? other : one;
  }

  private void retry(Duration most) {
    failures++;
    Duration wait =
        new Backoff(FIRST_RETRY, 2, most).after(failures, ThreadLocalRandom.current()::nextLong);
    nextLook = tools.clock().instant().plus(wait);
  }

  private static Duration jittered(Duration duration) {
    double factor = 1 + JITTER * ThreadLocalRandom.current().nextDouble(-1, 1);
    return Duration.ofNanos((long) (duration.toNanos() * factor));
  }

  private static String requestedAt(GenericKubernetesResource source) {
    return ObjectFields.annotation(source, ObjectNames.REQUESTED_AT);
  }
}
