package dev.sandbar.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.convert.UnitFile.Line;
import dev.sandbar.core.convert.UnitLines;
import dev.sandbar.core.convert.UnitLines.Then;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Canonical;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.systemd.DbusSystemd;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;

/** Files that are written to be misread: each is to us what it is to systemd. */
class HostileUnitsTest {

  private static final int UNITS = 200;
  private static final long SEED = 20_240_611;

  private static final String FOLDER = "etc/systemd/system";

  /** Texts of any kind, by the sections that have them. */
  private static final Map<String, String> TEXTS =
      Map.of(
          "Description", "Unit",
          "SyslogIdentifier", "Service",
          "PAMName", "Service",
          "UtmpIdentifier", "Service");

  private static final List<String> RIGHTS =
      List.of(
          "AmbientCapabilities=CAP_SYS_ADMIN",
          "AmbientCapabilities=CAP_CHOWN",
          "AmbientCapabilities=",
          "CapabilityBoundingSet=CAP_CHOWN",
          "CapabilityBoundingSet=CAP_SYS_ADMIN",
          "CapabilityBoundingSet=~CAP_KILL",
          "CapabilityBoundingSet=",
          "NoNewPrivileges=yes",
          "NoNewPrivileges=no",
          "ProtectSystem=strict",
          "ProtectSystem=no",
          "ProtectHome=yes",
          "PrivateNetwork=yes",
          "ReadWritePaths=/srv",
          "ReadWritePaths=",
          "DevicePolicy=closed",
          "IPAddressDeny=any",
          "MemoryMax=64M",
          "UMask=0077",
          "UMask=0022",
          "User=daemon",
          "User=root",
          "Group=daemon");

  /** Of a name that is none systemd may load no unit (systemd.exec(5), User=). */
  private static final Pattern NAMES = Pattern.compile("User|Group");

  private static final List<String> HEADERS =
      List.of(
          "[Service]",
          "[Service]",
          "[Service]",
          "[Unit]",
          "[Install]",
          "[X-a]",
          "[X-Sandbar]",
          "[Timer]",
          "[service]",
          "[Service ]",
          "[ Service]",
          "  [Service]\t",
          "[Service]\\",
          "\ufeff[Service]",
          "[Service]]",
          "[S\u00e9rvice]");

  /** At each of these systemd gives up, or some version of it. */
  private static final List<String> ENDS =
      List.of(
          "[]",
          "[Unit][Service]",
          "[Service*]",
          "[Service",
          "[",
          "[Service] # x",
          "[Service];",
          "[Service]\u2003",
          "[Ser\"vice]",
          "[X-\u0001]",
          "[X-a",
          "PAMName=\ufdd0",
          "Nonsense=\uffff",
          "\ufffe");

  private static final List<String> OTHERS =
      List.of("", "", " ", "\t", "# a", "; b \\", " #\\", "nonsense", "=x", "\\", "\ufeff", "[\\");

  private static final List<String> BEFORE =
      List.of(
          "", "", "", "", "", " ", "\t ", "\f", "\u000b", "\u2003", "\u00a0", "\u0001", "\ufeff");

  private static final List<String> BEHIND =
      List.of(
          "", "", "", "", "", "", " ", "\t", "\\", " \\", "\\\\", "\\\\\\", "\\ ", "\u2003", "\f");

  private static final List<String> LINE_ENDS =
      List.of(
          "\n",
          "\n",
          "\n",
          "\n",
          "\n",
          "\n",
          "\n\n",
          "\r\n",
          "\r",
          "\0",
          "\n\r",
          "\n\0",
          "\0\n",
          "\r\n\0",
          "\r\r",
          "\n\r\0\n");

  private static <T> T one(Random random, List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private static byte[] unit(Random random) {
    var file = new ByteArrayOutputStream();
    int lines = 4 + random.nextInt(14);
    int start = random.nextInt(4);
    for (int i = 0; i < lines; i++) {
      String before = random.nextInt(4) == 0 ? "" : "\n\n";
      String line = i == start ? before + "[Service]\nExecStart=/bin/true" : line(random);
      String end = i == lines - 1 && random.nextBoolean() ? "" : one(random, LINE_ENDS);
      file.writeBytes((line + end).getBytes(random.nextInt(400) == 0 ? ISO_8859_1 : UTF_8));
    }
    return file.toByteArray();
  }

  private static String line(Random random) {
    int kind = random.nextInt(100);
    if (kind < 22) {
      return one(random, HEADERS);
    }
    if (kind < 24) {
      return one(random, ENDS);
    }
    if (kind < 38) {
      return one(random, OTHERS);
    }
    if (kind < 60) {
      String name = one(random, List.copyOf(new TreeSet<>(TEXTS.keySet())));
      String value =
          "a" + random.nextInt(1000) + one(random, List.of("", " b", "\u00e9", "\\n", ";#"));
      String equals = one(random, List.of("=", " = ", "=\t", "==", "\u2003="));
      return one(random, BEFORE) + name + equals + value + one(random, BEHIND);
    }
    return one(random, BEFORE) + one(random, RIGHTS) + one(random, BEHIND);
  }

  @ParameterizedTest
  @OnEachSystemd
  void aFileIsWhatSystemdReads(Suite suite) throws IOException {
    var random = new Random(SEED);
    var units = new LinkedHashMap<String, byte[]>();
    for (int i = 0; i < UNITS; i++) {
      units.put("hostile-%03d.service".formatted(i), unit(random));
    }
    try (var device = VirtualDevice.named("hostile").suite(suite).boot();
        var systemd = DbusSystemd.connect("unix:path=" + device.busSocket())) {
      Path folder = device.root().resolve(FOLDER);
      for (var unit : units.entrySet()) {
        Files.write(folder.resolve(unit.getKey()), unit.getValue());
      }
      systemd.reload();
      var softly = new SoftAssertions();
      var seen = new TreeMap<String, Integer>();
      units.forEach(
          (name, bytes) ->
              compare(name, bytes, systemd.properties(new UnitName(name)), suite, softly, seen));
      softly.assertAll();
      assertThat(seen.get("loaded")).isGreaterThan(UNITS / 5);
      assertThat(seen.get("refused")).isGreaterThan(UNITS / 20);
      assertThat(seen.get("text")).isGreaterThan(UNITS / 10);
      assertThat(seen.get("right")).isGreaterThan(UNITS);
    }
  }

  private static void compare(
      String name,
      byte[] bytes,
      SortedMap<String, Raw> properties,
      Suite suite,
      SoftAssertions softly,
      Map<String, Integer> seen) {
    UnitLines lines = UnitLines.read(bytes);
    String what = name + ": " + shown(bytes);
    boolean loaded = new Raw.Str("loaded").equals(properties.get("LoadState"));
    boolean unsaid =
        lines.settings().stream()
            .anyMatch(it -> NAMES.matcher(it.name()).matches() && !isClean(it));
    boolean refused =
        lines.first(Then.ENDS).isPresent()
            || (suite.systemd() > 257 && lines.first(Then.DEPENDS).isPresent());
    boolean starts = lines.settings().stream().anyMatch(it -> it.name().equals("ExecStart"));
    softly.assertThat(loaded).as(what).isEqualTo(starts && !refused && !(unsaid && !loaded));
    seen.merge(refused ? "refused" : loaded ? "loaded" : "other", 1, Integer::sum);
    if (!loaded) {
      return;
    }
    TEXTS.forEach(
        (text, section) -> {
          List<String> values = values(lines, section, text);
          if (!values.isEmpty()) {
            seen.merge("text", 1, Integer::sum);
            softly
                .assertThat(properties.get(text))
                .as(text + " of " + what)
                .isEqualTo(new Raw.Str(values.getLast()));
          } else if (!text.equals("Description")) {
            softly
                .assertThat(properties.get(text))
                .as(text + " of " + what)
                .isEqualTo(new Raw.Str(""));
          }
        });
    for (String right :
        new TreeSet<>(RIGHTS.stream().map(it -> it.replaceFirst("=.*", "")).toList())) {
      DirectiveInfo row = DirectiveTable.find(right).orElseThrow();
      List<Line> own = lines.settings().stream().filter(it -> it.name().equals(right)).toList();
      if (own.stream().allMatch(HostileUnitsTest::isClean)) {
        seen.merge("right", 1, Integer::sum);
        var context = ReferenceDevice.facts().context(new UnitName(name));
        var settings = own.stream().map(Line::value).toList();
        var ours =
            settings.isEmpty()
                ? Effective.unset(row, suite.systemd())
                : Effective.of(right, settings, context);
        var theirs = Canonical.of(row, properties, suite.systemd());
        if (ours.isPresent()) {
          softly.assertThat(theirs).as(right + " of " + what).isEqualTo(ours);
        }
      }
    }
  }

  private static List<String> values(UnitLines lines, String section, String name) {
    return lines.settings().stream()
        .filter(it -> it.section().equals(section) && it.name().equals(name))
        .map(Line::value)
        .toList();
  }

  private static boolean isClean(Line line) {
    return RIGHTS.contains(line.name() + "=" + line.value());
  }

  /** In a way that can be written back. */
  private static String shown(byte[] bytes) {
    var text = new StringBuilder();
    for (byte one : bytes) {
      text.append(one >= ' ' && one < 127 ? "" + (char) one : "\\x%02x".formatted(one));
    }
    return text.toString();
  }
}
