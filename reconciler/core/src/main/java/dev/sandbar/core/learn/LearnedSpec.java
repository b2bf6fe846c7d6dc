package dev.sandbar.core.learn;

import dev.sandbar.core.convert.Additions;
import dev.sandbar.core.convert.Converted;
import dev.sandbar.core.convert.SpecTrial;
import dev.sandbar.core.convert.UnitConverter;
import dev.sandbar.core.convert.UnitFile;
import dev.sandbar.core.learn.Learned.Note;
import dev.sandbar.core.learn.Learned.Wanted;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Lifecycle;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.SocketPortRules;
import dev.sandbar.core.model.SpecBounds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;

/**
 * The smallest spec with which a service can do what it was seen to do, as far as a spec can say
 * it.
 *
 * @param manifest in closed mode
 * @param reasons for each permission, by its name in a spec, what takes it
 * @param unused permissions that the spec had and nothing took
 * @param notes what the spec does not say
 * @param usable whether the manifest compiles
 */
public record LearnedSpec(
    Node manifest,
    SequencedMap<String, List<String>> reasons,
    Set<Permission> unused,
    List<Note> notes,
    boolean usable) {

  /** Whether these are used does not show in what a service does. */
  private static final Set<Permission> UNSEEN =
      EnumSet.of(
          Permission.STORAGE,
          Permission.NETWORK_NAMESPACE,
          Permission.INTERNET_TO,
          // A raw socket of IP looks like any other.
          Permission.RAW_NETWORK,
          // Asked for once in a while, and perhaps never while somebody looks.
          Permission.REBOOT,
          Permission.HOSTNAME,
          Permission.CLOCK,
          Permission.READ_LOGS);

  private static final int MOST_TRIALS = 4 * SpecBounds.MOST_ITEMS;

  public LearnedSpec {
    reasons = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(reasons));
    unused = Set.copyOf(unused);
    notes = List.copyOf(notes);
  }

  /**
   * The spec of a service that a unit file describes.
   *
   * @param file name of the unit, for locations
   * @param variables of the files that it takes its environment from
   */
  public static LearnedSpec of(
      UnitFile unit, AppName name, String file, Map<String, String> variables, Learned learned) {
    var notes = new ArrayList<>(learned.notes());
    SequencedMap<String, Node> permissions = accepted(learned, notes);
    Converted converted =
        UnitConverter.closed(
            unit, name, file, variables, new Additions(permissions, learned.systemCalls()));
    for (Converted.Left left : converted.left()) {
      String place = left.line() == 0 ? "" : "line %d: ".formatted(left.line());
      notes.add(new Note(place + left.what(), left.help(), left.what().startsWith("ExecStart=")));
    }
    return new LearnedSpec(
        converted.manifest(),
        reasons(learned, permissions.keySet()),
        Set.of(),
        notes,
        converted.usable());
  }

  /** This, with more to say, first. */
  LearnedSpec with(List<Note> more) {
    var all = new ArrayList<>(more);
    all.addAll(notes);
    return new LearnedSpec(manifest, reasons, unused, all, usable);
  }

  /**
   * This, with files that the app sees instead of those of the device; of one that no spec may have
   * a note says why.
   *
   * @param files texts by path
   */
  LearnedSpec withFiles(SortedMap<String, String> files) {
    var good = new ArrayList<Node>();
    var all = new ArrayList<>(notes);
    for (Map.Entry<String, String> file : files.entrySet()) {
      var more = new ArrayList<>(good);
      more.add(
          Node.mapping(
              List.of(
                  Node.entry("path", Node.text(file.getKey())),
                  Node.entry("content", Node.text(file.getValue())))));
      List<Diagnostic> errors = usable ? SpecTrial.errors(seeing(more)) : List.of();
      if (errors.isEmpty()) {
        good.add(more.getLast());
      } else {
        all.add(
            new Note(
                "reads " + file.getKey() + ": " + errors.getFirst().message(),
                errors.getFirst().help(),
                true));
      }
    }
    return new LearnedSpec(good.isEmpty() ? manifest : seeing(good), reasons, unused, all, usable);
  }

  private Node seeing(List<Node> files) {
    var spec = new LinkedHashMap<>(field(manifest, "spec").fields());
    spec.put("files", Node.list(files));
    var whole = new LinkedHashMap<>(manifest.fields());
    whole.put("spec", mapping(spec));
    return mapping(whole);
  }

  /**
   * The spec of an app, without the permissions that nothing took. One in open mode is closed but
   * for what it did.
   *
   * @param manifest as it was applied
   */
  public static LearnedSpec of(Node manifest, AppSpec app, Learned learned) {
    var notes = new ArrayList<>(learned.notes());
    SequencedMap<String, Node> permissions = new LinkedHashMap<>();
    var unused = EnumSet.noneOf(Permission.class);
    Node before = field(field(manifest, "spec"), "permissions");
    if (app.mode() == Mode.OPEN) {
      permissions = accepted(learned, notes);
    } else {
      for (Map.Entry<String, Node> entry : before.fields().entrySet()) {
        Optional<Permission> permission = Permission.find(entry.getKey());
        if (permission.filter(it -> !isKept(it, app, learned)).isPresent()) {
          unused.add(permission.get());
        } else {
          permissions.put(entry.getKey(), entry.getValue());
        }
      }
      if (!permissions.containsKey(Permission.INTERNET.key())) {
        permissions.remove(Permission.INTERNET_TO.key());
      }
      unboundPorts(app, learned, notes);
    }
    Node changed = with(manifest, permissions);
    List<Diagnostic> errors = SpecTrial.errors(changed);
    errors.forEach(error -> notes.add(new Note(error.message(), error.help())));
    return new LearnedSpec(
        changed, reasons(learned, permissions.keySet()), unused, notes, errors.isEmpty());
  }

  private static boolean isKept(Permission permission, AppSpec app, Learned learned) {
    boolean withheld =
        app.permissions()
            .get(permission)
            .map(it -> it.value() instanceof Value.Withheld)
            .orElse(true);
    boolean notifies =
        permission == Permission.UNIX_SOCKETS
            && app.run().lifecycle().type() == Lifecycle.StartType.NOTIFY;
    // Ports need a network that clients come from.
    boolean network =
        permission == Permission.LOCAL_NETWORK
            && learned.permissions().containsKey(Permission.PORTS);
    // What systemd opens for the app it does not bind itself.
    boolean given =
        app.permissions().get(permission).stream()
            .anyMatch(
                it -> it.value() instanceof Value.Ports(var ports) && SocketPortRules.any(ports));
    return withheld
        || given
        || notifies
        || network
        || UNSEEN.contains(permission)
        || learned.permissions().containsKey(permission);
  }

  private static void unboundPorts(AppSpec app, Learned learned, List<Note> notes) {
    Wanted bound = learned.permissions().get(Permission.PORTS);
    if (bound == null || !(bound.value() instanceof Node.Sequence(_, var items))) {
      return;
    }
    app
        .permissions()
        .get(Permission.PORTS)
        .map(Permissions.Request::value)
        .map(value -> value instanceof Value.Ports(var ports) ? ports : List.<Permissions.Port>of())
        .stream()
        .flatMap(List::stream)
        .filter(port -> port.via() == Permissions.Port.Via.DIRECT)
        .filter(port -> items.stream().noneMatch(item -> isIn(port, item)))
        .forEach(
            port ->
                notes.add(
                    new Note(
                        "has not bound port " + port.range().shown(),
                        "take it out of permissions.ports if it never will")));
  }

  private static boolean isIn(Permissions.Port port, Node item) {
    var protocol =
        text(field(item, "protocol")).equals("UDP")
            ? Permissions.Port.Protocol.UDP
            : Permissions.Port.Protocol.TCP;
    return port.range().contains(protocol, Integer.parseInt(text(field(item, "port"))));
  }

  private static SequencedMap<String, List<String>> reasons(Learned learned, Set<String> keys) {
    var reasons = new LinkedHashMap<String, List<String>>();
    learned
        .permissions()
        .forEach(
            (permission, wanted) -> {
              if (keys.contains(permission.key())) {
                reasons.put(permission.key(), wanted.because());
              }
            });
    if (!learned.systemCalls().isEmpty()) {
      reasons.put(
          "systemCalls",
          List.of("calls " + String.join(", ", new TreeSet<>(learned.systemCalls()))));
    }
    return reasons;
  }

  /** Those that a spec may ask for, each by itself; of the others a note says why not. */
  private static SequencedMap<String, Node> accepted(Learned learned, List<Note> notes) {
    var permissions = new LinkedHashMap<String, Node>();
    learned
        .permissions()
        .forEach(
            (permission, wanted) -> {
              if (permission == Permission.ASYNC_IO) {
                // Beside a network of the device no spec may ask for it.
                notes.add(new Note(Use.Trait.IO_URING.words(), Lessons.WITHOUT_IO_URING));
                return;
              }
              List<Node> parts =
                  wanted.value() instanceof Node.Sequence(_, var items)
                      ? items.stream().map(item -> Node.list(List.of(item))).toList()
                      : List.of(wanted.value());
              var good = new ArrayList<Node>();
              // With one more than a spec may have it is refused, and each is a trial.
              int most = Math.min(parts.size(), MOST_TRIALS);
              for (Node part : parts.subList(0, most)) {
                if (good.size() > SpecBounds.MOST_ITEMS) {
                  break;
                }
                List<Diagnostic> errors = SpecTrial.errors(alone(permission, part));
                if (errors.isEmpty()) {
                  good.add(part);
                } else {
                  notes.add(new Note(errors.getFirst().message(), errors.getFirst().help()));
                }
              }
              if (most < parts.size()) {
                notes.add(
                    new Note(
                        "has more entries of %s than %d".formatted(permission.key(), most),
                        "the others are left out; see whether it does what it is for"));
              }
              if (!good.isEmpty()) {
                permissions.put(permission.key(), joined(good));
              }
            });
    return permissions;
  }

  private static Node joined(List<Node> parts) {
    var items = new ArrayList<Node>();
    for (Node part : parts) {
      if (part instanceof Node.Sequence(_, var ofPart)) {
        items.addAll(ofPart);
      }
    }
    return items.isEmpty() ? parts.getFirst() : Node.list(items);
  }

  /** An app that asks for nothing else. */
  private static Node alone(Permission permission, Node value) {
    var permissions = new LinkedHashMap<String, Node>();
    if (permission == Permission.PORTS && !isGiven(value)) {
      permissions.put(Permission.LOCAL_NETWORK.key(), Node.flag(true));
    }
    if (permission == Permission.INTERNET_TO) {
      permissions.put(Permission.INTERNET.key(), Node.flag(true));
    }
    permissions.put(permission.key(), value);
    return mapping(
        Map.of(
            "apiVersion",
            Node.text("sandbar.dev/v1alpha1"),
            "kind",
            Node.text("AppSandbox"),
            "metadata",
            mapping(Map.of("name", Node.text("app"))),
            "spec",
            mapping(
                Map.of(
                    "run",
                    mapping(Map.of("command", Node.list(List.of(Node.text("/bin/true"))))),
                    "permissions",
                    mapping(permissions)))));
  }

  private static boolean isGiven(Node ports) {
    return ports instanceof Node.Sequence(_, var items)
        && items.stream().allMatch(port -> text(field(port, "via")).equals("Socket"));
  }

  private static Node with(Node manifest, SequencedMap<String, Node> permissions) {
    var fields = new LinkedHashMap<>(field(manifest, "spec").fields());
    fields.remove("mode");
    fields.remove("permissions");
    if (!permissions.isEmpty()) {
      fields.put("permissions", mapping(permissions));
    }
    var whole = new LinkedHashMap<>(manifest.fields());
    whole.put("spec", mapping(fields));
    return mapping(whole);
  }

  private static Node mapping(Map<String, Node> fields) {
    return Node.mapping(
        fields.entrySet().stream().map(it -> Node.entry(it.getKey(), it.getValue())).toList());
  }

  private static Node field(Node node, String key) {
    return node.fields().getOrDefault(key, Node.mapping(List.of()));
  }

  private static String text(Node node) {
    return node instanceof Node.Scalar(_, _, String text) ? text : "";
  }
}
