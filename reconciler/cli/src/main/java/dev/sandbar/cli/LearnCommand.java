package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Interruption;
import dev.sandbar.cli.terminal.Printable;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.convert.UnitFile;
import dev.sandbar.core.learn.Combination;
import dev.sandbar.core.learn.DeviceCombination;
import dev.sandbar.core.learn.Learned.Note;
import dev.sandbar.core.learn.LearnedSpec;
import dev.sandbar.core.learn.ServiceObservation;
import dev.sandbar.core.learn.ServiceObservation.Service;
import dev.sandbar.core.learn.Stayed;
import dev.sandbar.core.learn.Use;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.StoredSpec;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.UnitFiles;
import dev.sandbar.core.property.Unquoting;
import dev.sandbar.device.agent.AppliedManifest;
import dev.sandbar.device.kernel.ServiceWatch;
import dev.sandbar.device.store.DevicePaths;
import dev.sandbar.source.text.YamlWriter;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sandbar learn}. */
@Command(
    name = "learn",
    description = {
      "Watch what a running service does, and print the smallest AppSandbox that allows it.",
      "",
      "The service is any that the device has, or an app. It is watched from outside: its open"
          + " files, sockets and memory, and the system calls that it makes. It is not traced or"
          + " wrapped. What it does not do meanwhile is not in the spec, so use it as it is used"
          + " every day; many services do at their start what they never do again, which only"
          + " --restart shows.",
      "The spec goes to standard output, and why it is so to standard error. Of an app, permissions"
          + " that it did not use are left out and named. Try the spec with --try or sandbar probe,"
          + " and then on one device.",
      "With --try it then runs as the app would, in the place of the service: that is stopped, and"
          + " systemd starts it again afterwards, also if this command is killed or the device"
          + " loses power. The app begins with empty directories. Refused before anything stops is"
          + " what the owner's policy denies, and a service that cannot be put back safely.",
      "One device does not show what others do. Save what each of them saw, and combine the files"
          + " anywhere: the spec allows what any of them did, and what only few did is named with"
          + " them. A file is believed as to what its device did, and as to nothing else: unit"
          + " files and versions of apps have to be the same.",
      "Exit code: 0 printed, and with --try it ran; 2 printed, and it failed the trial; 1 it cannot"
          + " be watched, combined or tried, has no program that an app could run, or did not start"
          + " again."
    },
    footer = {
      "  sandbar learn mosquitto.service --restart --for 10m >mosquitto.yaml",
      "  sandbar learn mosquitto.service --restart --write apps",
      "  sandbar learn mosquitto.service --restart --for 10m --try",
      "  sandbar learn ssh --adopt --restart   confine it where it is",
      "  sandbar learn pump                    of an app: what it does not use",
      "  sandbar learn pump --device pump-1    on a virtual device",
      "  sandbar learn ssh --for 1h --save berlin-1.learn.json",
      "  sandbar learn --from *.learn.json --of 20 --adopt"
    })
final class LearnCommand implements Callable<Integer> {
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final Duration LAST_WORDS = Duration.ofSeconds(20);
  private static final String SERVICE = ".service";

  private final Terminal terminal;
  private final CountDownLatch ends = new CountDownLatch(1);
  private final CountDownLatch printed = new CountDownLatch(1);

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private DeviceOptions target = new DeviceOptions();
  @Mixin private EnvironmentFiles environmentFiles = new EnvironmentFiles();
  @Mixin private LearnSaveOptions saving = new LearnSaveOptions();
  @Mixin private LearnWriteOptions writing = new LearnWriteOptions();
  @Mixin private LearnTryOptions trying = new LearnTryOptions();
  @Mixin private LearnFromOptions from = new LearnFromOptions();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--for",
      paramLabel = "TIME",
      defaultValue = "10m",
      description = "Watch for so long: 30s, 10m, 24h (default: 10m). Ctrl-C ends it before.")
  private String time = "10m";

  @Option(
      names = "--restart",
      description = "Restart the service first, and watch how it starts too.")
  private boolean restart;

  @Option(
      names = "--adopt",
      description =
          "Write a spec that confines the service where it is (run.unit), and withholds what it"
              + " did not do. It keeps its user, its files and its start.")
  private boolean adopt;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Name of the app in the spec (default: that of the service).")
  private String name = "";

  @Parameters(
      arity = "0..1",
      paramLabel = "SERVICE",
      description = "A service such as mosquitto.service, or an app.")
  private String service = "";

  LearnCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * What was learned.
   *
   * @param seconds that it was watched for
   * @param processes at most at once
   * @param blind why its system calls were not seen; empty if they were
   * @param taken what the spec has that the service takes
   */
  private record Document(
      UnitName unit,
      long seconds,
      int looks,
      int processes,
      String blind,
      List<Taken> taken,
      List<Permission> unused,
      List<Note> notes,
      Node manifest) {}

  private record Taken(String name, List<String> because) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    Printer printer = output.printer(terminal, common);
    if (from.isAsked(service, spec.commandLine().getParseResult())) {
      return from.combine(terminal, common, printer, adopt, this::nameOf);
    }
    Duration limit = FleetWaitOptions.span("--for", time);
    DevicePlace place = target.place();
    UnitName unit = unit(place);
    Optional<AppName> app = applied(place, unit);
    if (adopt && !UnitFiles.isAdopted(unit)) {
      throw new CommandException(
          unit + " is an app already, not a service of the device", "Leave --adopt out");
    }
    if (app.isEmpty() && !isAdopted(place, unit)) {
      nameOf(unit);
    }
    if (writing.isAsked()) {
      writing.check(named(place, unit));
    }
    if (trying.isAsked()) {
      trying.check(target, unit, named(place, unit), adopt || place.app(unit).isPresent());
    }
    Printed learned = watched(printer, place, unit, app, limit);
    return learned.last() ? ExitCode.OK : tried(printer, place, unit, learned);
  }

  /**
   * What was learned.
   *
   * @param document for machines
   * @param last whether nothing comes after it, and it is printed for machines too
   */
  private record Printed(LearnedSpec spec, Node document, boolean last) {}

  private int tried(Printer printer, DevicePlace place, UnitName unit, Printed learned)
      throws IOException, InterruptedException {
    TriedSpec tried;
    try (var device = target.open()) {
      tried = trying.run(terminal, printer, device, place, learned.spec(), unit);
    }
    if (printer.machine()) {
      printer.node(tried.in(learned.document()));
    } else {
      tried.print(printer);
    }
    terminal.flush();
    return tried.exitCode();
  }

  private Printed watched(
      Printer printer, DevicePlace place, UnitName unit, Optional<AppName> app, Duration limit)
      throws IOException, InterruptedException {
    String name = saving.checked(target);
    try (var progress = ProgressLine.start(terminal, "watching " + unit);
        var device = target.open();
        var watch = restart ? device.watchFromStart(unit) : device.watch(unit);
        var _ = Interruption.does(terminal, this::endEarly)) {
      if (app.isPresent() && !watch.blind().isEmpty()) {
        throw new CommandException(
            "the system calls of %s cannot be seen, and so not what it does without: %s"
                .formatted(unit, watch.blind()),
            "Run it on a device with a kernel from 5.6 on that allows BPF");
      }
      Instant start = Instant.now();
      long begin = System.nanoTime();
      do {
        watch.look();
      } while (!ends.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)
          && System.nanoTime() - begin < limit.toNanos());
      progress.now("making the spec of " + unit);
      var observation =
          ServiceObservation.of(
              name,
              unit,
              start,
              Duration.ofNanos(System.nanoTime() - begin).toSeconds(),
              watch.processes(),
              restart,
              SafeText.cut(SafeText.visible(watch.blind()), ServiceObservation.LONGEST_REASON),
              described(device, place, unit, app, printer, watch),
              List.copyOf(all(watch.uses(), device.given(unit))));
      LearnedSpec learned =
          learned(observation, writing.settings(place.root(), observation.uses()));
      Node document = document(observation, watch.looks(), learned);
      boolean last = !trying.isAsked() || !learned.usable() || ends.getCount() == 0;
      if (!printer.machine()) {
        print(printer, observation, learned);
      } else if (last) {
        printer.node(document);
      }
      if (writing.isAsked() && learned.usable()) {
        writing.write(learned, named(place, unit), printer);
      }
      saving.save(observation, printer);
      terminal.flush();
      printed.countDown();
      requireUsable(learned, unit);
      return new Printed(learned, document, last);
    }
  }

  /** What the service is here, so that its spec can be made anywhere. */
  private Service described(
      DeviceAccess device,
      DevicePlace place,
      UnitName unit,
      Optional<AppName> app,
      Printer printer,
      ServiceWatch watch)
      throws IOException {
    Optional<AppName> confining = place.app(unit).filter(_ -> UnitFiles.isAdopted(unit));
    if (confining.isPresent()) {
      return new Service.Confined(confining.get(), files(device, unit), device.systemdVersion());
    }
    if (app.isPresent()) {
      TargetApp.applied(device, app.get());
      return new Service.App(StoredSpec.document(device.applied(app.get())));
    }
    List<String> files = files(device, unit);
    if (adopt) {
      return new Service.Unit(files, new TreeMap<>(), device.systemdVersion());
    }
    UnitFile file = UnitFile.read(files);
    List<String> unreadable = LearnWriteOptions.unreadable(place.root(), watch.uses());
    return new Service.Unit(
        files,
        new TreeMap<>(environmentFiles.variables(file, place.root(), printer)),
        device.systemdVersion(),
        stayed(watch.stayed(program(file), DevicePaths::onDisk), file, place, unreadable, printer),
        unenforced(file, device.facts()),
        unreadable);
  }

  /**
   * The arguments of the running process are in the spec where the unit has variables, or a script
   * made them: they may be what a file says that not everybody may read.
   */
  private Stayed stayed(
      Stayed seen, UnitFile file, DevicePlace place, List<String> unreadable, Printer printer) {
    boolean made = seen.another() && !unreadable.isEmpty() && !environmentFiles.isWanted();
    if (seen.words().isEmpty() || !(made || environmentFiles.areWithheld(file, place.root()))) {
      return seen;
    }
    printer.note(
        "run.command: the arguments of the running process are left out, since they may come from a"
            + " file that not everybody may read; --environment-files takes them");
    return seen.withoutWords();
  }

  /** As its unit names it, without what says how it is executed. */
  private static String program(UnitFile file) {
    for (UnitFile.Line line : file.lines()) {
      if (line.name().equals("ExecStart")) {
        try {
          return Unquoting.split(line.value()).getFirst().replaceFirst("^[@:+!|-]+", "");
        } catch (IllegalArgumentException e) {
          return "";
        }
      }
    }
    return "";
  }

  /** Directives that an app may not have here: systemd passes over them where the kernel cannot. */
  private static List<String> unenforced(UnitFile file, DeviceFacts facts) {
    return file.lines().stream()
        .map(UnitFile.Line::name)
        .filter(name -> Feature.neededBy(name).filter(it -> !facts.has(it)).isPresent())
        .distinct()
        .toList();
  }

  private static Set<Use> all(Set<Use> done, Set<Use> given) {
    var all = new LinkedHashSet<>(done);
    all.addAll(given);
    return all;
  }

  /** The texts of its files, without what an app adds. */
  private static List<String> files(DeviceAccess device, UnitName unit) throws IOException {
    List<String> texts = device.content(unit).textsWithout(UnitFiles.own(unit));
    if (texts.isEmpty()) {
      throw new IOException("the files of %s cannot be read".formatted(unit));
    }
    return texts;
  }

  /** The app that it is, or shall be. */
  private AppName named(DevicePlace place, UnitName unit) {
    return place.app(unit).orElseGet(() -> nameOf(unit));
  }

  private LearnedSpec learned(ServiceObservation observation, SortedMap<String, String> settings) {
    return switch (DeviceCombination.of(List.of(observation), adopt, this::nameOf, settings)) {
      case Combination.Combined combined -> combined.spec();
      case Combination.Refused(var what, var help) -> throw new CommandException(what, help);
    };
  }

  /**
   * Ends the command where there is no spec.
   *
   * @throws CommandException if nothing that an app could run comes of the unit
   */
  static void requireUsable(LearnedSpec learned, UnitName unit) {
    if (!learned.usable()) {
      throw new CommandException(
          "nothing that an app could run comes of " + unit,
          "See the notes above; sandbar init shows what a spec looks like");
    }
  }

  /** An app that confines a service is learned as such. */
  private static boolean isAdopted(DevicePlace place, UnitName unit) {
    return UnitFiles.isAdopted(unit) && place.app(unit).isPresent();
  }

  private String endEarly() throws InterruptedException {
    ends.countDown();
    boolean said = printed.await(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS);
    return said ? "that is what was seen until now" : "nothing was learned";
  }

  /** Of an app that the agent has applied, the spec is known; of any other only its unit is. */
  private static Optional<AppName> applied(DevicePlace place, UnitName unit) throws IOException {
    try {
      Optional<AppName> app = place.app(unit);
      return app.isPresent() && AppliedManifest.of(place.store(), app.get()).isPresent()
          ? app
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      throw new CommandException(
          String.valueOf(e.getMessage()), "See what the agent says: sandbar status");
    }
  }

  private UnitName unit(DevicePlace place) throws IOException {
    try {
      if (AppName.isValid(service) && place.knows(new AppName(service))) {
        return place.unit(new AppName(service));
      }
      return new UnitName(service.endsWith(SERVICE) ? service : service + SERVICE);
    } catch (IllegalArgumentException e) {
      throw new CommandException(
          "'%s' is no service that can be watched".formatted(Printable.of(service)),
          "List those that run: systemctl list-units --type=service");
    }
  }

  private AppName nameOf(UnitName unit) {
    String plain = unit.value().substring(0, unit.value().length() - SERVICE.length());
    String text = name.isEmpty() ? plain : name;
    if (!AppName.isValid(text)) {
      throw new CommandException(
          "%s cannot be the name of an app".formatted(Printable.of(text)),
          "Give one: --name NAME, of lower-case letters, digits and -");
    }
    return new AppName(text);
  }

  private static Node document(ServiceObservation seen, int looks, LearnedSpec learned) {
    return NodeBinder.write(
        new Document(
            seen.unit(),
            seen.seconds(),
            looks,
            seen.processes(),
            seen.blind(),
            learned.reasons().entrySet().stream()
                .map(it -> new Taken(it.getKey(), it.getValue()))
                .toList(),
            learned.unused().stream().sorted().toList(),
            learned.notes(),
            learned.manifest()));
  }

  private void print(Printer printer, ServiceObservation seen, LearnedSpec learned) {
    printChanges(printer, learned);
    if (learned.usable() && !writing.isAsked()) {
      printSpec(printer, learned);
    }
    printer.note(
        "%s was watched for %s, with %s at once; what it does less often%s was not seen"
            .formatted(
                seen.unit(),
                English.count(seen.seconds(), "second"),
                seen.processes() == 1 ? "one process" : seen.processes() + " processes",
                restart ? "" : ", and how it starts,"));
    if (!seen.blind().isEmpty()) {
      printer.note("its system calls were not seen: " + Printable.of(seen.blind()));
    }
    learned
        .reasons()
        .forEach(
            (key, because) -> printer.note(key + ": " + Printable.of(String.join("; ", because))));
    printUnused(printer, learned);
  }

  /** Prints what somebody has to do first. */
  static void printChanges(Printer printer, LearnedSpec learned) {
    List<Note> changes = learned.notes().stream().filter(Note::change).toList();
    if (!changes.isEmpty()) {
      printer.note("what has to change before it runs:");
      changes.forEach(
          note -> printer.note("  %s: %s".formatted(Printable.of(note.what()), note.help())));
    }
  }

  /** Prints the spec as a file has it. */
  static void printSpec(Printer printer, LearnedSpec learned) {
    printer.line(YamlWriter.write(learned.manifest()).stripTrailing());
  }

  /** Prints what the spec does not have. */
  static void printUnused(Printer printer, LearnedSpec learned) {
    learned.unused().stream()
        .sorted()
        .forEach(
            permission ->
                printer.note(permission.key() + ": nothing that it did takes it; left out"));
    learned.notes().stream()
        .filter(note -> !note.change())
        .forEach(
            note -> printer.note(Printable.of(note.what()) + ": " + Printable.of(note.help())));
  }
}
