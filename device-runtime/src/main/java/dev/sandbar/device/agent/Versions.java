package dev.sandbar.device.agent;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.FileStorePath;
import dev.sandbar.core.compile.SecretStorePath;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.HealthSpec;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.StoredSpec;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.rollback.Withdrawal;
import dev.sandbar.device.agent.AppRecord.Past;
import dev.sandbar.device.agent.AppRecord.Withdrawn;
import dev.sandbar.device.apply.Former;
import dev.sandbar.device.apply.Needs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The versions that the records name, compiled again, and the images that they need. */
final class Versions {
  private final Memory memory;
  private final SignatureGate gate;
  private DeviceFacts facts;
  private final Map<Sha256, Known> compilations = new HashMap<>();

  /** What an object came to. Not all that it says is in the unit, and so in the generation. */
  private record Known(Node manifest, Compilation compilation) {}

  Versions(Memory memory, DeviceFacts facts, SignatureGate gate) {
    this.memory = memory;
    this.facts = facts;
    this.gate = gate;
  }

  /** From now on the device is this. */
  void changed(DeviceFacts now) {
    facts = now;
    compilations.clear();
  }

  DeviceFacts facts() {
    return facts;
  }

  Compilation compiled(Version version) {
    Known known = compilations.get(version.generation());
    if (known == null || known.manifest() != version.manifest()) {
      known = new Known(version.manifest(), compile(version));
      compilations.put(version.generation(), known);
    }
    return gate.judged(known.compilation(), version.manifest());
  }

  private Compilation compile(Version version) {
    return switch (SpecReader.read(StoredSpec.document(version.manifest()))) {
      case SpecReader.Read(var app, _) -> Compiler.compile(app, facts);
      case SpecReader.Refused refused ->
          Compiler.unreadable(version.manifest(), refused.diagnostics(), facts);
    };
  }

  /** How long a version must stay up before it counts as good, as far as its spec says so. */
  static Duration settle(Version version, Duration otherwise) {
    Duration own = health(version).settle();
    return own.isZero() ? otherwise : own;
  }

  /** What the spec of a version says of its health. */
  static HealthSpec health(Version version) {
    return SpecReader.read(StoredSpec.document(version.manifest()))
            instanceof SpecReader.Read(var app, _)
        ? app.health()
        : HealthSpec.NONE;
  }

  /** Digest of the image of a version, in hexadecimal; empty if it has none. */
  String image(Version version) {
    return image(compiled(version));
  }

  private static String image(Compilation compilation) {
    return compilation instanceof Compilation.Compiled(var app, _) ? image(app) : "";
  }

  private static String image(CompiledApp app) {
    return app.spec().root() instanceof Root.Image image ? image.digest().hex() : "";
  }

  /** Units of apps that may run from one of these images in this round. */
  SortedSet<UnitName> needing(Set<String> images, SortedMap<AppName, Target> targets) {
    var units = new TreeSet<UnitName>();
    if (images.isEmpty()) {
      return units;
    }
    targets.forEach(
        (name, target) -> {
          boolean newest = target instanceof Target.Run run && images.contains(image(run.app()));
          boolean older =
              !(target instanceof Target.Deny)
                  && memory.get(name).versions().stream()
                      .map(this::image)
                      .anyMatch(images::contains);
          if (newest || older) {
            units.add(memory.units().of(name));
          }
        });
    return units;
  }

  /** What becomes of an older version when this one takes its place. */
  Withdrawn withdrawal(Version older, Target.Run newest) {
    if (older.generation().equals(newest.app().generation())
        && older.manifest().equals(newest.version().manifest())) {
      return new Withdrawn.To(older);
    }
    return switch (Withdrawal.of(
        older.manifest(), newest.app().spec(), newest.version().manifest(), facts)) {
      case Withdrawal.Outcome.Within() -> new Withdrawn.To(older);
      case Withdrawal.Outcome.Narrowed(var manifest, var what) -> {
        var less = new Version(manifest, older.generation(), older.revision());
        Version without = older.without(what, manifest, compile(less));
        // A version that is the newest one without what was withdrawn cannot do better than it.
        yield without.generation().equals(newest.app().generation())
            ? new Withdrawn.Nothing(what)
            : new Withdrawn.To(without);
      }
      case Withdrawal.Outcome.Impossible(var what) -> new Withdrawn.Nothing(what);
    };
  }

  /**
   * What to go back to: the versions that proved themselves, with no more than what takes their
   * place.
   *
   * @param takeBack apps that go though they are declared
   */
  Former former(SortedMap<AppName, Target> targets, Set<AppName> takeBack) {
    var texts = new HashMap<UnitName, String>();
    var leaving = new HashSet<UnitName>();
    var staying = new HashSet<UnitName>();
    for (AppName name : targets.keySet()) {
      if (targets.get(name) instanceof Target.Run run
          && run.app().spec().health().staysWhenFailed()) {
        staying.add(run.app().unit());
      }
      if (targets.get(name) instanceof Target.Remove || takeBack.contains(name)) {
        leaving.add(memory.units().of(name));
      } else if (memory.get(name).lastGood() instanceof Past.Good(var version)
          && standIn(version, Objects.requireNonNull(targets.get(name)))
              instanceof Compilation.Compiled(var app, _)) {
        texts.put(app.unit(), app.text());
      }
    }
    return new Former(texts, leaving, staying);
  }

  private Compilation standIn(Version good, Target target) {
    if (!(target instanceof Target.Run run) || !run.newest()) {
      return compiled(good);
    }
    return switch (withdrawal(good, run)) {
      case Withdrawn.To(var less) -> less == good ? compiled(good) : judged(less);
      case Withdrawn.Nothing _ -> new Compilation.Rejected(run.app().spec().name(), List.of());
    };
  }

  private Compilation judged(Version version) {
    return gate.judged(compile(version), version.manifest());
  }

  /**
   * The plan without removals of images that are needed, and with those of files that are not. A
   * version that proved itself keeps its image, and so does one that waits for its next try. A look
   * at a few apps says nothing of the others' images, and neither does half a source.
   *
   * @param certain whether everything was looked at, and the whole source
   */
  Plan keepingImages(
      Plan plan, Declared declared, Observation seen, boolean certain, Set<AppName> removed) {
    Set<String> needed =
        declared.compiled().values().stream()
            .map(Versions::image)
            .collect(Collectors.toCollection(HashSet::new));
    memory
        .records()
        .forEach(
            (name, record) -> {
              if (record.lastGood() instanceof Past.Good(var version) && !removed.contains(name)) {
                needed.add(image(version));
                record.earlier().forEach(before -> needed.add(image(before)));
              }
            });
    var steps =
        plan.steps().stream()
            .filter(
                step ->
                    !(step instanceof Plan.RemoveImage(var digest, _))
                        || (certain && !needed.contains(digest.hex())))
            .collect(Collectors.toCollection(ArrayList::new));
    if (certain && filesAreKnown(seen, removed)) {
      var spare = new TreeSet<>(seen.files().keySet());
      spare.removeAll(files(declared));
      spare.forEach(name -> steps.add(new Plan.RemoveFile(name, "no app declares it any more")));
    }
    return new Plan(steps);
  }

  /**
   * Whether every app that is on the device has a version that compiles. One does not while the
   * device lacks what it takes, as a package that is being replaced; which files it has open is not
   * known then.
   */
  private boolean filesAreKnown(Observation seen, Set<AppName> removed) {
    return memory.records().entrySet().stream()
        .filter(record -> !removed.contains(record.getKey()))
        .filter(record -> !seen.unit(memory.units().of(record.getKey())).files().isEmpty())
        .allMatch(
            record ->
                !(record.getValue().lastGood() instanceof Past.Good(var version))
                    || compiled(version) instanceof Compilation.Compiled);
  }

  /** Hosts that declared or remembered versions name. */
  SortedSet<String> hosts(Declared declared) {
    return apps(declared)
        .flatMap(app -> app.hosts().keySet().stream())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * What declared or remembered versions need beside their units; of units only those of what runs,
   * is to run, or would be taken back to. Rules of networks stay while an app that goes still runs
   * by them.
   */
  Needs needs(Decided decided) {
    return Needs.of(staying(decided).toList())
        .withUnitsOf(running(decided))
        .withNetworks(Needs.joinNetworks(apps(decided.declared()).toList()));
  }

  private List<CompiledApp> running(Decided decided) {
    var apps = new ArrayList<CompiledApp>();
    decided
        .targets()
        .forEach(
            (name, target) -> {
              if (target instanceof Target.Run run) {
                apps.add(run.app());
              }
              if (!(target instanceof Target.Remove || target instanceof Target.Deny)) {
                applied(memory.get(name))
                    .map(this::compiled)
                    .forEach(
                        it -> {
                          if (it instanceof Compilation.Compiled(var app, _)) {
                            apps.add(app);
                          }
                        });
              }
            });
    return apps;
  }

  /** The version that is on the device, and the one that proved itself. */
  private static Stream<Version> applied(AppRecord record) {
    return Stream.concat(
        record.current().stream(),
        record.lastGood() instanceof Past.Good(var version) ? Stream.of(version) : Stream.of());
  }

  /** The unit that an app is. */
  UnitName unit(AppName name) {
    return memory.units().of(name);
  }

  /** Apps of which it cannot be said what they need: nothing of theirs is removed. */
  SortedSet<AppName> unknown(Decided decided) {
    var names = new TreeSet<>(memory.unread().keySet());
    decided
        .targets()
        .forEach(
            (name, target) -> {
              boolean known =
                  applied(memory.get(name))
                      .map(this::compiled)
                      .allMatch(Compilation.Compiled.class::isInstance);
              if (target instanceof Target.Hold && !known) {
                names.add(name);
              }
            });
    return names;
  }

  private Stream<CompiledApp> staying(Decided decided) {
    return apps(decided.declared())
        .filter(
            app ->
                !(decided.targets().get(app.spec().name()) instanceof Target.Remove
                    || decided.targets().get(app.spec().name()) instanceof Target.Deny));
  }

  /** Names in the stores of all files and secrets that a declared or remembered version has. */
  private Set<String> files(Declared declared) {
    return apps(declared)
        .flatMap(
            app ->
                Stream.concat(
                    app.files().stream().map(FileStorePath::name),
                    app.spec().secrets().stream().map(SecretStorePath::name)))
        .collect(Collectors.toSet());
  }

  private Stream<CompiledApp> apps(Declared declared) {
    return Stream.concat(
            declared.compiled().values().stream(),
            memory.records().values().stream()
                .flatMap(record -> record.versions().stream())
                .map(this::compiled))
        .flatMap(
            it -> it instanceof Compilation.Compiled(var app, _) ? Stream.of(app) : Stream.of());
  }

  /** Lets go of what no record names: an agent lives for months, and apps change every day. */
  void keepOnlyRemembered() {
    compilations
        .keySet()
        .retainAll(
            memory.records().values().stream()
                .flatMap(record -> record.versions().stream())
                .map(Version::generation)
                .toList());
  }

  int size() {
    return compilations.size();
  }
}
