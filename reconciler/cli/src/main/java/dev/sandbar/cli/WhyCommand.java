package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Interruption;
import dev.sandbar.cli.terminal.Printable;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.denial.Confines;
import dev.sandbar.core.denial.Connections;
import dev.sandbar.core.denial.Denial;
import dev.sandbar.core.denial.Denials;
import dev.sandbar.core.denial.Refusal;
import dev.sandbar.core.denial.RefusedCall;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.device.agent.AgentRequest;
import dev.sandbar.device.kernel.ServiceWatch;
import dev.sandbar.device.store.LockFile;
import dev.sandbar.device.store.LogFiles;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar why}. */
@Command(
    name = "why",
    description = {
      "Explain what the sandbox of an app refused it, and which permission would allow it.",
      "",
      "With --restart it starts the app again, or with --for alone watches one that runs, and lists"
          + " the system calls that the kernel refused meanwhile: what was tried, the error, and"
          + " the line of permissions that would allow it. Nothing is traced or wrapped. Each line"
          + " has been compiled with the spec for this device.",
      "",
      "Without, a kernel reports most refusals to the program alone. So this reads the newest "
          + AppStart.LINES
          + " lines that the app wrote since it started, how it ended, whom it is connecting to"
          + " now, and whom the rules in its own network refused, and holds them against what its"
          + " spec withholds.",
      "An app can write anything and try anything: take each as a hint, and grant nothing that the"
          + " app should not need.",
      "Exit code: 0 nothing was found; 2 something was; 1 it cannot be said."
    },
    footer = {
      "  sandbar why pump",
      "  sandbar why pump --restart            start it again, and watch what is refused",
      "  sandbar why pump --for 2m             watch what is refused while it runs",
      "  sandbar why pump --file pump.yaml     of a version that never ran well",
      "  sandbar why pump --device pump-1      on a virtual device",
      "  sandbar why pump -o json"
    })
final class WhyCommand implements Callable<Integer> {

  private static final Duration PAUSE = Duration.ofMillis(100);

  /** So many lines of the app, and of systemd, are shown. */
  private static final int SHOWN = 5;

  private final Terminal terminal;
  private final CountDownLatch ends = new CountDownLatch(1);

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private DeviceOptions target = new DeviceOptions();
  @Mixin private DeclarationOptions declaration = new DeclarationOptions();

  @Option(
      names = "--restart",
      description =
          "Start the app again, and watch what the kernel refuses it meanwhile. A version that was"
              + " rolled back is tried again: by the agent, or without one as 'sandbar apply FILE"
              + " --yes' does.")
  private boolean restart;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      description =
          "Watch for so long what the kernel refuses: 20s, 5m (default with --restart: 20s). The"
              + " end of the app ends it before.")
  private String time = "";

  @Parameters(paramLabel = "APP", description = "Name of the app.")
  private String app = "";

  WhyCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * The answer.
   *
   * @param state in words of systemd, for example {@code failed}
   * @param end what the end of its main process says of the sandbox; empty if nothing
   * @param invocation systemd's id of the start that it is about; empty if there was none
   * @param blind why its system calls were not seen, where they were to be watched; else empty
   * @param unanswered whom it is connecting to and may reach, but who does not answer
   * @param wrote the last lines of the app in that start
   * @param systemd the last lines of systemd about it
   */
  private record Document(
      AppName app,
      String state,
      String end,
      String invocation,
      String blind,
      List<Denial> denials,
      List<String> unanswered,
      List<String> wrote,
      List<String> systemd) {}

  /**
   * What was seen of the app.
   *
   * @param loaded as systemd had it last in that start
   * @param before whether its start was an earlier one
   * @param previous the start that it came after, if it was watched; else empty
   * @param since when the start began
   * @param logs how long its log files were before it, if that is known
   */
  private record Seen(
      ObservedUnit.Loaded loaded,
      boolean before,
      String previous,
      Instant since,
      SortedMap<String, Long> logs,
      List<RefusedCall> refused,
      String blind) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    AppName name = AppArgument.read(app);
    Printer printer = output.printer(terminal, common);
    Duration limit = FleetWaitOptions.span("--for", time.isEmpty() ? "20s" : time);
    DevicePlace place = target.place();
    Document found;
    try (var progress = ProgressLine.start(terminal, "reading what " + name + " wrote");
        var device = target.open();
        var contents = device.contents();
        var _ = Interruption.does(terminal, this::endEarly)) {
      AppSpec spec = declaration.spec(device, name, new TargetApp(terminal, common, contents));
      Confines confines = Confines.of(spec, device.facts());
      UnitName unit = place.unit(name);
      var logs = new LogFiles(place.root(), name);
      ObservedUnit.Loaded now = device.loaded(unit);
      Predicate<ObservedUnit.Loaded> version = version(spec, confines.facts());
      if (watches()) {
        progress.now("watching what the kernel refuses " + name);
      }
      Seen seen =
          watches()
              ? watched(device, place, spec, version, limit)
              : new Seen(
                  now,
                  !version.test(now),
                  "",
                  device.startOf(unit),
                  new TreeMap<>(),
                  List.of(),
                  "");
      boolean before = seen.before();
      AppStart start =
          AppStart.read(place, unit, seen.loaded().invocationId(), before, seen.previous());
      if (!before) {
        start = start.with(logs.lines(seen.since(), seen.logs()));
      }
      Set<Refusal> refusals = before ? Set.of() : device.refusals(unit);
      found =
          new Document(
              name,
              seen.loaded().activeState(),
              before ? "" : Denials.end(seen.loaded().result(), seen.loaded().exitStatus()),
              start.invocation(),
              seen.blind(),
              DenialReport.of(device, confines, seen.refused(), refusals, start),
              Connections.unanswered(refusals, confines.sandbox()),
              last(start.wrote()),
              last(start.systemd()));
    }
    if (printer.machine()) {
      printer.node(NodeBinder.write(found));
    } else {
      print(printer, found);
    }
    terminal.out().flush();
    boolean nothing = found.denials().isEmpty() && found.end().isEmpty();
    return nothing ? ExitCode.OK : ExitCode.CHANGES;
  }

  private boolean watches() {
    return restart || !time.isEmpty();
  }

  /** Whether this version is what systemd has loaded; another one wrote what came last. */
  private Predicate<ObservedUnit.Loaded> version(AppSpec spec, DeviceFacts facts) {
    return declaration.isNamed()
            && Compiler.compile(spec, facts) instanceof Compilation.Compiled(var compiled, _)
        ? loaded -> loaded.isOf(compiled)
        : _ -> true;
  }

  /** Watches one start, or what of it there is within the time. */
  private Seen watched(
      DeviceAccess device,
      DevicePlace place,
      AppSpec spec,
      Predicate<ObservedUnit.Loaded> version,
      Duration limit)
      throws IOException, InterruptedException {
    UnitName unit = place.unit(spec.name());
    long end = System.nanoTime() + limit.toNanos();
    Instant begin = Instant.now();
    SortedMap<String, Long> logs = new LogFiles(place.root(), spec.name()).sizes();
    ObservedUnit.Loaded last = device.loaded(unit);
    boolean other = !version.test(last);
    boolean restarts = restart || other || !last.isRunning();
    String previous = last.invocationId();
    try (ServiceWatch watch = device.watchRefusals(unit)) {
      // What ran before is not what is asked about.
      int first = restarts ? watch.starts() : 0;
      boolean over = false;
      if (restart && !other && last.loadState().equals("loaded")) {
        watch.during(() -> device.tryRestart(unit, limit));
      } else if (restart && tryAgain(device, place, spec, watch, limit)) {
        ObservedUnit.Loaded now = device.loaded(unit);
        over = !version.test(now);
        last = over ? now : last;
        if (watch.starts() == first && watch.blind().isEmpty()) {
          throw new CommandException(
              "%s was not started".formatted(spec.name()),
              "See what is in the way: sandbar apply FILE");
        }
      }
      boolean seen = false;
      while (!over) {
        watch.watchCalls();
        ObservedUnit.Loaded now = device.loaded(unit);
        boolean begun = !restarts || !now.invocationId().equals(previous);
        boolean is = begun && version.test(now) && !now.invocationId().isEmpty();
        over = (seen && !is) || (is && !now.isRunning()) || System.nanoTime() - end >= 0;
        last = is ? now : last;
        seen |= is;
        over |= ends.await(over ? 0 : PAUSE.toMillis(), TimeUnit.MILLISECONDS);
      }
      return new Seen(
          last,
          !version.test(last),
          previous,
          restarts ? begin : device.startOf(unit),
          logs,
          other ? watch.refusedIn(first) : watch.refused(),
          watch.blind());
    }
  }

  /**
   * Starts a version that was rolled back: the agent does, and without one it is applied once more.
   *
   * @return whether that is over
   */
  private static boolean tryAgain(
      DeviceAccess device, DevicePlace place, AppSpec spec, ServiceWatch watch, Duration limit)
      throws IOException {
    Optional<LockFile> alone = device.withoutAgent();
    if (alone.isEmpty()) {
      AgentRequest.ask(place.root(), AgentRequest.Verb.RECONCILE, spec.name());
      return false;
    }
    try (LockFile _ = alone.get()) {
      watch.during(() -> Application.again(device, spec, limit));
    }
    return true;
  }

  private String endEarly() {
    ends.countDown();
    return "that is what was seen until now";
  }

  private static List<String> last(List<String> lines) {
    return lines.subList(Math.max(0, lines.size() - SHOWN), lines.size()).stream()
        .map(Printable::of)
        .toList();
  }

  private void print(Printer printer, Document found) {
    if (!found.end().isEmpty()) {
      printer.paragraph("", found.app() + " is " + found.state() + ": " + found.end() + ".");
    }
    if (!found.blind().isEmpty()) {
      printer.note("its system calls were not seen: " + Printable.of(found.blind()));
    }
    if (!found.unanswered().isEmpty()) {
      printer.paragraph(
          "",
          "%s waits for an answer from %s, which its sandbox lets it reach."
              .formatted(found.app(), String.join(", ", found.unanswered())));
    }
    if (found.denials().isEmpty()) {
      printer.line(
          found.end().isEmpty()
              ? "Nothing that %s wrote or tries is about something that its sandbox refuses."
                  .formatted(found.app())
              : "");
      if (!watches()) {
        printer.note(
            "to see which system calls the kernel refuses it, start it again: sandbar why %s --restart"
                .formatted(found.app()));
      }
    } else {
      printer.line(
          "%s ran into %s that its sandbox refuses:"
              .formatted(found.app(), English.count(found.denials().size(), "thing")));
    }
    found.denials().forEach(denial -> DenialReport.print(printer, denial));
    print(printer, "The app wrote last:", found.wrote());
    print(printer, "systemd reports:", found.systemd());
  }

  private static void print(Printer printer, String heading, List<String> lines) {
    if (!lines.isEmpty()) {
      printer.line();
      printer.heading(heading);
      lines.forEach(line -> printer.line("  " + line));
    }
  }
}
