package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.convert.Converted;
import dev.sandbar.core.convert.Programs;
import dev.sandbar.core.convert.UnitConverter;
import dev.sandbar.core.convert.UnitFile;
import dev.sandbar.core.convert.UnitLines;
import dev.sandbar.core.convert.UnitManifest;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Canonical;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.property.Tightness;
import dev.sandbar.core.property.Value;
import dev.sandbar.device.systemd.DbusSystemd;
import dev.sandbar.source.text.YamlReader;
import dev.sandbar.source.text.YamlWriter;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.image.SampleImages;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every unit file of a device as a spec, and its unit beside the original on a live systemd. */
class UnitImportTest {

  /**
   * What Sandbar says of every app; commands of a spec expand no variables, and its type Exec
   * stands for simple and idle too.
   */
  private static final List<String> OWN =
      List.of(
          "Description",
          "Environment",
          // The command reads the files and says so.
          "EnvironmentFile",
          "ExecReload",
          "ExecStart",
          "ExecStartPost",
          "ExecStartPre",
          "ExecStop",
          "ExecStopPost",
          "Type");

  private static final Path RECORDED = Path.of("../../reconciler/core/src/test/resources/systemd");

  private static final Path SUITE =
      Path.of("../../reconciler/core/src/test/resources/convert/units.txt");

  /** Properties that name the unit, or that each app has otherwise (docs/existing-services.md). */
  private static final Pattern OF_EACH =
      Pattern.compile(
          "Id|Names|EnvironmentFiles|TimeoutAbortUSec|FragmentPath|Description|.*Timestamp.*|InvocationID|ExecMain.*|ControlGroup.*"
              + "|UnitFile.*|After|Before|Wants|WantedBy|PartOf|Requires|RequiredBy|ConsistsOf|Environment"
              + "|Exec[A-Z].*|Slice|SyslogIdentifier|Restart.*|StartLimit.*|Type|SetLoginEnvironment"
              + "|TimeoutStop.*|User|Group|Markers");

  /**
   * A service has a command, and every unit a name. Of a directory that must not be there systemd
   * 252 keeps the mark. What a user of its own implies is not asked here.
   */
  private static final List<String> UNLIKE_OTHERS =
      List.of("ExecStart", "Description", "WorkingDirectory", "DynamicUser");

  /** Units in which the directives are, so that not each takes some of its own. */
  private static final int GROUPS = 16;

  private static final int SAMPLES = 4;

  /** Where the app differs from each original: it has a slice; and see {@link #compare}. */
  private static final List<String> OF_APPS = List.of("Slice", "SetLoginEnvironment", "PrivateTmp");

  /** By the names that systemd still reads, those of today. */
  private static final Map<String, String> RENAMED =
      Map.of(
          "ReadWriteDirectories", "ReadWritePaths",
          "ReadOnlyDirectories", "ReadOnlyPaths",
          "InaccessibleDirectories", "InaccessiblePaths");

  @TempDir private Path folder;

  private record Unit(String name, String text, Converted converted, CompiledApp app) {}

  /** Lines of every directive, as they were recorded for the tests of the core. */
  private static SortedMap<String, SortedSet<String>> samples() throws IOException {
    var samples = new TreeMap<String, SortedSet<String>>();
    for (int version : new int[] {252, 257, 262}) {
      Path recorded = RECORDED.resolve(version + "/units.txt");
      for (String line : Files.readAllLines(recorded)) {
        int equals = line.indexOf('=');
        if (line.startsWith("| ") && equals < line.length() - 1) {
          samples
              .computeIfAbsent(line.substring(2, equals), _ -> new TreeSet<>())
              .add(line.substring(equals + 1));
        }
      }
    }
    return samples;
  }

  /**
   * What a unit of several directives has of each.
   *
   * @param lines of a directive
   */
  private static String unit(
      List<DirectiveInfo> rows, Function<DirectiveInfo, List<String>> lines) {
    var text = new StringBuilder("[Service]\nExecStart=/bin/true\n");
    for (DirectiveInfo row : rows) {
      text.append("[%s]\n".formatted(row.section()));
      lines.apply(row).forEach(value -> text.append("%s=%s\n".formatted(row.name(), value)));
    }
    return text.toString();
  }

  /** Each systemd is asked what NAME= is alone, and behind a line with a value. */
  @ParameterizedTest
  @EnumSource(
      value = Suite.class,
      names = {"BOOKWORM", "TRIXIE", "FORKY"})
  void anEmptyAssignmentIsWhatSystemdMakesOfIt(Suite suite) throws IOException {
    SortedMap<String, SortedSet<String>> samples = samples();
    try (var device = VirtualDevice.named("empty").suite(suite).boot();
        var systemd = DbusSystemd.connect("unix:path=" + device.busSocket())) {
      String folder = "/etc/systemd/system/";
      device.write(folder + "bare.service", unit(List.of(), _ -> List.of()));
      var groups = new ArrayList<List<DirectiveInfo>>();
      for (DirectiveInfo row : DirectiveTable.all().values()) {
        if (!UNLIKE_OTHERS.contains(row.name())) {
          if (groups.size() < GROUPS) {
            groups.add(new ArrayList<>());
          }
          groups.addLast(groups.removeFirst());
          groups.getLast().add(row);
        }
      }
      for (int group = 0; group < groups.size(); group++) {
        List<DirectiveInfo> rows = groups.get(group);
        device.write(folder + "alone-%d.service".formatted(group), unit(rows, _ -> List.of("")));
        for (int i = 0; i < SAMPLES; i++) {
          int number = i;
          device.write(
              folder + "set-%d-%d.service".formatted(group, i),
              unit(rows, row -> sample(samples, row, number)));
          device.write(
              folder + "reset-%d-%d.service".formatted(group, i),
              unit(
                  rows,
                  row -> {
                    var lines = new ArrayList<>(sample(samples, row, number));
                    lines.add("");
                    return lines;
                  }));
        }
      }
      systemd.reload();
      SortedMap<String, Raw> bare = systemd.properties(new UnitName("bare.service"));
      var softly = new SoftAssertions();
      var asked = new TreeSet<String>();
      for (int group = 0; group < groups.size(); group++) {
        SortedMap<String, Raw> alone =
            systemd.properties(new UnitName("alone-%d.service".formatted(group)));
        for (int i = 0; i < SAMPLES; i++) {
          SortedMap<String, Raw> set =
              systemd.properties(new UnitName("set-%d-%d.service".formatted(group, i)));
          SortedMap<String, Raw> reset =
              systemd.properties(new UnitName("reset-%d-%d.service".formatted(group, i)));
          for (DirectiveInfo row : groups.get(group)) {
            Raw unset = property(row, bare);
            Raw value = property(row, set);
            if (unset != null && value != null && !value.equals(unset) && asked.add(row.name())) {
              says(row, List.of(unset, value), property(row, alone), property(row, reset), softly);
            }
          }
        }
      }
      softly.assertAll();
      assertThat(asked).hasSizeGreaterThan(150);
    }
  }

  private static List<String> sample(
      SortedMap<String, SortedSet<String>> samples, DirectiveInfo row, int number) {
    return samples.getOrDefault(row.name(), new TreeSet<>()).stream()
        .skip(number)
        .limit(1)
        .toList();
  }

  /**
   * @param before what it is without a line, and with one
   * @param alone what it is with an empty line alone
   * @param reset what it is with an empty line behind the other
   */
  private static void says(
      DirectiveInfo row,
      List<Raw> before,
      @Nullable Raw alone,
      @Nullable Raw reset,
      SoftAssertions softly) {
    String what = "%s=, without %s, with %s".formatted(row.name(), before.get(0), before.get(1));
    switch (row.empty()) {
      case RESETS -> {
        softly.assertThat(reset).as(what).isEqualTo(before.getFirst());
        softly.assertThat(alone).as(what).isEqualTo(before.getFirst());
      }
      case KEEPS -> {
        softly.assertThat(reset).as(what).isIn(before);
        softly.assertThat(alone).as(what).isEqualTo(before.getFirst());
      }
      case SAYS ->
          softly
              .assertThat(before.getFirst().equals(alone) && before.contains(reset))
              .as(what)
              .isFalse();
    }
  }

  private static @Nullable Raw property(DirectiveInfo row, SortedMap<String, Raw> all) {
    return row.properties().stream()
        .map(all::get)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  @ParameterizedTest
  @EnumSource(
      value = Suite.class,
      names = {"BOOKWORM", "TRIXIE", "FORKY"})
  void everyLineIsCarriedOrNamed(Suite suite) throws IOException {
    try (var device = VirtualDevice.named("import").suite(suite).boot();
        var systemd = DbusSystemd.connect("unix:path=" + device.busSocket())) {
      var units = new TreeMap<String, Unit>();
      int unusable = 0;
      List<Path> files = files(device.root().resolve("usr/lib/systemd/system"));
      for (Path file : Stream.of(files, ofPackages(), cleared()).flatMap(List::stream).toList()) {
        String text = Files.readString(file);
        String name = "u" + units.size();
        Converted converted =
            UnitConverter.convert(
                UnitFile.read(text),
                new AppName(name),
                name,
                Mode.OPEN,
                Map.of(),
                it -> Optional.of("/usr/bin/" + it));
        assertThat(converted.widening()).as(file.toString()).isEmpty();
        if (converted.usable()) {
          units.put(name, new Unit(file.toString(), text, converted, compiled(converted)));
        } else {
          unusable++;
          assertThat(converted.left()).as(file.toString()).isNotEmpty();
        }
        ofRepository("r" + name, file, text).ifPresent(it -> units.put("r" + name, it));
      }
      assertThat(units).hasSizeGreaterThan(60);
      assertThat(units.keySet().stream().filter(it -> it.startsWith("r"))).hasSizeGreaterThan(2);
      assertThat(unusable).isLessThan(units.size());
      for (Unit unit : units.values()) {
        device.write("/etc/systemd/system/" + unit.app().unit(), unit.app().text());
        device.write("/etc/systemd/system/original-" + unit.app().unit(), unit.text());
      }
      systemd.reload();
      var softly = new SoftAssertions();
      for (Unit unit : units.values()) {
        SortedMap<String, Raw> imported = systemd.properties(unit.app().unit());
        SortedMap<String, Raw> original =
            systemd.properties(new UnitName("original-" + unit.app().unit().value()));
        compare(unit, imported, original, softly, suite);
        nothingIsOpened(unit, imported, original, softly, suite.systemd());
      }
      softly.assertAll();
    }
  }

  /** What systemd has of each unit of a foreign suite, property by property. */
  @Test
  void aForeignSuiteComesToTheSame() throws IOException {
    try (var device = VirtualDevice.named("foreign").boot();
        var systemd = DbusSystemd.connect("unix:path=" + device.busSocket())) {
      var units = new TreeMap<String, Unit>();
      for (String row : Files.readAllLines(SUITE)) {
        if (!row.startsWith("#")) {
          Unit unit = foreign("f%03d".formatted(units.size()), row);
          units.put(unit.app().unit().value(), unit);
          device.write("/etc/systemd/system/" + unit.app().unit(), unit.app().text());
          device.write("/etc/systemd/system/original-" + unit.app().unit(), unit.text());
        }
      }
      systemd.reload();
      var softly = new SoftAssertions();
      for (Unit unit : units.values()) {
        SortedMap<String, Raw> imported = systemd.properties(unit.app().unit());
        SortedMap<String, Raw> original =
            systemd.properties(new UnitName("original-" + unit.app().unit().value()));
        var differing = new TreeSet<String>();
        imported.keySet().stream()
            .filter(it -> !OF_EACH.matcher(it).matches())
            .filter(
                it -> !Objects.equals(inAnyOrder(imported.get(it)), inAnyOrder(original.get(it))))
            .forEach(differing::add);
        if (unit.name().startsWith("equal")) {
          softly.assertThat(unit.converted().left()).as(unit.name()).isEmpty();
          softly.assertThat(differing).as(unit.name()).isEmpty();
        } else {
          softly.assertThat(unit.converted().left()).as(unit.name()).isNotEmpty();
        }
      }
      softly.assertAll();
    }
  }

  /** systemd keeps some lists as sets. */
  private static @Nullable Object inAnyOrder(@Nullable Raw value) {
    return value instanceof Raw.Array(List<Raw> items) ? Set.copyOf(items) : value;
  }

  private static Unit foreign(String name, String row) {
    List<String> lines = List.of(row.split(" +[|] +"));
    String text =
        "[Service]\nExecStart=/bin/sleep 9\n"
            + String.join("\n", lines.subList(1, lines.size()))
                .replace("\\r", "\r")
                .replace("\\n", "\n")
                .replace("\\0", "\0")
            + "\n";
    Converted converted =
        UnitConverter.convert(
            UnitFile.read(text), new AppName(name), name, Mode.OPEN, Map.of(), Programs.NONE);
    return new Unit(row, text, converted, compiled(converted));
  }

  /** The same file in a repository, where what is not carried is an error. */
  private static Optional<Unit> ofRepository(String name, Path file, String text) {
    UnitManifest.Read read =
        UnitManifest.read(name + UnitManifest.SUFFIX, text + "\n[X-Sandbar]\nMode=Open\n");
    assertThat(read.diagnostics().isEmpty())
        .as(file.toString())
        .isEqualTo(!read.manifests().isEmpty());
    return read.manifests().stream()
        .map(it -> new Converted(it, List.of(), true))
        .map(it -> new Unit("repository: " + file, text, it, compiled(it)))
        .findFirst();
  }

  /** The properties of every directive that the unit file names and the spec carries. */
  private static void compare(
      Unit unit,
      SortedMap<String, Raw> imported,
      SortedMap<String, Raw> original,
      SoftAssertions softly,
      Suite suite) {
    var left = new TreeSet<Integer>();
    unit.converted().left().forEach(it -> left.add(it.line()));
    for (UnitFile.Line line : UnitFile.read(unit.text()).lines()) {
      var row = DirectiveTable.find(RENAMED.getOrDefault(line.name(), line.name()));
      assertThat(left.contains(line.number()) || row.isPresent())
          .as("%s: %s=%s is neither carried nor named", unit.name(), line.name(), line.value())
          .isTrue();
      if (left.contains(line.number())
          || OWN.contains(line.name())
          || row.isEmpty()
          || row.get().properties().isEmpty()) {
        continue;
      }
      // Newer ones have more calls in a group than the device that the spec was compiled for.
      if (line.name().equals("SystemCallFilter") && suite != Suite.TRIXIE) {
        continue;
      }
      // Newer systemds make another one for a unit without default dependencies, which no app is.
      boolean plain = line.name().equals("PrivateTmp");
      String property = plain ? line.name() : row.get().properties().getFirst();
      if (line.name().equals("User") && line.value().equals("root")) {
        // An app in open mode is root without saying so.
        property = "DynamicUser";
      }
      softly
          .assertThat(imported.get(property))
          .as("%s: %s=%s", unit.name(), line.name(), line.value())
          .isEqualTo(original.get(property));
    }
  }

  /**
   * Whatever the unit file says of it, or does not: what systemd makes of the original is what it
   * makes of the app's unit, or less, but for what is named.
   */
  private static void nothingIsOpened(
      Unit unit,
      SortedMap<String, Raw> imported,
      SortedMap<String, Raw> original,
      SoftAssertions softly,
      int version) {
    var numbers = new TreeSet<Integer>();
    unit.converted().left().forEach(it -> numbers.add(it.line()));
    var named = new TreeSet<String>();
    UnitLines.read(unit.text()).settings().stream()
        .filter(line -> numbers.contains(line.number()))
        .forEach(line -> named.add(line.name()));
    for (DirectiveInfo row : DirectiveTable.all().values()) {
      // Once they were called ReadOnlyDirectories and so on.
      boolean isNamed =
          named.contains(row.name()) || named.contains(row.name().replace("Paths", "Directories"));
      if (row.role() != DirectiveInfo.Role.SANDBOX || isNamed || OF_APPS.contains(row.name())) {
        continue;
      }
      Optional<Value> wanted = Canonical.of(row, original, version);
      Optional<Value> found = Canonical.of(row, imported, version);
      if (wanted.isPresent() && found.isPresent() && !isSameUser(row, wanted.get(), found.get())) {
        softly
            .assertThat(Tightness.closes(row, wanted.get(), found.get()))
            .as(
                "%s: %s is %s, and was %s",
                unit.name(), row.name(), found.get().show(), wanted.get().show())
            .isTrue();
      }
    }
  }

  /** A user of its own is called after its unit, and one that is not said is root. */
  private static boolean isSameUser(DirectiveInfo row, Value wanted, Value found) {
    String user = wanted.show().replaceFirst("^original-", "").replaceFirst("^root$", "(empty)");
    return List.of("User", "Group").contains(row.name()) && user.equals(found.show());
  }

  /** Those of 58 daemons of Debian 13, whatever the device is. */
  private List<Path> ofPackages() throws IOException {
    Path units = folder.resolve("units");
    if (!Files.exists(units)) {
      SampleImages.cached(line -> {}).unpackUnits(units);
    }
    try (Stream<Path> packages = Files.list(units)) {
      assertThat(packages).hasSizeGreaterThanOrEqualTo(40);
    }
    return files(units);
  }

  /** Units that take back, or seem to take back, what lines before them say. */
  private List<Path> cleared() throws IOException {
    Path units = Files.createDirectories(folder.resolve("cleared"));
    for (String lines :
        List.of(
            "ProtectSystem=strict\nProtectSystem=\nNoNewPrivileges=yes\nNoNewPrivileges=\nPrivateTmp=yes\nPrivateTmp=",
            "CapabilityBoundingSet=",
            "CapabilityBoundingSet=CAP_CHOWN\nCapabilityBoundingSet=\nCapabilityBoundingSet=CAP_KILL",
            "AmbientCapabilities=CAP_CHOWN\nAmbientCapabilities=\nDelegate=",
            "SystemCallFilter=@system-service\nSystemCallFilter=\nSystemCallFilter=~@mount",
            "RestrictAddressFamilies=AF_UNIX\nRestrictAddressFamilies=\nRestrictNamespaces=yes\nRestrictNamespaces=",
            "IPAddressDeny=any\nIPAddressDeny=\nIPAddressAllow=10.0.0.0/8\nIPAddressAllow=",
            "DevicePolicy=closed\nDevicePolicy=\nDeviceAllow=/dev/null\nDeviceAllow=",
            "InaccessiblePaths=/srv\nInaccessiblePaths=\nReadOnlyPaths=/opt\nReadOnlyPaths=\nReadOnlyPaths=/usr",
            "ExecStart=\nExecStart=/bin/false\nEnvironment=A=b\nEnvironment=\nEnvironment=C=d",
            "LimitCORE=0\nLimitCORE=\nMemoryMax=64M\nMemoryMax=\nTasksMax=5\nTasksMax=",
            "UMask=0077\nUMask=\nProtectHome=yes\nProtectHome=\nUnknown=1\nUnknown=")) {
      Files.writeString(
          units.resolve("cleared-%02d.service".formatted(lines.hashCode() & 0xffff)),
          "[Unit]\nAfter=a.service\nAfter=\n[Service]\nExecStart=/bin/true\n" + lines + "\n");
    }
    return files(units);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          // A template has no properties of its own.
          .filter(it -> it.toString().matches(".*[^@][.]service"))
          .filter(it -> Files.isRegularFile(it, LinkOption.NOFOLLOW_LINKS))
          .sorted()
          .toList();
    }
  }

  /** As somebody would have it who saves what the command prints. */
  private static CompiledApp compiled(Converted converted) {
    var read =
        YamlReader.read(
            "app.yaml", YamlWriter.write(converted.manifest()).getBytes(StandardCharsets.UTF_8));
    assertThat(read.diagnostics()).isEmpty();
    if (SpecReader.read(read.documents().getFirst()) instanceof SpecReader.Read(var app, _)
        && Compiler.compile(app, ReferenceDevice.facts(app))
            instanceof Compilation.Compiled(var unit, _)) {
      return unit;
    }
    throw new AssertionError(converted.toString());
  }
}
