package dev.sandbar.device.broker;

import dev.sandbar.core.model.AppName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which apps have changed a name, and what it was before each of them, the oldest first: enough to
 * put back what was there when any of them goes.
 */
record NameChanges(List<Change> changes) {

  static final NameChanges NONE = new NameChanges(List.of());

  /**
   * One app's.
   *
   * @param before what the name was before the app changed it; empty if there was none
   * @param value that the app has asked for
   * @param earlier the value before, which still is the name if the device lost its power between
   *     the record and the change
   */
  record Change(AppName app, String before, String value, String earlier) {

    boolean isOf(String current) {
      return current.equals(value) || current.equals(earlier);
    }
  }

  NameChanges {
    changes = List.copyOf(changes);
  }

  /** This, once the app is to change the name to another one. */
  NameChanges set(AppName app, String current, String value) {
    if (!changes.isEmpty() && changes.getLast().app().equals(app)) {
      Change last = changes.getLast();
      // What somebody else has set since is what there was before.
      String before = last.isOf(current) ? last.before() : current;
      var all = new ArrayList<>(changes.subList(0, changes.size() - 1));
      all.add(new Change(app, before, value, current));
      return new NameChanges(all);
    }
    var all = new ArrayList<>(without(app).changes());
    all.add(new Change(app, current, value, current));
    return new NameChanges(all);
  }

  /** What the name is to become when the app goes; empty if it stays as it is. */
  Optional<String> restored(AppName app, String current) {
    if (changes.isEmpty()) {
      return Optional.empty();
    }
    Change last = changes.getLast();
    return last.app().equals(app) && last.isOf(current) && !last.before().equals(current)
        ? Optional.of(last.before())
        : Optional.empty();
  }

  /** This, when the app is gone: what was before it was before the one that came after it. */
  NameChanges without(AppName app) {
    var all = new ArrayList<Change>();
    Optional<Change> gone = Optional.empty();
    for (Change change : changes) {
      if (change.app().equals(app)) {
        gone = Optional.of(change);
      } else if (gone.filter(it -> it.isOf(change.before())).isPresent()) {
        all.add(
            new Change(
                change.app(), gone.orElseThrow().before(), change.value(), change.earlier()));
        gone = Optional.empty();
      } else {
        gone = Optional.empty();
        all.add(change);
      }
    }
    return new NameChanges(all);
  }

  /** The apps that have changed it. */
  List<AppName> apps() {
    return changes.stream().map(Change::app).toList();
  }
}
