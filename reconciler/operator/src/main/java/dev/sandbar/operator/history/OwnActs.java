package dev.sandbar.operator.history;

import dev.sandbar.operator.history.HistoryRecord.Writer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What this operator itself has done, for as long as it takes to record who did it. */
public final class OwnActs {
  private static final int MAX_KNOWN = 1_000;

  /** After that what is missing may have been made again, and removed by somebody else. */
  private static final Duration FRESH = Duration.ofMinutes(3);

  private final Clock clock;
  private final Map<String, Writer> enrolled = newest();
  private final Map<String, Removal> removed = newest();

  private record Removal(Instant at, Writer by) {}

  public OwnActs(Clock clock) {
    this.clock = clock;
  }

  private static <V> Map<String, V> newest() {
    return Collections.synchronizedMap(
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
            return size() > MAX_KNOWN;
          }
        });
  }

  /**
   * A device has been let in.
   *
   * @param manager field manager of the approval
   * @param how in words
   */
  public void enrolled(String namespace, String device, String manager, String how) {
    enrolled.put(namespace + "/" + device, new Writer("", manager, "", how));
  }

  /**
   * An app has been removed for a GitSource.
   *
   * @param manager field manager of what comes from it
   * @param revision that declares it no more; empty where the GitSource itself goes
   */
  public void removed(
      String namespace, String app, String manager, String source, String revision) {
    String how = revision.isEmpty() ? " was deleted" : " does not declare it any more";
    var by = new Writer("", manager, revision, "GitSource " + source + how);
    removed.put(namespace + "/" + app, new Removal(clock.instant(), by));
  }

  Optional<Writer> enrolment(String namespace, String device) {
    return Optional.ofNullable(enrolled.get(namespace + "/" + device));
  }

  Optional<Writer> removal(String namespace, String app) {
    return Optional.ofNullable(removed.get(namespace + "/" + app))
        .filter(it -> clock.instant().isBefore(it.at().plus(FRESH)))
        .map(Removal::by);
  }

  /** The removal is on record: another of that name is somebody else's. */
  void recorded(String namespace, String app) {
    removed.remove(namespace + "/" + app);
  }
}
