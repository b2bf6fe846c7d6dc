package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Plan.Step;
import dev.sandbar.device.store.ImageStore.Stored;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Steps that last as long as an app or a disk likes: an image on its way into the store, a folder
 * with a million files on its way out. They hold up nobody but the app that they are of.
 */
final class LongSteps implements AutoCloseable {

  /** As long as the loop waits for the next one. */
  private static final long PAUSE_MILLIS = 500;

  private static final int THREADS = 2;

  private final Machine machine;
  private final UnitFiles unitFiles;
  private final Consumer<UnitName> ended;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          THREADS, Thread.ofPlatform().daemon().name("step-", 0).factory());

  /** By what is done, for two apps may wait for one image. */
  private final Map<Object, CompletableFuture<Optional<Fault>>> running = new HashMap<>();

  private final SortedMap<UnitName, Object> units = new TreeMap<>();

  /** What became of a step that failed. */
  record Fault(String step, String message) {}

  private record Image(String source, String digest) {}

  /**
   * @param ended called on another thread with each unit whose step is done
   */
  LongSteps(Machine machine, UnitFiles unitFiles, Consumer<UnitName> ended) {
    this.machine = machine;
    this.unitFiles = unitFiles;
    this.ended = ended;
  }

  static boolean isOne(Step step) {
    return step instanceof Plan.StoreImage || step instanceof Plan.RemoveState;
  }

  /** Begins with them, and waits a little. */
  void begin(Collection<Step> steps) {
    var begun = new ArrayList<CompletableFuture<Optional<Fault>>>();
    for (Step step : steps) {
      UnitName unit = UnitOf.step(step).orElseThrow();
      Object key =
          step instanceof Plan.StoreImage image
              ? new Image(image.source(), image.digest().hex())
              : step;
      CompletableFuture<Optional<Fault>> one =
          running.computeIfAbsent(
              key, _ -> CompletableFuture.supplyAsync(() -> perform(step), threads));
      units.put(unit, key);
      begun.add(one);
      var _ = one.whenComplete((_, _) -> ended.accept(unit));
    }
    begun.forEach(LongSteps::await);
  }

  private Optional<Fault> perform(Step step) {
    try {
      switch (step) {
        case Plan.StoreImage(_, var source, var digest, _) -> {
          if (machine.images().add(source, digest) instanceof Stored.Refused(var message)) {
            return Optional.of(new Fault("image", message));
          }
        }
        case Plan.RemoveState(var app, _) -> unitFiles.removeState(app);
        default -> throw new AssertionError("not a long step: " + step);
      }
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      String name = step.getClass().getSimpleName().toLowerCase(Locale.ROOT);
      return Optional.of(new Fault(name, WriteFailure.explain(e)));
    }
  }

  private static void await(CompletableFuture<Optional<Fault>> one) {
    try {
      var _ = one.get(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
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

  /** Takes out those of these units whose step is done, with the fault if it met one. */
  SortedMap<UnitName, Optional<Fault>> takeEnded(Collection<UnitName> of) {
    var taken = new TreeMap<UnitName, Optional<Fault>>();
    for (UnitName unit : List.copyOf(of)) {
      Object key = units.get(unit);
      CompletableFuture<Optional<Fault>> one = key == null ? null : running.get(key);
      if (one != null && one.isDone()) {
        units.remove(unit);
        taken.put(
            unit, one.exceptionally(e -> Optional.of(new Fault("step", String.valueOf(e)))).join());
      }
    }
    running.keySet().removeIf(key -> !units.containsValue(key));
    return taken;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
