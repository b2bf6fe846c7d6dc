package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Interruption;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Network;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.UnitFiles;
import dev.sandbar.core.probe.ProbeGrants;
import dev.sandbar.core.probe.ProbeJudgement;
import dev.sandbar.core.probe.ProbeTargets;
import dev.sandbar.core.probe.ProbedUnit;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.probe.KitFile;
import dev.sandbar.device.probe.KitReport;
import dev.sandbar.device.probe.ProbeRun;
import dev.sandbar.device.probe.UnitContent;
import dev.sandbar.device.store.ImageStore;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar probe}. */
@Command(
    name = "probe",
    description = {
      "Attack the sandbox of an app from inside, and show what opens, by permission.",
      "",
      "A kit of more than 200 attempts runs beside the app, in a unit with the same sandbox and"
          + " another user: the settings of the app's unit and its drop-ins, as they are on the"
          + " disk. The app itself is not touched, its volumes are read-only to the kit, and"
          + " nothing is left behind. The attempts do no harm where they succeed. Packets go to"
          + " documentation addresses, and for the local network to 192.168.77.2 and fd77::2.",
      "Beside a service that an app confines (run.unit), the kit has the user of the service.",
      "Instead of an app, name the file of a spec that does not run yet.",
      "Exit code: 0 nothing opened but what is granted; 2 something did; 1 it cannot be said."
    },
    footer = {
      "  sandbar probe pump",
      "  sandbar probe pump.yaml                a spec that does not run yet",
      "  sandbar probe pump --file apps/        one app of several",
      "  sandbar probe pump -o wide             every attempt, one line each",
      "  sandbar probe pump -o name             ids of what opened and is not granted",
      "  sandbar probe pump --device pump-1     on a virtual device",
      "  sandbar probe pump --kit ./probe-kit   another kit"
    })
final class ProbeCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private ListOutputOptions output = new ListOutputOptions();
  @Mixin private TargetOptions target = new TargetOptions();
  @Mixin private DeclarationOptions declaration = new DeclarationOptions();

  @Option(
      names = "--kit",
      paramLabel = "FILE",
      description = "The program that makes the attempts, if it is not the installed one.")
  private String kit = "";

  @Parameters(paramLabel = "APP|FILE", description = "Name of the app, or the file of its spec.")
  private String app = "";

  ProbeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * What the kit is to run in.
   *
   * @param running whether it is the unit that systemd has loaded, and not only what the spec says
   */
  private record Subject(CompiledApp app, DeviceFacts facts, UnitContent content, boolean running) {
    AppName name() {
      return app.spec().name();
    }
  }

  @Override
  public Integer call() throws IOException {
    boolean named = AppName.isValid(app);
    if (!named && declaration.isNamed()) {
      throw new CommandException(
          "'" + app + "' is not the name of an app", "Name the app that --file declares");
    }
    Printer printer = output.printer(terminal, common);
    ProbeView view;
    try (var progress = ProgressLine.start(terminal, "looking at the device");
        var device = target.open();
        var contents = device.contents()) {
      byte[] program = program();
      Subject subject = subject(device, new TargetApp(terminal, common, contents), named);
      progress.now("making the attempts in the sandbox of " + subject.name());
      view = probed(device, subject, program);
    }
    if (printer.machine()) {
      printer.node(NodeBinder.write(view.document()));
    } else if (output.names()) {
      view.findings().forEach(it -> printer.line(it.attempt().id()));
    } else {
      view.print(printer, output.wide());
    }
    terminal.out().flush();
    return view.findings().isEmpty() ? ExitCode.OK : ExitCode.CHANGES;
  }

  private byte[] program() throws IOException {
    try {
      return KitFile.read(kit.isEmpty() ? KitFile.INSTALLED : Path.of(kit));
    } catch (NoSuchFileException | InvalidPathException e) {
      throw new CommandException(
          kit.isEmpty()
              ? "the kit of attempts is not installed: there is no " + KitFile.INSTALLED
              : "there is no kit of attempts " + kit,
          "Install the package sandbar-probe on the device, or name the program: --kit FILE");
    }
  }

  private Subject subject(DeviceAccess device, TargetApp declared, boolean named)
      throws IOException {
    DeviceFacts facts = target.isSaved() ? target.saved() : device.facts();
    boolean fromFile = !named || declaration.isNamed();
    AppSpec spec =
        named ? declaration.spec(device, new AppName(app), declared) : declared.only(app);
    CompiledApp compiled = TargetApp.compiled(spec, facts);
    if (spec.run().adopts()) {
      return confined(device, compiled, facts, fromFile);
    }
    UnitContent content = device.content(UnitName.own(spec.name()));
    // A file is what runs if the unit was made from it; its drop-ins count then.
    boolean running =
        !content.texts().isEmpty()
            && (!fromFile || content.texts().getFirst().equals(compiled.text()));
    return new Subject(
        compiled, facts, running ? content : UnitContent.only(compiled.text()), running);
  }

  /** The files of the service, and last our drop-in as it is on the disk, or as it would be. */
  private static Subject confined(
      DeviceAccess device, CompiledApp app, DeviceFacts facts, boolean fromFile)
      throws IOException {
    UnitContent content = device.content(app.unit());
    if (content.texts().isEmpty()) {
      throw new CommandException(
          "this device has no service " + app.unit(),
          "Install the package that has it, or correct run.unit");
    }
    String path = UnitFiles.own(app.unit());
    boolean running =
        content.dropIn(path).filter(text -> !fromFile || text.equals(app.text())).isPresent();
    return new Subject(app, facts, running ? content : content.with(path, app.text()), running);
  }

  private ProbeView probed(DeviceAccess device, Subject subject, byte[] program)
      throws IOException {
    ProbeTargets targets = ProbeTargets.DEFAULT;
    String image = subject.running() ? "" : imageOutsideOfStore(device, subject.app());
    ProbedUnit own = joined(device, subject, targets);
    // The store is the agent's, as that of images is.
    List<AppFile> files = subject.running() ? List.of() : subject.app().spec().files();
    ProbedUnit rooted = image.isEmpty() ? own : own.withImage();
    ProbedUnit unit = files.isEmpty() ? rooted : rooted.withFiles();
    KitReport report;
    try (var run = device.probe();
        var _ =
            Interruption.does(
                terminal,
                () -> {
                  run.close();
                  return "the probe is removed, and the app runs on";
                })) {
      report =
          switch (run.run(unit, program, image, files)) {
            case ProbeRun.Result.Reported(var it) -> it;
            case ProbeRun.Result.Failed(var reason) ->
                throw new CommandException(
                    "the kit did not run in the sandbox of %s: %s"
                        .formatted(subject.name(), reason),
                    "Check that the app itself can start: sandbar status " + subject.name());
            case ProbeRun.Result.Ended() -> throw Interruption.awaitEnd();
          };
    }
    ProbeJudgement judged =
        ProbeJudgement.of(
            report.attempts(), ProbeGrants.of(subject.app().spec(), subject.facts()), targets);
    String invalid = judged.invalid(report.complete());
    if (!invalid.isEmpty()) {
      throw new CommandException(
          "the probe of %s proves nothing: %s".formatted(subject.name(), invalid),
          "Use the kit of this version of Sandbar, and check that the app itself can run");
    }
    return new ProbeView(
        subject.name(),
        subject.app().unit(),
        subject.content(),
        subject.running(),
        unit.leftOut(),
        judged);
  }

  /** An app with a network of its own is probed in it while it runs, and without one before. */
  private static ProbedUnit joined(DeviceAccess device, Subject subject, ProbeTargets targets)
      throws IOException {
    ProbedUnit own = ProbedUnit.of(subject.app(), subject.content().texts(), targets);
    boolean joins = subject.running() && subject.app().spec().network() == Network.OWN;
    return joins
            && device.machine().systemd().properties(subject.app().unit()).get("MainPID")
                instanceof Raw.Int(long pid)
            && pid > 0
        ? own.inNetworkOf((int) pid)
        : own;
  }

  /** The store is the agent's, which removes from it what no app uses. */
  private static String imageOutsideOfStore(DeviceAccess device, CompiledApp app)
      throws IOException {
    if (!(app.spec().root() instanceof Root.Image(var source, var digest, _, _))) {
      return "";
    }
    ImageStore images = device.machine().images();
    return switch (source) {
      case ImageSource.File(var path) ->
          switch (images.check(path, digest)) {
            case ImageStore.Stored.Kept(var place, _) ->
                place.equals(ImageStore.path(digest)) ? "" : place;
            case ImageStore.Stored.Refused(var message) ->
                throw new CommandException(
                    message, "Put the image of " + app.spec().name() + " there");
          };
      case ImageSource.Remote remote -> {
        if (!images.verify(digest)) {
          throw new CommandException(
              "image %s is not on this device yet".formatted(remote.shown()),
              "Declare %s, and the agent fetches it".formatted(app.spec().name()));
        }
        yield "";
      }
    };
  }
}
