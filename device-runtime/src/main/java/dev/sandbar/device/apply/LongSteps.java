package dev.sandbar.device.apply;

import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Plan.LongStep;
import dev.sandbar.device.fetch.ImageFetch;
import dev.sandbar.device.store.ImageStore.Stored;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Steps that last as long as an app, a disk or a server likes: an image on its way into the store,
 * a folder with a million files on its way out. They hold up nobody but the app that they are of.
 * One that does not end, as on a mount whose server is gone, is given up: its unit gets a fault,
 * and its place goes to others.
 */
final class LongSteps implements AutoCloseable {

  /** As long as the loop waits for all that it begins with at once. */
  static final Duration PAUSE = Duration.ofMillis(500);

  /** As long as a step may go on. */
  static final Duration LIMIT = Duration.ofMinutes(30);

  /** As long as the end of a connection waits for fetches and removals, which heed an interrupt. */
  private static final long CLOSE_SECONDS = 5;

  private final Function<LongStep, Optional<Fault>> performer;
  private final Function<Sha256, String> progress;
  private final Consumer<UnitName> ended;
  private final LongSupplier nanos;
  private final Duration pause;
  private final StepThreads copies = new StepThreads("copy");
  private final StepThreads fetches = new StepThreads("fetch");
  private final StepThreads removals = new StepThreads("removal");

  /**
   * By what is done, for two apps may wait for one image. Also what was given up, until it ends.
   */
  private final Map<Object, Work> running = new HashMap<>();

  /** What nobody waits for any more, until it ends. */
  private final List<Work> abandoned = new ArrayList<>();

  private final SortedMap<UnitName, Object> units = new TreeMap<>();

  /** What became of a step that failed. */
  record Fault(String step, String message) {}

  private record Image(ImageSource source, Sha256 digest) {}

  /** One step on its thread; what is not volatile is the loop's. */
  private final class Work implements Runnable {
    private final LongStep step;
    private final StepThreads threads;
    private final CompletableFuture<Optional<Fault>> result = new CompletableFuture<>();
    private final FutureTask<Optional<Fault>> task;
    private volatile OptionalLong begun = OptionalLong.empty();
    private boolean givenUp;

    Work(LongStep step) {
      this.step = step;
      this.threads = threads(step);
      this.task = new FutureTask<>(() -> performer.apply(step));
    }

    @Override
    public void run() {
      begun = OptionalLong.of(nanos.getAsLong());
      task.run();
      try {
        result.complete(task.resultNow());
      } catch (IllegalStateException e) {
        result.completeExceptionally(task.isCancelled() ? e : task.exceptionNow());
      }
    }

    /** Nobody waits for it any more. */
    void abandon() {
      givenUp = true;
      task.cancel(true);
      threads.release(this);
    }

    Duration left() {
      OptionalLong since = begun;
      if (since.isPresent()) {
        return LIMIT.minusNanos(nanos.getAsLong() - since.getAsLong());
      }
      return threads.isExhausted() ? Duration.ZERO : LIMIT;
    }

    boolean hangs() {
      return givenUp && !result.isDone();
    }

    Fault endless() {
      return fault("has not ended after " + LIMIT.toMinutes() + " minutes");
    }

    Fault fault(String what) {
      return step instanceof Plan.StoreImage image
          ? new Fault(
              "image",
              "image %s: the copy %s; check the disk, mount or network that it is on"
                  .formatted(image.source().shown(), what))
          : new Fault(
              name(step),
              "the removal of what the app wrote %s; check the disk of /var/lib, /var/cache and /var/log"
                  .formatted(what));
    }
  }

  /**
   * @param ended called on another thread with each unit whose step is done, or has come further
   */
  LongSteps(Machine machine, UnitFileWriter unitFiles, Consumer<UnitName> ended) {
    this(
        step -> perform(machine, unitFiles, step, ended),
        machine.fetch()::progress,
        ended,
        System::nanoTime,
        PAUSE);
  }

  /**
   * The same.
   *
   * @param performer does a step
   * @param progress how far an image has come that is being fetched; may be empty
   * @param nanos monotonic, as {@link System#nanoTime}
   * @param pause as long as {@link #begin} waits
   */
  LongSteps(
      Function<LongStep, Optional<Fault>> performer,
      Function<Sha256, String> progress,
      Consumer<UnitName> ended,
      LongSupplier nanos,
      Duration pause) {
    this.performer = performer;
    this.progress = progress;
    this.ended = ended;
    this.nanos = nanos;
    this.pause = pause;
  }

  /** Begins with them, and waits a little. */
  void begin(Collection<LongStep> steps) {
    forgetEnded();
    var begun = new ArrayList<CompletableFuture<?>>();
    for (LongStep step : steps) {
      UnitName unit = UnitName.own(step.app());
      Object key =
          step instanceof Plan.StoreImage image ? new Image(image.source(), image.digest()) : unit;
      Work work = running.computeIfAbsent(key, _ -> started(step));
      units.put(unit, key);
      if (!work.givenUp) {
        begun.add(work.result);
        var _ = work.result.whenComplete((_, _) -> ended.accept(unit));
      }
    }
    await(CompletableFuture.allOf(begun.toArray(CompletableFuture[]::new)));
  }

  /** A slow server holds up neither what is on the device already nor what is removed. */
  private StepThreads threads(LongStep step) {
    return switch (step) {
      case Plan.StoreImage image ->
          switch (image.source()) {
            case ImageSource.File _ -> copies;
            case ImageSource.Remote _ -> fetches;
          };
      case Plan.RemoveState _ -> removals;
    };
  }

  private Work started(LongStep step) {
    var work = new Work(step);
    work.threads.execute(
        step instanceof Plan.StoreImage image
            ? ImageFetch.keys(image.source(), image.digest())
            : Set.of(),
        work);
    return work;
  }

  /**
   * Ends what nobody needs any more, so that its units are free for what is declared now. What has
   * arrived of an image stays for the next attempt.
   *
   * @param needed whether an app still needs an image; a removal always goes on
   * @return whether any unit is free again
   */
  boolean cancel(BiPredicate<UnitName, Plan.StoreImage> needed) {
    var free = new TreeMap<UnitName, Object>();
    units.forEach(
        (unit, key) -> {
          Work work = running.get(key);
          if (work != null
              && work.step instanceof Plan.StoreImage image
              && !needed.test(unit, image)) {
            free.put(unit, key);
          }
        });
    units.keySet().removeAll(free.keySet());
    for (Object key : free.values()) {
      Work work = units.containsValue(key) ? null : running.remove(key);
      if (work != null) {
        work.abandon();
        abandoned.add(work);
      }
    }
    forgetEnded();
    return !free.isEmpty();
  }

  private static Optional<Fault> perform(
      Machine machine, UnitFileWriter unitFiles, LongStep step, Consumer<UnitName> further) {
    try {
      switch (step) {
        case Plan.StoreImage image -> {
          if (stored(machine, image, further) instanceof Stored.Refused(var message)) {
            return Optional.of(new Fault("image", message));
          }
        }
        case Plan.RemoveState(var app, _) -> unitFiles.removeState(app);
      }
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      return Optional.of(new Fault(name(step), WriteFailure.explain(e)));
    }
  }

  private static Stored stored(Machine machine, Plan.StoreImage image, Consumer<UnitName> further)
      throws IOException {
    Stored stored =
        switch (image.source()) {
          case ImageSource.File file -> machine.fetch().copy(file, image.digest());
          case ImageSource.Remote remote ->
              machine
                  .fetch()
                  .fetch(remote, image.digest(), () -> further.accept(UnitName.own(image.app())));
        };
    return stored instanceof Stored.Kept && !image.rootHash().isEmpty()
        ? machine.images().makeTree(image.digest(), image.rootHash())
        : stored;
  }

  private static String name(LongStep step) {
    return step.getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  private void await(CompletableFuture<?> all) {
    try {
      var _ = all.get(pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // It goes on, or what it met is taken out with it.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  SortedSet<UnitName> units() {
    return Collections.unmodifiableSortedSet(new TreeSet<>(units.keySet()));
  }

  boolean contains(UnitName unit) {
    return units.containsKey(unit);
  }

  /** What is being done to a unit, for people; empty if nothing is. */
  String doing(UnitName unit) {
    Object key = units.get(unit);
    Work work = key == null ? null : running.get(key);
    if (work == null) {
      return "";
    }
    return switch (work.step) {
      case Plan.StoreImage image ->
          switch (image.source()) {
            case ImageSource.File(var path) -> "the image " + path + " is being copied";
            case ImageSource.Remote remote ->
                "the image %s is being fetched%s"
                    .formatted(remote.shown(), far(progress.apply(image.digest())));
          };
      case Plan.RemoveState _ -> "what the app wrote is being removed";
    };
  }

  private static String far(String progress) {
    return progress.isEmpty() ? "" : " (%s)".formatted(progress);
  }

  /**
   * The fault of a unit whose removal was given up and has not ended. Nothing may be done to it:
   * the removal can go on at any time, and would take from an app that was started what it writes.
   */
  Optional<Fault> hanging(UnitName unit) {
    return Optional.ofNullable(running.get(unit)).filter(Work::hangs).map(Work::endless);
  }

  /**
   * Takes out those of these units whose step is done or given up, with the fault if it met one.
   */
  SortedMap<UnitName, Optional<Fault>> takeEnded(Collection<UnitName> of) {
    var taken = new TreeMap<UnitName, Optional<Fault>>();
    for (UnitName unit : List.copyOf(of)) {
      Object key = units.get(unit);
      Work work = key == null ? null : running.get(key);
      if (work == null) {
        continue;
      }
      giveUpOverdue(work);
      if (work.result.isDone()) {
        taken.put(
            unit,
            work.result
                .exceptionally(e -> Optional.of(new Fault("step", String.valueOf(e))))
                .join());
      } else if (work.givenUp) {
        taken.put(unit, Optional.of(work.endless()));
      }
    }
    units.keySet().removeAll(taken.keySet());
    forgetEnded();
    return taken;
  }

  /** Also what was given up: asked for again, it has to be done again. */
  private void forgetEnded() {
    running
        .entrySet()
        .removeIf(it -> it.getValue().result.isDone() && !units.containsValue(it.getKey()));
    abandoned.removeIf(work -> work.result.isDone());
    replaceHung(copies);
    replaceHung(fetches);
    replaceHung(removals);
  }

  private void giveUpOverdue(Work work) {
    if (work.threads.isExhausted() && work.threads.withdraw(work)) {
      work.result.complete(
          Optional.of(work.fault("cannot begin, since none of those before it has finished")));
    } else if (work.begun.isPresent() && !work.left().isPositive()) {
      work.givenUp = true;
      work.threads.release(work);
    }
  }

  private void replaceHung(StepThreads threads) {
    threads.hung(
        (int)
            Stream.concat(running.values().stream(), abandoned.stream())
                .filter(it -> it.threads == threads && it.hangs())
                .count());
  }

  /** How long until {@link #takeEnded} gives one up. */
  Duration untilOverdue() {
    Duration least = Duration.ofDays(1);
    for (Object key : units.values()) {
      Work work = running.get(key);
      if (work != null && !work.result.isDone() && work.left().compareTo(least) < 0) {
        least = work.left();
      }
    }
    return least.isNegative() ? Duration.ZERO : least;
  }

  /** Ends what goes on; another connection may begin with the same apps after this. */
  @Override
  public void close() {
    copies.stop();
    fetches.stop();
    removals.stop();
    fetches.awaitEnd(CLOSE_SECONDS);
    removals.awaitEnd(CLOSE_SECONDS);
  }
}
