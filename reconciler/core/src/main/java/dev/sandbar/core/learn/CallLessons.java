package dev.sandbar.core.learn;

import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.compile.ClosedMode;
import dev.sandbar.core.model.Permission;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/** What system calls show: those that no app has by itself. */
final class CallLessons {

  /** What sockets show better, with the port that is bound. */
  private static final Set<String> LISTENING = Set.of("accept", "accept4", "bind", "listen");

  /**
   * Calls that more than one permission opens, and the one that opens less; the other stands if
   * something else takes it.
   */
  private static final List<Shared> SHARED =
      List.of(
          new Shared("memfd_create", Permission.RUN_FROM_DATA, Permission.JIT),
          new Shared("sched_setparam", Permission.SCHEDULING, Permission.REALTIME),
          new Shared("sched_setscheduler", Permission.SCHEDULING, Permission.REALTIME));

  private record Shared(String call, Permission less, Permission other) {}

  private final Lessons.Needs needs;
  private final Lessons.Says note;
  private final SortedSet<String> open = ClosedMode.openCalls();
  private final SortedMap<String, String> closed = ClosedMode.calls();
  private final SortedSet<String> identity = ClosedMode.identityCalls();
  private final SortedSet<String> known = ClosedMode.knownCalls();
  private final TreeSet<String> allowed = new TreeSet<>();
  private final TreeSet<Shared> shared =
      new TreeSet<>(java.util.Comparator.comparing(Shared::call));

  CallLessons(Lessons.Needs needs, Lessons.Says note) {
    this.needs = needs;
    this.note = note;
  }

  void called(String name) {
    if (open.contains(name) || LISTENING.contains(name)) {
      return;
    }
    List<Shared> choice = SHARED.stream().filter(it -> it.call().equals(name)).toList();
    if (!choice.isEmpty()) {
      shared.addAll(choice);
      return;
    }
    List<Permission> openers =
        PermissionCatalog.all().entrySet().stream()
            .filter(it -> it.getValue().grants().kernel().calls().contains(name))
            .map(java.util.Map.Entry::getKey)
            // Programs make these calls for other reasons; that it makes namespaces shows
            // otherwise.
            .filter(it -> it != Permission.NESTED_SANDBOX)
            .toList();
    String help = closed.get(name);
    if (!openers.isEmpty()) {
      needs.of(openers.getFirst(), "calls " + name);
    } else if (identity.contains(name)) {
      note.of(
          "calls " + name,
          "an app has a user of its own from the start, and owns what it makes; most programs that"
              + " give up root go on where they are not root");
    } else if (help != null) {
      note.of("calls " + name, help);
    } else if (known.contains(name)) {
      allowed.add(name);
    } else {
      note.of("calls " + name, "nobody knows here what it opens");
    }
  }

  /**
   * Chooses where there is a choice.
   *
   * @param taken permissions that something else takes
   */
  void conclude(Collection<Permission> taken) {
    for (Shared choice : shared) {
      if (!taken.contains(choice.other())) {
        needs.of(choice.less(), "calls " + choice.call());
      }
    }
  }

  SortedSet<String> allowed() {
    return allowed;
  }
}
