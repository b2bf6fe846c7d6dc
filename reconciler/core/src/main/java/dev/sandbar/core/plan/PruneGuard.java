package dev.sandbar.core.plan;

import dev.sandbar.core.model.AppName;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Decides which apps that are no longer declared may be removed. A source that failed removes
 * nothing, nor does an empty one for which nobody vouches. Beyond that a repository may take away a
 * third of the apps at once (at least one, never all), and nothing after its history was rewritten:
 * the rest waits for a person's consent, whatever the repository declares from then on. The apps
 * that a later round counts may be the doing of whoever took the others away.
 */
public final class PruneGuard {

  /** Of that many apps one may go at once without consent. */
  private static final int PART = 3;

  /** What a source that vouches for the whole may remove at once: so many, or so large a part. */
  private static final int VOUCHED_COUNT = 10;

  private static final int VOUCHED_PERCENT = 30;

  /** Why something is held back that would not be if it were requested only now. */
  public static final String WAITS = "what was held back is not removed without consent";

  private PruneGuard() {}

  /** How much of the source was read. */
  public enum Source {
    /** All of it: what is missing was taken away. An empty one is taken for a mistake. */
    COMPLETE,
    /**
     * All of it, but its history does not descend from what was last applied: whoever wrote it may
     * never have seen the apps that are missing.
     */
    REWRITTEN,
    /** All of it, and its writer vouches for the whole with a digest, also when it is empty. */
    VOUCHED,
    /** The device is taken out of service: every app is removed. */
    DISMISSED,
    /** It could not be fetched, or a file that may declare an app could not be read. */
    INCOMPLETE
  }

  /**
   * What a person consents to.
   *
   * @param maxRemovals so many removals at once; negative if nobody has given a number
   * @param apps removals of these, one by one
   */
  public record Consent(int maxRemovals, SortedSet<AppName> apps) {
    /** Nobody has consented to anything. */
    public static final Consent NONE = new Consent(-1, Collections.emptySortedSet());

    /** A person asks for just this. */
    public static final Consent EVERYTHING =
        new Consent(Integer.MAX_VALUE, Collections.emptySortedSet());

    public Consent {
      apps = Collections.unmodifiableSortedSet(new TreeSet<>(apps));
    }

    /** To so many at once. */
    public static Consent to(int maxRemovals) {
      return new Consent(maxRemovals, Collections.emptySortedSet());
    }

    /** This, and to the removal of these. */
    public Consent and(SortedSet<AppName> named) {
      return new Consent(maxRemovals, named);
    }
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
   * @param waiting apps that were held back before, {@link #waiting}
   */
  public static Verdict judge(
      Source source,
      SortedSet<AppName> owned,
      SortedSet<AppName> declared,
      SortedSet<AppName> waiting,
      Consent consent) {
    var missing = new TreeSet<>(owned);
    missing.removeAll(declared);
    if (missing.isEmpty()) {
      return new Verdict(missing, missing, "");
    }
    if (source == Source.INCOMPLETE) {
      return new Verdict(
          new TreeSet<>(), missing, "the source could not be read whole, so nothing is removed");
    }
    // Consent to one removal makes those of the others no fewer.
    int asked = missing.size();
    var remove = new TreeSet<>(missing);
    remove.retainAll(consent.apps());
    missing.removeAll(remove);
    String reason = missing.isEmpty() ? "" : objection(source, owned, declared, asked, consent);
    if (!reason.isEmpty()) {
      return new Verdict(remove, missing, reason);
    }
    var held = new TreeSet<AppName>();
    if (waits(source) && asked > consent.maxRemovals()) {
      held.addAll(missing);
      held.retainAll(waiting);
    }
    missing.removeAll(held);
    remove.addAll(missing);
    return new Verdict(remove, held, held.isEmpty() ? "" : WAITS);
  }

  /**
   * The apps that wait for consent from now on: they go only if they are named, or if a number
   * covers all that is missing. An app that the source names again waits no longer.
   *
   * @param before those that waited until now
   * @param declared every app that the source names
   */
  public static SortedSet<AppName> waiting(
      Source source, SortedSet<AppName> before, SortedSet<AppName> declared, Verdict verdict) {
    var waiting = new TreeSet<>(before);
    if (waits(source)) {
      waiting.addAll(verdict.heldBack());
    }
    waiting.removeAll(declared);
    return Collections.unmodifiableSortedSet(waiting);
  }

  /** Whether what is held back of such a source waits for consent. */
  public static boolean waits(Source source) {
    return source == Source.COMPLETE || source == Source.REWRITTEN;
  }

  /** Why these are not removed at once; empty if they may be. */
  private static String objection(
      Source source,
      SortedSet<AppName> owned,
      SortedSet<AppName> declared,
      int count,
      Consent consent) {
    boolean numbered = consent.maxRemovals() >= 0;
    return switch (source) {
      case DISMISSED, INCOMPLETE -> "";
      case VOUCHED -> {
        int most = numbered ? consent.maxRemovals() : VOUCHED_COUNT;
        boolean many = count > most && count * 100L > (long) VOUCHED_PERCENT * owned.size();
        yield many
            ? "%d of %d apps would be removed at once, more than %d and more than %d percent"
                .formatted(count, owned.size(), most, VOUCHED_PERCENT)
            : "";
      }
      case COMPLETE, REWRITTEN -> {
        if (declared.isEmpty()) {
          yield "the source declares no app at all, so nothing is removed";
        }
        if (numbered && count <= consent.maxRemovals()) {
          yield "";
        }
        if (source == Source.REWRITTEN) {
          yield "the history of the source does not descend from what was last applied, so nothing"
              + " is removed without consent";
        }
        int most = most(owned.size(), consent);
        if (!numbered && count == owned.size()) {
          yield "every app would be removed at once";
        }
        yield count > most
            ? "%d of %d apps would be removed at once, more than %d"
                .formatted(count, owned.size(), most)
            : "";
      }
    };
  }

  /**
   * Why an app is not withdrawn from devices that its selector no longer matches; empty if it may
   * be. The measure is that of {@link Source#COMPLETE}, of devices instead of apps: an app goes
   * from a third of them at once (at least one, never all).
   *
   * @param owned devices that have the app
   * @param losing those of them that have it and are no longer selected
   */
  public static String objection(int owned, int losing, Consent consent) {
    if (losing == 0 || losing <= consent.maxRemovals()) {
      return "";
    }
    boolean numbered = consent.maxRemovals() >= 0;
    int most = most(owned, consent);
    if (!numbered && losing == owned) {
      return losing == 1
          ? "the only device that has the app would lose it"
          : "all %d devices that have the app would lose it at once".formatted(losing);
    }
    return losing > most
        ? "%d of %d devices would lose the app at once, more than %d".formatted(losing, owned, most)
        : "";
  }

  private static int most(int owned, Consent consent) {
    return consent.maxRemovals() >= 0 ? consent.maxRemovals() : Math.max(1, owned / PART);
  }
}
