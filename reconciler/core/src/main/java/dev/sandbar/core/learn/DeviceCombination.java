package dev.sandbar.core.learn;

import dev.sandbar.core.learn.Combination.Combined;
import dev.sandbar.core.learn.Combination.Refused;
import dev.sandbar.core.learn.Combination.Seen;
import dev.sandbar.core.learn.LearnedAdoption.ServiceLines;
import dev.sandbar.core.learn.LearnedAdoption.Watched;
import dev.sandbar.core.learn.ServiceObservation.Service;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.StoredSpec;
import dev.sandbar.core.model.UnitName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Puts together what several devices saw of one service: a spec that allows what any of them saw,
 * and closes only what each of them by itself would close. Order never matters, and twice is once.
 *
 * <p>A device is believed as to what the service did there, which can only take permissions. What
 * else is in the spec has to be the same on all devices.
 */
public final class DeviceCombination {

  /** Of no meaning, but always the same. */
  private static final Comparator<ServiceObservation> ORDER =
      Comparator.comparing(ServiceObservation::device)
          .thenComparing(ServiceObservation::start)
          .thenComparing(ServiceObservation::toString);

  private final UnitName unit;
  private final List<ServiceObservation> all;
  private final Learned learned;

  private DeviceCombination(UnitName unit, Collection<ServiceObservation> all) {
    this.unit = unit;
    this.all = all.stream().distinct().sorted(ORDER).toList();
    var together = new LinkedHashSet<Use>();
    this.all.forEach(it -> together.addAll(it.uses()));
    this.learned =
        Learned.joined(
            this.all.stream().map(it -> Lessons.of(it.uses())).toList(), Lessons.of(together));
  }

  /**
   * Combines.
   *
   * @param all observations, at least one
   * @param adopt whether the spec confines the service where it is, also where no app does
   * @param names names the app in the spec, where none is known
   */
  public static Combination of(
      Collection<ServiceObservation> all, boolean adopt, Function<UnitName, AppName> names) {
    return of(all, adopt, names, new TreeMap<>());
  }

  /**
   * Combines, and moves what the settings of the service name into the places of the app.
   *
   * @param settings texts of files below /etc that it read, by path
   */
  public static Combination of(
      Collection<ServiceObservation> all,
      boolean adopt,
      Function<UnitName, AppName> names,
      SortedMap<String, String> settings) {
    if (all.isEmpty()) {
      throw new IllegalArgumentException("no observations");
    }
    var units = new TreeMap<UnitName, SortedSet<String>>();
    all.forEach(it -> units.computeIfAbsent(it.unit(), _ -> new TreeSet<>()).add(it.device()));
    if (units.size() > 1) {
      var first = units.firstEntry();
      var last = units.lastEntry();
      return new Refused(
          "%s was watched on %s, but %s on %s"
              .formatted(
                  first.getKey(),
                  NameText.of(first.getValue()),
                  last.getKey(),
                  NameText.of(last.getValue())),
          "Combine what devices saw of one service");
    }
    return new DeviceCombination(units.firstKey(), all).combine(adopt, names, settings);
  }

  private Combination combine(
      boolean adopt, Function<UnitName, AppName> names, SortedMap<String, String> settings) {
    boolean app = all.stream().anyMatch(it -> it.service() instanceof Service.App);
    boolean confined = all.stream().allMatch(it -> it.service() instanceof Service.Confined);
    if (!app && (adopt || confined)) {
      return confined(names);
    }
    Map<Object, SortedSet<String>> versions = new LinkedHashMap<>();
    for (ServiceObservation one : all) {
      versions.computeIfAbsent(version(one.service()), _ -> new TreeSet<>()).add(one.device());
    }
    if (versions.size() > 1) {
      return differing(List.copyOf(versions.values()), app);
    }
    return switch (all.getFirst().service()) {
      case Service.Unit one -> ofUnit(one, names.apply(unit), settings);
      case Service.App(var manifest) -> adopt ? noService() : ofApp(manifest);
      case Service.Confined _ -> throw new IllegalStateException("handled before");
    };
  }

  private Combination confined(Function<UnitName, AppName> names) {
    var apps = new TreeSet<AppName>();
    for (ServiceObservation one : all) {
      if (one.service() instanceof Service.Confined(var app, _, _)) {
        apps.add(app);
      }
    }
    boolean everywhere = all.stream().allMatch(it -> it.service() instanceof Service.Confined);
    // One device must not name the app of the others.
    AppName name = everywhere ? apps.first() : names.apply(unit);
    apps.remove(name);
    if (!apps.isEmpty()) {
      return new Refused(
          "%s is confined by %s on %s, and the spec is of %s"
              .formatted(unit, apps.first(), NameText.of(confinedBy(apps.first())), name),
          everywhere
              ? "Combine what devices saw that have the same app"
              : "Name the app: --name %s, or leave those devices out".formatted(apps.first()));
    }
    List<Watched> watched =
        all.stream()
            .map(
                it ->
                    new Watched(
                        it.device(),
                        lines(it.service()),
                        it.uses(),
                        it.fromStart() && it.blind().isEmpty(),
                        it.blind().isEmpty()))
            .toList();
    LearnedSpec spec = LearnedAdoption.of(unit, name, watched, learned);
    // All of the spec is made of what was seen; what the devices sent only keeps walls away.
    return new Combined(
        spec, seen(), Causes.of(spec, all), everywhere ? SentFields.around(spec) : List.of());
  }

  private SortedSet<String> confinedBy(AppName app) {
    var devices = new TreeSet<String>();
    for (ServiceObservation one : all) {
      if (one.service() instanceof Service.Confined(var other, _, _) && other.equals(app)) {
        devices.add(one.device());
      }
    }
    return devices;
  }

  private static ServiceLines lines(Service service) {
    return switch (service) {
      case Service.Unit(var files, _, int version, _, _, _) ->
          ServiceObservation.lines(files, version);
      case Service.Confined(_, var files, int version) -> ServiceObservation.lines(files, version);
      case Service.App _ -> throw new IllegalStateException("an app is no service of the device");
    };
  }

  private Combination noService() {
    return new Refused(
        unit + " is an app already, not a service of the device",
        "Leave --adopt out, to see what the app does not use");
  }

  /** All that goes into the spec beside what was seen. */
  private static Object version(Service service) {
    return switch (service) {
      case Service.Unit(var files, var variables, _, var stayed, _, _) ->
          List.of(files, variables, stayed);
      case Service.Confined(var app, var files, _) -> List.of(app, files);
      case Service.App(var manifest) -> canonical(manifest);
    };
  }

  private static Node canonical(Node node) {
    return switch (node) {
      case Node.Scalar scalar -> scalar;
      case Node.Sequence(_, var items) ->
          Node.list(items.stream().map(DeviceCombination::canonical).toList());
      case Node.Mapping mapping ->
          Node.mapping(
              new TreeMap<>(mapping.fields())
                  .entrySet().stream()
                      .map(it -> Node.entry(it.getKey(), canonical(it.getValue())))
                      .toList());
    };
  }

  private Combination differing(List<SortedSet<String>> versions, boolean app) {
    List<SortedSet<String>> sorted =
        versions.stream()
            .sorted(
                Comparator.<SortedSet<String>>comparingInt(Set::size)
                    .reversed()
                    .thenComparing(SortedSet::first))
            .toList();
    String what = (app ? "the version of " : "the unit file of ") + unit;
    if (sorted.get(1).equals(sorted.getFirst())) {
      return new Refused(
          "%s of %s has changed between two observations"
              .formatted(what, NameText.of(sorted.getFirst())),
          "Leave out the older one");
    }
    String others =
        String.join("; another one: ", sorted.stream().skip(1).map(NameText::of).toList());
    return new Refused(
        "%s of %s is not the one of %s".formatted(what, others, NameText.of(sorted.getFirst())),
        app
            ? "Combine devices that have the same version"
            : "Combine devices that have the same unit file and variables, or confine the service"
                + " where it is: --adopt");
  }

  private Combined ofUnit(Service.Unit one, AppName name, SortedMap<String, String> settings) {
    var unenforced = new TreeSet<String>();
    var unreadable = new TreeSet<String>();
    var uses = new LinkedHashSet<Use>();
    for (ServiceObservation seen : all) {
      uses.addAll(seen.uses());
      if (seen.service() instanceof Service.Unit it) {
        unenforced.addAll(it.unenforced());
        unreadable.addAll(it.unreadable());
      }
    }
    var whole =
        new Service.Unit(
            one.files(),
            one.variables(),
            one.systemdVersion(),
            one.stayed(),
            List.copyOf(unenforced),
            List.copyOf(unreadable));
    var run = UnitAsRun.of(whole, name, settings, uses);
    // What was seen in places of the service an app does in its own.
    var moved =
        new DeviceCombination(
            unit,
            all.stream()
                .map(it -> it.with(it.uses().stream().map(run::moved).distinct().toList()))
                .toList());
    return moved.ofUnit(
        LearnedSpec.of(run.unit(), name, unit.value(), one.variables(), moved.learned)
            .with(run.notes())
            .withFiles(run.files()));
  }

  private Combined ofUnit(LearnedSpec spec) {
    List<String> sent = SentFields.of(spec, learned.systemCalls());
    return new Combined(spec, seen(), Causes.of(spec, all), sent);
  }

  private Combined ofApp(LearnedSpec spec) {
    var sent = new ArrayList<>(SentFields.around(spec));
    // What an app calls that no permission is for does not get into its spec.
    sent.addAll(SentFields.of(spec, Set.of()));
    return new Combined(spec, seen(), Causes.of(spec, all), sent);
  }

  private Combination ofApp(Node manifest) {
    var blind = new TreeSet<String>();
    all.stream().filter(it -> !it.blind().isEmpty()).forEach(it -> blind.add(it.device()));
    if (!blind.isEmpty()) {
      return new Refused(
          "the system calls of %s were not seen on %s, and so not what it does without"
              .formatted(unit, NameText.of(blind)),
          "Leave those out, or watch on devices with a kernel from 5.6 on that allow BPF");
    }
    return switch (SpecReader.read(StoredSpec.document(manifest))) {
      case SpecReader.Read(var spec, _) ->
          ofApp(LearnedSpec.of(StoredSpec.document(manifest), spec, learned));
      case SpecReader.Refused(_, _, var diagnostics) ->
          new Refused(
              "the app that the devices have cannot be read: "
                  + diagnostics.stream().map(Diagnostic::message).findFirst().orElse("no reason"),
              "Combine with the version of sandbar that the devices have");
    };
  }

  private List<Seen> seen() {
    var devices = new TreeMap<String, List<ServiceObservation>>();
    all.forEach(it -> devices.computeIfAbsent(it.device(), _ -> new ArrayList<>()).add(it));
    var seen = new ArrayList<Seen>();
    devices.forEach(
        (device, of) ->
            seen.add(
                new Seen(
                    device,
                    of.size(),
                    of.stream().mapToLong(ServiceObservation::seconds).sum(),
                    of.stream().allMatch(it -> it.fromStart() && it.blind().isEmpty()),
                    of.stream()
                        .map(ServiceObservation::blind)
                        .filter(it -> !it.isEmpty())
                        .findFirst()
                        .orElse(""))));
    return seen;
  }
}
