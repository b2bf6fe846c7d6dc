package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.learn.Combination;
import dev.sandbar.core.learn.Combination.Combined;
import dev.sandbar.core.learn.DeviceCombination;
import dev.sandbar.core.learn.NameText;
import dev.sandbar.core.learn.ServiceObservation;
import dev.sandbar.core.learn.ServiceObservation.Reading;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.TextLimits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** What several devices saw and saved, instead of a service that is watched now. */
final class LearnFromOptions {
  /** Room for all uses that are remembered of a service, each with a long path. */
  private static final TextLimits LIMITS = new TextLimits(16 << 20, 64, 500_000);

  /** Options about a service that is watched now. */
  private static final List<String> LIVE =
      List.of(
          "--for",
          "--restart",
          "--save",
          "--write",
          "--device-name",
          "--device",
          "--environment-files",
          "--try",
          "--try-for");

  @Option(
      names = "--from",
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "Watch nothing: combine what devices saw, from files that --save wrote there, into one"
              + " spec that allows what any of them did.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--of",
      paramLabel = "N",
      description = "With --from: how many devices have the service, to show how many were seen.")
  private @Nullable Integer of;

  /**
   * Whether files are combined.
   *
   * @throws CommandException if that is asked for together with what a service takes that is
   *     watched now
   */
  boolean isAsked(String service, ParseResult parsed) {
    if (files.isEmpty()) {
      if (of != null) {
        throw new CommandException(
            "--of says of how many devices the files are, and there are none",
            "Add --from FILE...");
      }
      if (service.isEmpty()) {
        throw new CommandException(
            "neither a service to watch nor files are named",
            "Name one: sandbar learn SERVICE, or: sandbar learn --from FILE...");
      }
      return false;
    }
    if (!service.isEmpty()) {
      throw new CommandException(
          "a service is watched, or files are combined, not both", "Leave out SERVICE or --from");
    }
    LIVE.stream()
        .filter(parsed::hasMatchedOption)
        .findFirst()
        .ifPresent(
            option -> {
              throw new CommandException(
                  option + " is about a service that is watched now, not about files",
                  "Leave out %s or --from".formatted(option));
            });
    return true;
  }

  /**
   * Combines the files, and prints the spec.
   *
   * @param names the name of the app for a unit that no app confines
   */
  int combine(
      Terminal terminal,
      CommonOptions common,
      Printer printer,
      boolean adopt,
      Function<UnitName, AppName> names)
      throws IOException {
    var byDevice = new TreeMap<String, SortedSet<String>>();
    List<ServiceObservation> all = read(terminal, common, byDevice);
    Integer known = of;
    if (known != null && known < byDevice.size()) {
      throw new CommandException(
          "--of %d is less than the %s of the files"
              .formatted(known, English.count(byDevice.size(), "device")),
          "Say how many devices have the service, those included that were not watched");
    }
    switch (DeviceCombination.of(all, adopt, names)) {
      case Combination.Refused(var what, var help) -> throw new CommandException(what, help);
      case Combined combined -> {
        var view = new CombinedView(all.getFirst().unit(), combined, known);
        if (printer.machine()) {
          printer.node(view.document());
        } else {
          view.print(printer);
          twice(byDevice, printer);
        }
        LearnCommand.requireUsable(combined.spec(), all.getFirst().unit());
      }
    }
    return ExitCode.OK;
  }

  private List<ServiceObservation> read(
      Terminal terminal, CommonOptions common, SortedMap<String, SortedSet<String>> byDevice)
      throws IOException {
    var all = new ArrayList<ServiceObservation>();
    var errors = new ArrayList<Diagnostic>();
    for (Path file : files) {
      byte[] bytes;
      try (InputStream in = Files.newInputStream(file)) {
        bytes = in.readNBytes(LIMITS.maxBytes() + 1);
      }
      var result = JsonReader.read(file.toString(), bytes, LIMITS);
      if (result.hasErrors() || result.documents().isEmpty()) {
        errors.addAll(result.diagnostics());
        continue;
      }
      switch (ServiceObservation.read(result.documents().getFirst())) {
        case Reading.Read(var one) -> {
          all.add(one);
          byDevice.computeIfAbsent(one.device(), _ -> new TreeSet<>()).add(file.toString());
        }
        case Reading.Refused(var error) -> errors.add(error);
      }
    }
    int bad = files.size() - all.size();
    if (bad > 0) {
      new DiagnosticPrinter(
              terminal.err(), Paint.of(common.colour(), terminal.errTty(), terminal), Map.of())
          .print(errors);
      throw new CommandException(
          "%d of %s cannot be read, and nothing was combined"
              .formatted(bad, English.count(files.size(), "file")),
          "Leave out what cannot be read, or save it again on the device");
    }
    return all;
  }

  /** A device that takes the name of another is one with it. */
  private static void twice(SortedMap<String, SortedSet<String>> byDevice, Printer printer) {
    byDevice.forEach(
        (device, in) -> {
          if (in.size() > 1) {
            printer.note(
                "%s is the device of %s, and counts once".formatted(device, NameText.of(in)));
          }
        });
  }
}
