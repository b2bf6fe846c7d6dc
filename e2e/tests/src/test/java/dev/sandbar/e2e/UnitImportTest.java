package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Raw;
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
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
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

  @TempDir private Path folder;

  private record Unit(String name, String text, Converted converted, CompiledApp app) {}

  @ParameterizedTest
  @EnumSource(
      value = Suite.class,
      names = {"TRIXIE", "FORKY"})
  void everyLineIsCarriedOrNamed(Suite suite) throws IOException {
    try (var device = VirtualDevice.named("import").suite(suite).boot();
        var systemd = DbusSystemd.connect("unix:path=" + device.busSocket())) {
      var units = new TreeMap<String, Unit>();
      int unusable = 0;
      List<Path> files = files(device.root().resolve("usr/lib/systemd/system"));
      for (Path file : Stream.of(files, ofPackages()).flatMap(List::stream).toList()) {
        String text = Files.readString(file);
        String name = "u" + units.size();
        Converted converted =
            UnitConverter.convert(
                UnitFile.read(text), new AppName(name), name, Mode.OPEN, Map.of());
        if (converted.usable()) {
          units.put(name, new Unit(file.toString(), text, converted, compiled(converted)));
        } else {
          unusable++;
          assertThat(converted.left()).as(file.toString()).isNotEmpty();
        }
      }
      assertThat(units).hasSizeGreaterThan(60);
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
            systemd.properties(
                new dev.sandbar.core.model.UnitName("original-" + unit.app().unit().value()));
        compare(unit, imported, original, softly, suite);
      }
      softly.assertAll();
    }
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
      var row = DirectiveTable.find(line.name());
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
