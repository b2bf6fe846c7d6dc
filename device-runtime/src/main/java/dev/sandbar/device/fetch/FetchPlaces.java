package dev.sandbar.device.fetch;

import dev.sandbar.core.model.Sha256;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * So many fetches go on at a time: one of each server, so that one that is slow leaves the other
 * places to others, and one of each image. What is fetched before it is needed makes way for what
 * is needed.
 *
 * <p>Safe for use by many threads.
 */
final class FetchPlaces {

  private final int places;
  private final List<Place> taken = new ArrayList<>();
  private final Deque<Place> waiting = new ArrayDeque<>();

  FetchPlaces(int places) {
    this.places = places;
  }

  /** The place of one fetch, until it is closed. */
  final class Place implements AutoCloseable {
    private final String server;
    private final Sha256 image;
    private final boolean early;
    private final Thread thread = Thread.currentThread();
    private boolean interrupted;

    private Place(String server, Sha256 image, boolean early) {
      this.server = server;
      this.image = image;
      this.early = early;
    }

    private boolean hinders(Place other) {
      return server.equals(other.server) || image.equals(other.image);
    }

    @Override
    public void close() {
      leave(this);
    }
  }

  /**
   * Waits for a place.
   *
   * @param server that is asked
   * @param early whether the image is needed later only: its fetch is interrupted where another one
   *     waits for the same server or image that is not
   */
  Place take(String server, Sha256 image, boolean early) throws InterruptedException {
    var mine = new Place(server, image, early);
    synchronized (taken) {
      waiting.add(mine);
      try {
        while (!isNext(mine)) {
          interruptEarly(mine);
          taken.wait();
        }
        taken.add(mine);
      } finally {
        waiting.remove(mine);
        taken.notifyAll();
      }
    }
    return mine;
  }

  /** Whether there is room for it, and nobody who came before it can have that. */
  private boolean isNext(Place mine) {
    if (taken.size() >= places || isHindered(mine)) {
      return false;
    }
    for (Place before : waiting) {
      if (before.equals(mine)) {
        return true;
      }
      if (!isHindered(before)) {
        return false;
      }
    }
    return true;
  }

  private boolean isHindered(Place place) {
    return taken.stream().anyMatch(it -> it.hinders(place));
  }

  private void interruptEarly(Place by) {
    for (Place it : taken) {
      if (it.early && !by.early && !it.interrupted && it.hinders(by)) {
        it.interrupted = true;
        it.thread.interrupt();
      }
    }
  }

  private void leave(Place place) {
    synchronized (taken) {
      taken.remove(place);
      if (place.interrupted) {
        // It was meant for the fetch, and may have come too late for it.
        Thread.interrupted();
      }
      taken.notifyAll();
    }
  }
}
