package dev.sandbar.operator.history;

import dev.sandbar.core.model.SafeText;
import dev.sandbar.crds.v1alpha1.FleetHistorySpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The changes of a namespace, and what was seen of each object last. A change is what differs from
 * that: so none is lost with an operator that ends, and none is recorded twice.
 *
 * @param seen one line for each object, as {@link SeenObject} writes it
 * @param omitted objects that there is no room for
 */
record HistoryRecord(List<Entry> entries, List<String> seen, int omitted) {
  static final HistoryRecord EMPTY = new HistoryRecord(List.of(), List.of(), 0);

  /** Characters of all entries. */
  static final int MAX_ENTRY_CHARACTERS = 128 << 10;

  /** Characters of all that was seen. */
  static final int MAX_SEEN_CHARACTERS = 512 << 10;

  private static final String CREATED = "Created";
  private static final String REMOVED = "Removed";
  private static final String SPEC_CHANGED = "SpecChanged";
  static final String LABELS_CHANGED = "LabelsChanged";

  HistoryRecord {
    entries = List.copyOf(entries);
    seen = List.copyOf(seen);
  }

  /**
   * What has happened to one or more objects of a kind at once; of what is not known there is
   * nothing.
   *
   * @param more objects beside those that are named
   */
  record Entry(
      String time,
      String kind,
      List<String> names,
      int more,
      String change,
      @Nullable String user,
      @Nullable String manager,
      @Nullable String revision,
      @Nullable String message) {
    Entry {
      names = List.copyOf(names);
    }

    int characters() {
      return Stream.concat(names.stream(), Stream.of(time, kind, change))
              .mapToInt(String::length)
              .sum()
          + Stream.of(user, manager, revision, message)
              .mapToInt(it -> it == null ? 0 : it.length())
              .sum();
    }
  }

  /** What has changed of an object. */
  record Change(Observed now, String change, String message) {}

  /**
   * Who did it.
   *
   * @param user as the API server has authenticated it; empty if nobody wrote that down
   * @param manager field manager, which its writer has chosen
   * @param message what else is known of it
   */
  record Writer(String user, String manager, String revision, String message) {
    static final Writer UNKNOWN = new Writer("", "", "", "");
  }

  /** What differs from what was seen. */
  List<Change> changes(Collection<Observed> objects) {
    SortedMap<String, SeenObject> known = known();
    return objects.stream().flatMap(it -> changes(it, known.get(it.object()))).toList();
  }

  private static Stream<Change> changes(Observed now, @Nullable SeenObject before) {
    var changes = new ArrayList<Change>();
    if (before == null || before.isOfAnother(now)) {
      changes.add(new Change(now, CREATED, ""));
    } else {
      if (before.generation() != now.generation()) {
        changes.add(
            new Change(now, SPEC_CHANGED, SeenObject.states(before.states(), now.states())));
      }
      if (!before.labels().equals(now.labels())) {
        changes.add(new Change(now, LABELS_CHANGED, ""));
      }
    }
    if (SeenObject.isNews(before, now)) {
      changes.add(new Change(now, now.outcome(), now.message()));
    }
    return changes.stream();
  }

  /** What was seen and is not there any more: kind and name. */
  List<String> missing(Collection<Observed> objects) {
    var missing = known();
    objects.forEach(it -> missing.remove(it.object()));
    return List.copyOf(missing.keySet());
  }

  /** What was there when the history began is no change. */
  static HistoryRecord beginning(Collection<Observed> objects) {
    var room = new TreeMap<String, SeenObject>();
    int omitted = put(room, objects);
    return new HistoryRecord(List.of(), lines(room), omitted);
  }

  /**
   * This, with what has changed since.
   *
   * @param objects all that there are
   * @param removed that are not there any more: kind and name, and who removed them
   * @param writers of changes; where one is absent nobody has looked
   */
  HistoryRecord next(
      Collection<Observed> objects,
      Map<String, Writer> removed,
      Map<Change, Writer> writers,
      String time) {
    SortedMap<String, SeenObject> known = known();
    var groups = new LinkedHashMap<Entry, List<String>>();
    for (var gone : removed.entrySet()) {
      String object = gone.getKey();
      known.remove(object);
      Entry group = entry(time, kind(object), REMOVED, gone.getValue(), "");
      groups.computeIfAbsent(group, _ -> new ArrayList<>()).add(name(object));
    }
    List<Change> changes = changes(objects);
    Function<Change, Writer> writer = writers(changes, writers);
    int omitted = put(known, objects);
    for (Change change : changes) {
      if (known.containsKey(change.now().object())) {
        Entry group =
            entry(
                time,
                change.now().kind().text(),
                change.change(),
                writer.apply(change),
                change.message());
        groups.computeIfAbsent(group, _ -> new ArrayList<>()).add(change.now().name());
      }
    }
    var all = new ArrayList<>(entries);
    groups.forEach((group, names) -> all.add(named(group, names)));
    return new HistoryRecord(newest(all), lines(known), omitted);
  }

  /** Of those that nobody has looked at: the same as of all others, if that is one. */
  private static Function<Change, Writer> writers(
      List<Change> changes, Map<Change, Writer> writers) {
    var common = new HashMap<String, Writer>();
    for (Change change : changes) {
      Optional.ofNullable(writers.get(change))
          .ifPresent(
              it ->
                  common.merge(
                      alike(change), it, (one, two) -> one.equals(two) ? one : Writer.UNKNOWN));
    }
    return change ->
        Optional.ofNullable(writers.get(change))
            .orElseGet(() -> common.getOrDefault(alike(change), Writer.UNKNOWN));
  }

  private static String alike(Change change) {
    return change.now().kind() + " " + change.change();
  }

  private static Entry entry(
      String time, String kind, String change, Writer writer, String message) {
    String text =
        Stream.of(message, writer.message())
            .filter(it -> !it.isEmpty())
            .reduce((one, two) -> one + "; " + two)
            .orElse("");
    return new Entry(
        time,
        kind,
        List.of(),
        0,
        SafeText.cut(change, FleetHistorySpec.MAX_TEXT),
        known(writer.user(), FleetHistorySpec.MAX_TEXT),
        known(writer.manager(), FleetHistorySpec.MAX_TEXT),
        known(writer.revision(), FleetHistorySpec.MAX_TEXT),
        known(text, FleetHistorySpec.MAX_MESSAGE));
  }

  private static Entry named(Entry group, List<String> names) {
    int most = Math.min(names.size(), FleetHistorySpec.MAX_NAMES);
    return new Entry(
        group.time(),
        group.kind(),
        names.subList(0, most),
        names.size() - most,
        group.change(),
        group.user(),
        group.manager(),
        group.revision(),
        group.message());
  }

  private static @Nullable String known(String text, int most) {
    return text.isEmpty() ? null : SafeText.cut(SafeText.visible(text), most);
  }

  private static String kind(String object) {
    return object.substring(0, Math.max(0, object.indexOf('/')));
  }

  private static String name(String object) {
    return object.substring(object.indexOf('/') + 1);
  }

  private SortedMap<String, SeenObject> known() {
    var all = new TreeMap<String, SeenObject>();
    seen.forEach(line -> SeenObject.of(line).ifPresent(it -> all.put(it.object(), it)));
    return all;
  }

  private static List<String> lines(SortedMap<String, SeenObject> all) {
    return all.values().stream().map(SeenObject::line).toList();
  }

  /** As they are now; the number of those that there is no room for. */
  private static int put(SortedMap<String, SeenObject> all, Collection<Observed> objects) {
    int omitted = 0;
    int characters = all.values().stream().mapToInt(it -> it.line().length()).sum();
    for (Observed now : objects) {
      SeenObject before = all.get(now.object());
      var seen = SeenObject.of(now, before);
      characters += seen.line().length() - (before == null ? 0 : before.line().length());
      boolean fits =
          characters <= MAX_SEEN_CHARACTERS
              && (before != null || all.size() < FleetHistorySpec.MAX_OBJECTS);
      if (fits) {
        all.put(now.object(), seen);
      } else {
        characters -= seen.line().length();
        omitted++;
        all.remove(now.object());
      }
    }
    return omitted;
  }

  /**
   * Where there are too many the oldest of that kind goes that has most: devices that enrol without
   * end take nothing of the history of apps.
   */
  private static List<Entry> newest(List<Entry> all) {
    var kept = new ArrayList<>(all);
    var sizes = new TreeMap<String, Integer>();
    kept.forEach(it -> sizes.merge(it.kind(), it.characters(), Integer::sum));
    int characters = sizes.values().stream().mapToInt(it -> it).sum();
    while (kept.size() > FleetHistorySpec.MAX_ENTRIES || characters > MAX_ENTRY_CHARACTERS) {
      String largest =
          sizes.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
      int oldest = 0;
      while (!kept.get(oldest).kind().equals(largest)) {
        oldest++;
      }
      int less = kept.remove(oldest).characters();
      sizes.merge(largest, -less, Integer::sum);
      characters -= less;
    }
    return kept;
  }
}
