package dev.sandbar.operator.reconcile;

import java.util.HashMap;
import java.util.Map;

/**
 * How much of the apps of each namespace is kept in memory. One tenant must not end the operator
 * for all: what goes beyond its share is kept as not valid, without its content, and beyond that
 * not at all. What is kept keeps its place until it changes.
 *
 * <p>At every start the apps come in the order of their namespaces. A quarter of the room is
 * therefore for namespaces that take little, so that a few that take much leave something for those
 * that come after them.
 */
final class NamespaceRoom {

  /** Apps of one namespace, valid or not. */
  static final int MOST_APPS = 5_000;

  private static final int RESERVE = 4;
  private static final int LITTLE = 32;

  /** So many apps have to go before more are read and their number is reported anew. */
  private static final int SLACK = 500;

  private final long mostOfOne;
  private final long mostOfAll;
  private final Map<String, Share> shares = new HashMap<>();
  private long all;

  private static final class Share {
    private final Map<String, Long> weights = new HashMap<>();
    private long sum;

    long of(String app) {
      return weights.getOrDefault(app, 0L);
    }
  }

  /** What is kept of an app. */
  enum Verdict {
    /** Everything. */
    KEPT,
    /** That it is there. */
    WITHOUT_CONTENT,
    /** Nothing. */
    NOT_KEPT
  }

  /** With shares of this heap: a sixth for a namespace, half for all. */
  static NamespaceRoom ofHeap(long heap) {
    return new NamespaceRoom(heap / 6, heap / 2);
  }

  /**
   * Empty.
   *
   * @param mostOfOne bytes that the contents of one namespace may take
   * @param mostOfAll and those of all
   */
  NamespaceRoom(long mostOfOne, long mostOfAll) {
    this.mostOfOne = mostOfOne;
    this.mostOfAll = mostOfAll;
  }

  /** The app is there, and its content takes so many bytes. */
  synchronized Verdict put(Key app, long weight) {
    Share share = shares.computeIfAbsent(app.namespace(), _ -> new Share());
    boolean isNew = !share.weights.containsKey(app.name());
    if (isNew && share.weights.size() >= MOST_APPS) {
      return Verdict.NOT_KEPT;
    }
    long more = weight - share.of(app.name());
    boolean fits = more <= 0 || fits(share.sum + more, all + more);
    set(share, app.name(), fits ? weight : 0);
    return fits ? Verdict.KEPT : Verdict.WITHOUT_CONTENT;
  }

  private boolean fits(long ofOne, long ofAll) {
    boolean little = ofOne <= mostOfAll / LITTLE;
    return ofOne <= mostOfOne && ofAll <= (little ? mostOfAll : mostOfAll - mostOfAll / RESERVE);
  }

  /** Whether there is room for several more apps of the namespace, as to their number. */
  synchronized boolean hasRoom(String namespace) {
    return shares.getOrDefault(namespace, new Share()).weights.size() <= MOST_APPS - SLACK;
  }

  /** The app is gone. */
  synchronized void remove(Key app) {
    shares.computeIfPresent(
        app.namespace(),
        (_, share) -> {
          set(share, app.name(), 0);
          share.weights.remove(app.name());
          return share.weights.isEmpty() ? null : share;
        });
  }

  private void set(Share share, String name, long weight) {
    long more = weight - share.of(name);
    share.weights.put(name, weight);
    share.sum += more;
    all += more;
  }
}
