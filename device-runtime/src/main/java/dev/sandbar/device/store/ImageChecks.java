package dev.sandbar.device.store;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.plan.StoredImage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
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

/**
 * Checks the images of a store on a thread of its own, for a large one takes minutes to read and
 * the loop looks after other apps meanwhile. What was found last holds until it is checked again.
 */
public final class ImageChecks implements AutoCloseable {

  /** As long as somebody waits for what is begun with at once. */
  private static final Duration PAUSE = Duration.ofMillis(500);

  private final ImageStore images;
  private final Runnable ended;
  private final ExecutorService thread;

  /** Whether the content was right at the last check, if there was one. */
  private final Map<Sha256, Boolean> found = new HashMap<>();

  private final Map<Sha256, CompletableFuture<Boolean>> running = new HashMap<>();

  /**
   * @param ended called on another thread when a check has found something new
   */
  public ImageChecks(ImageStore images, Runnable ended) {
    this(
        images,
        ended,
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("image-check").factory()));
  }

  ImageChecks(ImageStore images, Runnable ended, ExecutorService thread) {
    this.images = images;
    this.ended = ended;
    this.thread = thread;
  }

  /** The images whose content was right at their last check, by digest in hexadecimal. */
  public synchronized SortedMap<String, StoredImage> right() {
    begin();
    var right = new TreeMap<String, StoredImage>();
    found.forEach(
        (digest, good) -> {
          if (good) {
            right.put(digest.hex(), images.image(digest));
          }
        });
    return right;
  }

  /**
   * The images in the store of which nobody can say yet whether they are right, by digest in
   * hexadecimal. Small ones are checked meanwhile.
   */
  public synchronized SortedSet<String> unknown() {
    var begun = begin().toArray(CompletableFuture[]::new);
    try {
      CompletableFuture.allOf(begun).get(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // It goes on, or is wrong.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    takeEnded();
    var unknown = new TreeSet<String>();
    running.keySet().stream()
        .filter(digest -> !found.containsKey(digest))
        .forEach(digest -> unknown.add(digest.hex()));
    return unknown;
  }

  /** Takes in what has ended, and begins with what has changed; those never checked before. */
  private List<CompletableFuture<Boolean>> begin() {
    takeEnded();
    List<Sha256> stored = images.stored();
    found.keySet().retainAll(stored);
    var first = new ArrayList<CompletableFuture<Boolean>>();
    for (Sha256 digest : stored) {
      if (images.isVerified(digest)) {
        found.put(digest, true);
      } else if (!running.containsKey(digest)) {
        Optional<Boolean> before = Optional.ofNullable(found.get(digest));
        var check = CompletableFuture.supplyAsync(() -> images.verify(digest), thread);
        running.put(digest, check);
        // One that stays wrong is no news, or the loop would ask for it again and again.
        var _ =
            check.thenAcceptAsync(
                right -> {
                  if (!before.equals(Optional.of(right))) {
                    ended.run();
                  }
                },
                thread);
        if (before.isEmpty()) {
          first.add(check);
        }
      }
    }
    return first;
  }

  private void takeEnded() {
    running
        .entrySet()
        .removeIf(
            it -> {
              if (it.getValue().isDone()) {
                found.put(it.getKey(), it.getValue().exceptionally(_ -> false).join());
              }
              return it.getValue().isDone();
            });
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
