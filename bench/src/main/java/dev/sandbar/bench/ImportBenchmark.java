package dev.sandbar.bench;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.convert.Converted;
import dev.sandbar.core.convert.UnitConverter;
import dev.sandbar.core.convert.UnitFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Canonical;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveInfo.Role;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.property.Tightness;
import dev.sandbar.core.property.Value;
import dev.sandbar.device.systemd.DbusSystemd;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.image.SampleImages;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What {@code sandbar import} keeps of service units of Debian: each unit and the app that it comes
 * to are loaded by systemd, and what systemd made of both is compared, directive by directive.
 */
final class ImportBenchmark {

  /** Said otherwise to the same end, as commands are; and what every app has. */
  private static final Set<String> OTHERWISE = Set.of("Environment", "EnvironmentFile", "Type");

  private static final Set<String> OF_APPS = Set.of("Slice", "SetLoginEnvironment");

  private static final Map<String, String> RENAMED =
      Map.of(
          "ReadWriteDirectories", "ReadWritePaths",
          "ReadOnlyDirectories", "ReadOnlyPaths",
          "InaccessibleDirectories", "InaccessiblePaths");

  private enum Outcome {
    /** As systemd has it of the unit itself, or carried by a word of the spec. */
    EQUAL,
    /** Something else, and a note names the line. */
    NAMED,
    /** More is closed than by the unit, and no note says so. */
    TIGHTER,
    /** Less is closed, or it is another value, and no note says so. */
    UNNAMED,
    /** The whole unit has no spec. */
    REFUSED
  }

  private record Unit(String name, String text, Converted converted, Optional<CompiledApp> app) {}

  private final Optional<Path> folder;

  /**
   * @param folder with unit files; empty for those of the packages in the list
   */
  ImportBenchmark(Optional<Path> folder) {
    this.folder = folder;
  }

  void run() throws IOException {
    Path units = folder.isPresent() ? folder.get() : unpacked();
    List<Path> files;
    try (Stream<Path> all = Files.walk(units)) {
      files =
          all.filter(it -> it.toString().matches(".*[^@][.]service"))
              .filter(it -> Files.isRegularFile(it, LinkOption.NOFOLLOW_LINKS))
              .sorted()
              .toList();
    }
    for (Suite suite : List.of(Suite.TRIXIE, Suite.FORKY, Suite.BOOKWORM)) {
      try (var device = VirtualDevice.named("bench-import").suite(suite).boot();
          var systemd = DbusSystemd.connect("unix:path=" + device.busSocket())) {
        for (Mode mode : List.of(Mode.OPEN, Mode.CLOSED)) {
          compare(device, systemd, suite, mode, files);
        }
      }
    }
  }

  private static Path unpacked() throws IOException {
    Path units = Files.createTempDirectory("sandbar-units").resolve("units");
    SampleImages.cached(System.out::println).unpackUnits(packages(), units);
    return units;
  }

  private static List<String> packages() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(ImportBenchmark.class.getResourceAsStream("import-packages.txt"))) {
      return Arrays.asList(
          new String(in.readAllBytes(), StandardCharsets.UTF_8).strip().split("\\s+", -1));
    }
  }

  private static void compare(
      VirtualDevice device, DbusSystemd systemd, Suite suite, Mode mode, List<Path> files) {
    var units = new TreeMap<String, Unit>();
    for (Path file : files) {
      String name = "%s%03d".formatted(mode == Mode.OPEN ? "o" : "c", units.size());
      Unit unit = unit(name, file, mode);
      units.put(name, unit);
      unit.app().ifPresent(it -> device.write("/etc/systemd/system/" + it.unit(), it.text()));
      device.write("/etc/systemd/system/original-" + name + ".service", unit.text());
    }
    systemd.reload();
    var counts = new EnumMap<Outcome, Integer>(Outcome.class);
    var unnamed = new TreeMap<String, Integer>();
    var named = new TreeMap<String, Integer>();
    int same = 0;
    int service = 0;
    int equal = 0;
    for (var entry : units.entrySet()) {
      SortedMap<String, Outcome> found =
          compared(entry.getKey(), entry.getValue(), mode, systemd, suite);
      found.values().forEach(it -> counts.merge(it, 1, Integer::sum));
      found.forEach(
          (directive, outcome) -> {
            if (outcome == Outcome.UNNAMED) {
              unnamed.merge(directive, 1, Integer::sum);
            } else if (outcome == Outcome.NAMED) {
              named.merge(directive, 1, Integer::sum);
            }
          });
      List<Outcome> ofService =
          found.entrySet().stream()
              .filter(it -> !it.getKey().startsWith("["))
              .map(Map.Entry::getValue)
              .toList();
      service += ofService.size();
      equal += (int) ofService.stream().filter(it -> it == Outcome.EQUAL).count();
      boolean all = found.values().stream().allMatch(it -> it == Outcome.EQUAL);
      same += all ? 1 : 0;
    }
    int total = counts.values().stream().mapToInt(it -> it).sum();
    Report.say("systemd %d, %s: %d units, %d lines", suite.systemd(), mode, units.size(), total);
    counts.forEach(
        (outcome, count) ->
            Report.say("  %-8s %5d  %5.1f %%", outcome, count, 100.0 * count / total));
    Report.say("  equal of [Service] alone: %.1f %% of %d", 100.0 * equal / service, service);
    Report.say("  units without any difference: %d", same);
    Report.say("  most often named: %s", most(named));
    Report.say("  without a word: %s", most(unnamed));
  }

  private static String most(SortedMap<String, Integer> counts) {
    return counts.entrySet().stream()
        .sorted((one, other) -> other.getValue() - one.getValue())
        .limit(40)
        .map(it -> it.getKey() + " " + it.getValue())
        .collect(Collectors.joining(", "));
  }

  private static Unit unit(String name, Path file, Mode mode) {
    try {
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      Converted converted =
          UnitConverter.convert(
              UnitFile.read(text),
              new AppName(name),
              file.getFileName().toString(),
              mode,
              Map.of(),
              program -> Optional.of("/usr/bin/" + program));
      return new Unit(file.toString(), text, converted, compiled(converted));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<CompiledApp> compiled(Converted converted) {
    return converted.usable()
            && converted.widening().isEmpty()
            && SpecReader.read(converted.manifest()) instanceof SpecReader.Read(var app, _)
            && Compiler.compile(app, ReferenceDevice.facts(app))
                instanceof Compilation.Compiled(var compiled, _)
        ? Optional.of(compiled)
        : Optional.empty();
  }

  /** Every directive that the unit names, and every other one that restricts it. */
  private static SortedMap<String, Outcome> compared(
      String name, Unit unit, Mode mode, DbusSystemd systemd, Suite suite) {
    var outcomes = new TreeMap<String, Outcome>();
    var numbers = new TreeSet<Integer>();
    unit.converted().left().forEach(it -> numbers.add(it.line()));
    var named = new TreeSet<String>();
    var own = new TreeSet<String>();
    for (UnitFile.Line line : UnitFile.read(unit.text()).lines()) {
      if (line.name().isEmpty() || line.name().startsWith("X-")) {
        continue;
      }
      String directive =
          line.section().equals("Service")
              ? RENAMED.getOrDefault(line.name(), line.name())
              : "[%s] %s".formatted(line.section(), line.name());
      own.add(directive);
      if (numbers.contains(line.number())) {
        named.add(directive);
      }
    }
    if (unit.app().isEmpty()) {
      own.forEach(it -> outcomes.put(it, Outcome.REFUSED));
      return outcomes;
    }
    SortedMap<String, Raw> imported = systemd.properties(unit.app().get().unit());
    SortedMap<String, Raw> original =
        systemd.properties(new UnitName("original-" + name + ".service"));
    own.forEach(it -> outcomes.put(it, named.contains(it) ? Outcome.NAMED : Outcome.EQUAL));
    for (DirectiveInfo row : DirectiveTable.all().values()) {
      // In closed mode everything else is closed, which is what it is for.
      boolean asked = own.contains(row.name()) || (mode == Mode.OPEN && row.role() == Role.SANDBOX);
      if (!asked || isOtherwise(row) || OF_APPS.contains(row.name())) {
        continue;
      }
      Optional<Value> wanted = Canonical.of(row, original, suite.systemd());
      Optional<Value> is = Canonical.of(row, imported, suite.systemd());
      if (wanted.isEmpty() || is.isEmpty() || same(row, wanted.get(), is.get())) {
        continue;
      }
      if (!named.contains(row.name())) {
        boolean tighter =
            row.role() == Role.SANDBOX && Tightness.closes(row, wanted.get(), is.get());
        outcomes.put(row.name(), tighter ? Outcome.TIGHTER : Outcome.UNNAMED);
        if (System.getProperty("sandbar.import.details") != null) {
          Report.say(
              "    %s: %s is %s, and was %s",
              unit.name(), row.name(), is.get().show(), wanted.get().show());
        }
      }
    }
    return outcomes;
  }

  /** A user of its own is called after its unit, and one that is not said is root. */
  private static boolean same(DirectiveInfo row, Value wanted, Value is) {
    boolean user = row.name().equals("User") || row.name().equals("Group");
    return wanted.equals(is)
        || (user && text(wanted).replaceFirst("^original-", "sandbar-").equals(text(is)));
  }

  private static String text(Value value) {
    return value instanceof Value.Text(String text) && !text.equals("root") ? text : "";
  }

  private static boolean isOtherwise(DirectiveInfo row) {
    return OTHERWISE.contains(row.name())
        || (row.name().startsWith("Exec") && row.manual().equals("systemd.service(5)"));
  }
}
