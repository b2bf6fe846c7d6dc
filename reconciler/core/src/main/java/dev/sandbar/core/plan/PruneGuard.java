package dev.sandbar.core.plan;

import dev.sandbar.core.model.AppName;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Decides which apps that are no longer declared may be removed. A source that failed removes
 * nothing, nor does an empty one for which nobody vouches; many removals at once are held back
 * until someone allows them.
 */
public final class PruneGuard {

  private PruneGuard() {}

  /** How much of the source was read. */
  public enum Source {
    /** All of it: what is missing was taken away. An empty one is taken for a mistake. */
    COMPLETE,
    /** All of it, and its writer vouches for the whole with a digest, also when it is empty. */
    VOUCHED,
    /** The device is taken out of service: every app goes. */
    DISMISSED,
    /** It could not be fetched, or a file that may declare an app could not be read. */
    INCOMPLETE
  }

  /**
   * @param count so many removals at once always pass
   * @param percent more of them pass if they are at most this part of all apps of ours
   */
  public record Limits(int count, int percent) {
    /** What holds when nobody says otherwise. */
    public static final Limits DEFAULT = new Limits(3, 30);
  }

  /**
   * @param remove apps that may be removed now
   * @param heldBack apps that are no longer declared and stay
   * @param reason why they stay, one sentence without a full stop; empty if none does
   */
  public record Verdict(SortedSet<AppName> remove, SortedSet<AppName> heldBack, String reason) {
    public Verdict {
      remove = Collections.unmodifiableSortedSet(new TreeSet<>(remove));
      heldBack = Collections.unmodifiableSortedSet(new TreeSet<>(heldBack));
    }
  }

  /**
   * Judges what is missing.
   *
   * @param owned every app of ours, {@link Inventory#owned}
   * @param declared every app that the source names, also those that were refused
   * @param allowed whether a person has allowed this many removals
   */
  public static Verdict judge(
      Source source,
      SortedSet<AppName> owned,
      SortedSet<AppName> declared,
      Limits limits,
      boolean allowed) {
    var missing = new TreeSet<>(owned);
    missing.removeAll(declared);
    if (missing.isEmpty()) {
      return new Verdict(missing, missing, "");
    }
    if (source == Source.INCOMPLETE) {
      return held(missing, "the source could not be read whole, so nothing is removed");
    }
    if (declared.isEmpty() && source == Source.COMPLETE) {
      return held(missing, "the source declares no app at all, so nothing is removed");
    }
    boolean many =
        missing.size() > limits.count()
            && missing.size() * 100L > (long) limits.percent() * owned.size();
    if (many && !allowed && source != Source.DISMISSED) {
      return held(
          missing,
          missing.size()
              + " of "
              + owned.size()
              + " apps would be removed at once, more than "
              + limits.count()
              + " and more than "
              + limits.percent()
              + " percent");
    }
    return new Verdict(missing, Collections.emptySortedSet(), "");
  }

  private static Verdict held(SortedSet<AppName> missing, String reason) {
    return new Verdict(Collections.emptySortedSet(), missing, reason);
  }
}
