package dev.sandbar.core.learn;

import dev.sandbar.core.catalog.Hardware;
import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.learn.Learned.Note;
import dev.sandbar.core.learn.Learned.Wanted;
import dev.sandbar.core.learn.Use.Trait;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What permissions a service takes that does these things. Only what it did is in it: a permission
 * that stands for what was not seen is nobody's wish.
 */
public final class Lessons {

  static final String WITHOUT_IO_URING =
      "most programs do without; if it does not: permissions.asyncIO: true, with network: Own or"
          + " without a network";

  /** More reasons for one permission say nothing more. */
  private static final int MOST_REASONS = 4;

  /** Calls with which an app opens a port itself, also by way of io_uring(7). */
  private static final Set<String> LISTENING = Set.of("bind", "io_uring_setup", "listen");

  private final TreeMap<Permission, TreeSet<String>> reasons = new TreeMap<>();
  private final TreeMap<String, Boolean> nodes = new TreeMap<>();

  private final TreeMap<String, Boolean> lines = new TreeMap<>();

  private final NetworkLessons network = new NetworkLessons(this::needs, this::note);
  private final CallLessons calls = new CallLessons(this::needs, this::note);
  private final FileLessons files = new FileLessons(this::needs, this::note, this::change);
  private final TreeMap<String, TreeSet<String>> notes = new TreeMap<>();
  private final TreeMap<String, TreeSet<String>> changes = new TreeMap<>();

  private Lessons() {}

  /** The lessons of all that a service was seen to do. */
  public static Learned of(Collection<Use> uses) {
    var lessons = new Lessons();
    uses.forEach(lessons::take);
    return lessons.learned();
  }

  /** All that the service did which takes each permission. */
  static SortedMap<Permission, SortedSet<String>> reasons(Collection<Use> uses) {
    var lessons = new Lessons();
    uses.forEach(lessons::take);
    lessons.learned();
    return new TreeMap<>(lessons.reasons);
  }

  /** What a lesson says of the service. */
  @FunctionalInterface
  interface Says {
    /** That it does this, for which that counts. */
    void of(String what, String help);
  }

  /** What a lesson finds that the service needs. */
  @FunctionalInterface
  interface Needs {
    /** The permission, because it does this. */
    void of(Permission permission, String because);
  }

  private void needs(Permission permission, String because) {
    reasons.computeIfAbsent(permission, _ -> new TreeSet<>()).add(because);
  }

  private void note(String what, String help) {
    notes.computeIfAbsent(help, _ -> new TreeSet<>()).add(what);
  }

  private void change(String what, String help) {
    changes.computeIfAbsent(help, _ -> new TreeSet<>()).add(what);
  }

  private void take(Use use) {
    switch (use) {
      case Use.Called(var name) -> calls.called(name);
      case Use.Family(var name) -> network.family(name);
      case Use.Bound(var protocol, var at) -> network.bound(protocol, at);
      case Use.Chosen(var at) -> network.chosen(at);
      case Use.Given(var protocol, var at) -> network.given(protocol, at);
      case Use.Reached(SocketAddress.Internet at) -> network.reached(at);
      case Use.Reached(SocketAddress.Unix at) -> network.reached(at);
      case Use.Met(var peer) -> network.met(peer);
      case Use.Flow flow -> network.flow(flow);
      case Use.Offered(var at) -> network.offered(at);
      case Use.Device(var path, var written) -> device(path, written);
      case Use.Wrote(var path) -> files.wrote(path);
      case Use.ReadProc(var path) -> {
        files.readProc(path);
        if (FileLessons.isOfTheNetwork(path)) {
          network.read(path);
        }
      }
      // Every app sees the files of the device, or of its image.
      case Use.ReadSettings _ -> {}
      case Use.Has(var trait) -> has(trait);
    }
  }

  private void device(String path, boolean written) {
    Optional<Permission> kind = Hardware.of(path);
    if (FileLessons.isOfEveryApp(path)) {
      return;
    }
    if (kind.isPresent()) {
      needs(kind.get(), "opens " + path);
    } else if (FileLessons.isSerial(path)) {
      lines.put(path, true);
      needs(Permission.SERIAL, "opens " + path);
    } else {
      nodes.merge(path, written, Boolean::logicalOr);
      needs(Permission.DEVICES, "opens " + path);
    }
  }

  private void has(Trait trait) {
    switch (trait) {
      case WRITABLE_CODE -> needs(Permission.JIT, trait.words());
      case CODE_IN_DATA -> needs(Permission.RUN_FROM_DATA, trait.words());
      case LOCKED_MEMORY -> needs(Permission.LOCK_MEMORY, trait.words());
      case REALTIME -> needs(Permission.REALTIME, trait.words());
      case IO_URING -> note(trait.words(), WITHOUT_IO_URING);
      case OWN_NAMESPACE ->
          note(
              trait.words(),
              "permissions.nestedSandbox: true, if it makes sandboxes of its own as browsers do;"
                  + " else see whether it can do without");
    }
  }

  private Learned learned() {
    calls.conclude(reasons.keySet());
    files.conclude();
    network.conclude(
        reasons.keySet().stream()
            .map(it -> PermissionCatalog.entry(it).grants().kernel().calls())
            .anyMatch(calls -> LISTENING.stream().anyMatch(calls::contains)));
    var wanted = new TreeMap<Permission, Wanted>();
    reasons.forEach(
        (permission, because) ->
            wanted.put(permission, new Wanted(value(permission), few(because))));
    var all = new ArrayList<Note>();
    changes.forEach((help, what) -> all.add(new Note(String.join("; ", few(what)), help, true)));
    notes.forEach((help, what) -> all.add(new Note(String.join("; ", few(what)), help)));
    return new Learned(wanted, calls.allowed(), all);
  }

  static List<String> few(Collection<String> all) {
    var few = new ArrayList<>(all.stream().limit(MOST_REASONS).toList());
    if (all.size() > few.size()) {
      few.add("and %d more".formatted(all.size() - few.size()));
    }
    return few;
  }

  private Node value(Permission permission) {
    return switch (permission.shape()) {
      case PORTS -> network.ports();
      case DESTINATIONS -> network.destinations();
      case DEVICES ->
          permission == Permission.SERIAL ? devices(lines, false) : devices(nodes, true);
      case TOGGLE, DIRECTORY, NAMESPACE, VOLUMES, APPS, BUS_NAMES, SETTINGS, MODULES, UNITS ->
          Node.flag(true);
    };
  }

  /** A serial line is always for both directions. */
  private static Node devices(SortedMap<String, Boolean> all, boolean directions) {
    var items = new ArrayList<Node>();
    all.forEach(
        (path, written) -> {
          var fields = new ArrayList<Node.Entry>();
          fields.add(Node.entry("device", Node.text(path)));
          if (directions) {
            fields.add(Node.entry("access", Node.text(written ? "ReadWrite" : "ReadOnly")));
          }
          items.add(Node.mapping(fields));
        });
    return Node.list(items);
  }
}
