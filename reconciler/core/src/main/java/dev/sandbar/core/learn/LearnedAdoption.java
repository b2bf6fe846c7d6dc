package dev.sandbar.core.learn;

import dev.sandbar.core.compile.ClosedMode;
import dev.sandbar.core.convert.SpecTrial;
import dev.sandbar.core.learn.Learned.Note;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.AddedLines;
import dev.sandbar.core.property.Effective.Setting;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;

/**
 * The spec that confines a service where it is, and withholds what it was not seen to do. What it
 * does stays open, whether a permission is for it or not.
 */
public final class LearnedAdoption {

  private static final Node LOOPBACK =
      Node.list(
          List.of(
              mapping(Map.of("cidr", Node.text("127.0.0.0/8"))),
              mapping(Map.of("cidr", Node.text("::1/128")))));

  /** What nothing but system calls shows. */
  private static final Set<Permission> SHOWN_BY_CALLS =
      EnumSet.of(
          Permission.DEBUG,
          Permission.KEYRING,
          Permission.OTHER_APPS,
          Permission.RUN_FROM_DATA,
          Permission.SCHEDULING,
          Permission.SYSTEM_INFO);

  private final List<Watched> all;
  private final Set<Permission> used;
  private final Learned learned;
  private final Set<Use> uses;
  private final SequencedMap<String, Node> permissions = new LinkedHashMap<>();

  private LearnedAdoption(List<Watched> all, Learned learned) {
    this.all = all;
    this.uses = new LinkedHashSet<>();
    all.forEach(it -> uses.addAll(it.uses()));
    this.learned = learned;
    this.used = learned.permissions().keySet();
  }

  /**
   * One time that the service was watched.
   *
   * @param device where, for people
   * @param own lines of the service: no wall is written that would be weaker
   * @param fromStart whether it was watched from its start on, its system calls too: else what it
   *     did then is not known, and only what permissions stand for is withheld
   * @param seesCalls whether its system calls were seen: else what only they show stays open
   */
  record Watched(
      String device, ServiceLines own, Collection<Use> uses, boolean fromStart, boolean seesCalls) {
    Watched {
      uses = List.copyOf(uses);
    }
  }

  /**
   * What the service says itself.
   *
   * @param lines of its files, in the order in which systemd reads them
   * @param systemdVersion major version
   */
  public record ServiceLines(List<Setting> lines, int systemdVersion) {
    public ServiceLines {
      lines = List.copyOf(lines);
    }

    /** Whether the service is at least as closed already, so that the wall would open it. */
    private boolean wouldBeOpened(UnitName unit, String directive, Node value) {
      if (!(value instanceof Node.Scalar(_, var kind, var text))) {
        return true;
      }
      String line = kind == Node.Kind.BOOLEAN ? "yes" : text;
      try {
        return !AddedLines.opened(
                unit.value(), lines, List.of(new Setting(directive, line)), systemdVersion)
            .isEmpty();
      } catch (IllegalArgumentException e) {
        // A value that cannot be compared is left to the service.
        return true;
      }
    }
  }

  /**
   * The spec.
   *
   * @param own lines of the service: no wall is written that would be weaker
   * @param fromStart whether the service was watched from its start on: else what it did then is
   *     not known, and only what permissions stand for is withheld
   */
  public static LearnedSpec of(
      UnitName unit, AppName name, ServiceLines own, Collection<Use> uses, boolean fromStart) {
    return of(
        unit,
        name,
        List.of(new Watched("the device", own, uses, fromStart, true)),
        Lessons.of(uses));
  }

  /**
   * The spec for all of these: it closes what would be closed by each of them alone.
   *
   * @param learned what it needs by any of them
   */
  static LearnedSpec of(UnitName unit, AppName name, List<Watched> all, Learned learned) {
    return new LearnedAdoption(List.copyOf(all), learned).spec(unit, name);
  }

  private LearnedSpec spec(UnitName unit, AppName name) {
    boolean fromStart = all.stream().allMatch(Watched::fromStart);
    var notes = new ArrayList<Note>();
    network();
    for (Permission permission : Permission.values()) {
      if (permission.canBeWithheldInOpenMode()
          && !used.contains(permission)
          && isShown(permission)) {
        permissions.putIfAbsent(permission.key(), Node.flag(false));
      }
    }
    var spec = new LinkedHashMap<String, Node>();
    spec.put("run", mapping(Map.of("unit", Node.text(unit.value()))));
    spec.put("mode", Node.text("Open"));
    spec.put("permissions", mapping(permissions));
    if (fromStart) {
      SequencedMap<String, Node> walls = walls(unit, notes);
      if (!walls.isEmpty()) {
        spec.put("directives", mapping(walls));
      }
    }
    List<Node> denied = fromStart ? denied() : List.of();
    if (!denied.isEmpty()) {
      spec.put("systemCalls", mapping(Map.of("deny", Node.list(denied))));
    }
    var manifest = new LinkedHashMap<String, Node>();
    manifest.put("apiVersion", Node.text(SpecReader.API_VERSION));
    manifest.put("kind", Node.text(SpecReader.KIND));
    manifest.put("metadata", mapping(Map.of("name", Node.text(name.value()))));
    manifest.put("spec", mapping(spec));
    Node whole = mapping(manifest);
    List<Diagnostic> errors = SpecTrial.errors(whole);
    var reasons = new LinkedHashMap<String, List<String>>();
    learned
        .permissions()
        .forEach((permission, wanted) -> reasons.put(permission.key(), wanted.because()));
    errors.forEach(error -> notes.add(new Note(error.message(), error.help())));
    return new LearnedSpec(whole, reasons, Collections.emptySet(), notes, errors.isEmpty());
  }

  /** Those that would be weaker than the service has them on no device. */
  private SequencedMap<String, Node> walls(UnitName unit, List<Note> notes) {
    SequencedMap<String, Node> walls = LearnedWalls.of(uses);
    walls
        .entrySet()
        .removeIf(
            wall -> {
              var stronger = new TreeSet<String>();
              var weaker = new TreeSet<String>();
              for (Watched one : all) {
                boolean opened = one.own().wouldBeOpened(unit, wall.getKey(), wall.getValue());
                (opened ? stronger : weaker).add(one.device());
              }
              if (!stronger.isEmpty() && !weaker.isEmpty()) {
                notes.add(
                    new Note(
                        "is as closed by %s= of its own, or more so, on %s only"
                            .formatted(wall.getKey(), NameText.of(stronger)),
                        "the spec leaves it out for all; make the unit files alike"));
              }
              return !stronger.isEmpty();
            });
    return walls;
  }

  /** Whether it shows in what a service does that it takes the permission. */
  private boolean isShown(Permission permission) {
    if (SHOWN_BY_CALLS.contains(permission) && !all.stream().allMatch(Watched::seesCalls)) {
      return false;
    }
    return switch (permission.shape()) {
      case TOGGLE ->
          // Every C library speaks to systemd and to the journal over such sockets.
          permission != Permission.UNIX_SOCKETS
              // Both may be over before anybody looks.
              && permission != Permission.NESTED_SANDBOX
              && permission != Permission.ASYNC_IO
              // No spec gets it without its owner asking, so that it was used is only noted.
              && permission != Permission.RAW_NETWORK
              && permission != Permission.LOCAL_NETWORK;
      case DEVICES -> true;
      case DIRECTORY -> permission != Permission.STATE;
      case DESTINATIONS, PORTS, NAMESPACE, VOLUMES, APPS, BUS_NAMES, SETTINGS, MODULES, UNITS ->
          false;
    };
  }

  /** To withhold the internet withholds loopback too, where many services meet. */
  private void network() {
    boolean local =
        used.contains(Permission.LOCAL_NETWORK)
            && uses.stream().anyMatch(use -> isOfTheNetwork(use) && !isLoopback(use));
    // What is for loopback alone is more here: other programs come and go there.
    if (used.contains(Permission.INTERNET) && !used.contains(Permission.INTERNET_TO)) {
      if (!local) {
        permissions.put(Permission.LOCAL_NETWORK.key(), Node.flag(false));
      }
    } else if (used.contains(Permission.INTERNET_TO)
        || uses.stream().anyMatch(LearnedAdoption::isLoopback)) {
      permissions.put(Permission.INTERNET.key(), Node.flag(true));
      permissions.put(Permission.INTERNET_TO.key(), LOOPBACK);
      permissions.put(Permission.LOCAL_NETWORK.key(), Node.flag(local));
    } else {
      permissions.put(Permission.INTERNET.key(), Node.flag(false));
      if (local) {
        permissions.put(Permission.LOCAL_NETWORK.key(), Node.flag(true));
      }
      if (local
          && sawAllPorts()
          && learned.permissions().get(Permission.PORTS) instanceof Learned.Wanted ports) {
        permissions.put(Permission.PORTS.key(), ports.value());
      }
    }
  }

  /**
   * Else a list of ports would close one that is open now and then, or that the service named
   * before it was watched.
   */
  private boolean sawAllPorts() {
    var open = new TreeSet<Integer>();
    var chosen = new TreeSet<Integer>();
    boolean unknown = false;
    for (Use use : uses) {
      if (use instanceof Use.Bound(var protocol, var at)) {
        open.add(at.port());
        unknown |= PortLessons.mayBePicked(protocol, at);
      } else if (use instanceof Use.Given(_, var at)) {
        open.add(at.port());
      } else if (use instanceof Use.Chosen(var at)) {
        chosen.add(at.port());
      }
    }
    return open.containsAll(chosen)
        && (!unknown || all.stream().allMatch(it -> it.fromStart() && it.seesCalls()));
  }

  private static boolean isOfTheNetwork(Use use) {
    return use instanceof Use.Bound
        || use instanceof Use.Met
        || use instanceof Use.Reached(SocketAddress.Internet _);
  }

  private static boolean isLoopback(Use use) {
    return switch (use) {
      case Use.Bound(_, var at) -> at.isLoopback();
      case Use.Reached(SocketAddress.Internet at) -> at.isLoopback();
      case Use.Met(var peer) -> peer.isLoopback();
      case Use.Reached(SocketAddress.Unix _),
          Use.Called _,
          Use.Chosen _,
          Use.Given _,
          Use.Flow _,
          Use.Family _,
          Use.Offered _,
          Use.Device _,
          Use.Wrote _,
          Use.ReadProc _,
          Use.ReadSettings _,
          Use.Has _ ->
          false;
    };
  }

  /** Groups that closed mode takes from every app, as far as the service calls nothing of them. */
  private List<Node> denied() {
    var called = new TreeSet<String>();
    for (Use use : uses) {
      if (use instanceof Use.Called(var name)) {
        called.add(name);
      }
    }
    var groups = new ArrayList<Node>();
    ClosedMode.withheldGroups()
        .forEach(
            (group, calls) -> {
              if (Collections.disjoint(calls, called)) {
                groups.add(Node.text(group));
              }
            });
    return groups;
  }

  private static Node mapping(Map<String, Node> fields) {
    return Node.mapping(
        fields.entrySet().stream().map(it -> Node.entry(it.getKey(), it.getValue())).toList());
  }
}
