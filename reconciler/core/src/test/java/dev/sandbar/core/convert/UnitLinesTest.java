package dev.sandbar.core.convert;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.convert.UnitFile.Line;
import dev.sandbar.core.convert.UnitLines.Then;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Mode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What systemd makes of the bytes of a unit file; {@code HostileUnitsTest} asks it. */
class UnitLinesTest {

  private static String text(String written) {
    return written
        .replace("\\n", "\n")
        .replace("\\r", "\r")
        .replace("\\0", "\0")
        .replace("\\t", "\t")
        .replace("\\f", "\f")
        .replace("\\B", "\ufeff")
        .replace("\\E", "\u2003")
        .replace("/", "\\");
  }

  /**
   * @param file with {@code /} for a backslash
   * @param read its settings as SECTION NUMBER NAME=VALUE
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        // White space.
        "[Service]\\n \\tNice = 1 \\t|Service 2 Nice=1",
        " [Service]\\t\\nNice=1|Service 2 Nice=1",
        "[Service]\\n\\fNice=1\\n\\ENice=2\\nNice=3\\E|"
            + "Service 2 \\fNice=1;Service 3 \\ENice=2;Service 4 Nice=3\\E",
        // Lines that go on.
        "[Service]\\nUMask=0 /\\n  7|Service 2 UMask=0    7",
        "[Service]\\nUMask=0/\\n# a/\\n ; b\\n7\\nNice=1|Service 2 UMask=0 7;Service 6 Nice=1",
        "[Service]\\nUMask=0/\\n\\nNice=1|Service 2 UMask=0;Service 4 Nice=1",
        "[Service]\\nUMask=0/ \\nNice=1|Service 2 UMask=0/;Service 3 Nice=1",
        "[Service]\\nUMask=0//\\nNice=1|Service 2 UMask=0//;Service 3 Nice=1",
        "[Service]\\nUMask=0///\\nNice=1|Service 2 UMask=0// Nice=1",
        "[Service]\\n# a/\\nNice=1|Service 3 Nice=1",
        "[Service]\\nNice=1/|Service 2 Nice=1",
        "[Service]\\nUMask=0/\\n[Unit]\\nNice=1|Service 2 UMask=0 [Unit];Service 4 Nice=1",
        "[Service]/\\n\\nNice=1|Service 3 Nice=1",
        "/\\n[Service]\\nNice=1|Service 3 Nice=1",
        // Ends of lines.
        "[Service]\\r\\nNice=1\\rUser=b\\0UMask=0|"
            + "Service 2 Nice=1;Service 3 User=b;Service 4 UMask=0",
        "[Service]\\nUMask=0/\\n\\0Nice=1|Service 2 UMask=0 Nice=1",
        "[Service]\\nUMask=0/\\0\\nNice=1|Service 2 UMask=0;Service 4 Nice=1",
        "[Service]\\n\\r\\0\\nNice=1|Service 3 Nice=1",
        // Marks of a byte order, of which one is read, wherever it is.
        "\\B[Service]\\nNice=1|Service 2 Nice=1",
        "[Service]\\n\\BNice=1\\n\\BUser=b|Service 2 Nice=1;Service 3 \\BUser=b",
        // Values.
        "[Service]\\nCapabilityBoundingSet=|Service 2 CapabilityBoundingSet=",
        "[Service]\\nEnvironment=A=b#c ;d|Service 2 Environment=A=b#c ;d",
        // Sections that begin again, and those of others.
        "[Service]\\nNice=1\\n[X-a]\\nNice=2\\n[Service]\\nUser=b|"
            + "Service 2 Nice=1;Service 6 User=b",
        "[Service]\\nStartLimitBurst=1\\n[Unit]\\nStartLimitBurst=2|"
            + "Service 2 StartLimitBurst=1;Unit 4 StartLimitBurst=2",
      })
  void aSettingIsWhatSystemdReads(String file, String read) {
    UnitLines lines = UnitLines.read(text(file));
    assertThat(lines.settings())
        .extracting(it -> "%s %d %s=%s".formatted(it.section(), it.number(), it.name(), it.value()))
        .isEqualTo(List.of(text(read).split(";(?=[A-Z])")));
    assertThat(lines.first(Then.ENDS)).isEmpty();
  }

  /** Lines without an effect are named, with their places. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "User=root\\n[Service]|1|before the first section",
        "[X-a]\\nUser=root|2|only [Unit], [Service]",
        "[Service]\\n[Timer]\\nUser=root|3|only [Unit], [Service]",
        "[Service ]\\nUser=root|2|only [Unit], [Service]",
        "[service]\\nUser=root|2|only [Unit], [Service]",
        "[Serv/\\nice]\\nUser=root|3|only [Unit], [Service]",
        "[Service]\\nUser|2|it is not NAME=VALUE",
        "[Service]\\n=root|2|it is not NAME=VALUE",
        "[Unit]\\nUser=root|2|only in [Service]",
        "[Unit]\\nReadWriteDirectories=/etc|2|only in [Service]",
        "[Service]\\nDefaultDependencies=no|2|only in [Unit]",
      })
  void aLineThatSystemdPassesOverIsNamed(String file, int number, String why) {
    UnitLines lines = UnitLines.read(text(file));
    assertThat(lines.settings()).isEmpty();
    assertThat(lines.first(Then.ENDS)).isEmpty();
    assertThat(lines.passed())
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.line().number()).isEqualTo(number);
              assertThat(it.why()).contains(why);
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[Service",
        "[",
        "[Service] # the program",
        "[Service]\\E",
        "[Ser\u0001vice]",
        "[\"Service\"]",
        "[Service//]",
        "[X-a",
        "Nice=\ufdd0",
        "Nice=\uffff",
      })
  void systemdGivesUpAtALine(String line) {
    UnitLines lines = UnitLines.read(text("[Service]\nNice=1\n" + line + "\nUser=root\n"));
    assertThat(lines.settings()).extracting(Line::name).containsExactly("Nice");
    assertThat(lines.first(Then.ENDS)).isPresent();
    assertThat(lines.passed().getLast().line().number()).isEqualTo(3);
  }

  @Test
  void bytesThatAreNoTextEndTheFile() {
    UnitLines lines =
        UnitLines.read("[Service]\n# \u00e9\nNice=1\nUMask=\u00e9\nUser=b".getBytes(ISO_8859_1));
    assertThat(lines.settings()).extracting(Line::name).containsExactly("Nice");
    assertThat(lines.passed()).singleElement().matches(it -> it.line().number() == 4);
  }

  @Test
  void aLineHasAnEnd() {
    String most = "A=" + "b".repeat(UnitLines.LONGEST_LINE - 2);
    assertThat(UnitLines.read("[Service]\n" + most).first(Then.ENDS)).isEmpty();
    assertThat(UnitLines.read("[Service]\n" + most + "b\n").first(Then.ENDS)).isPresent();
    assertThat(UnitLines.read("[Service]\n#" + most).first(Then.ENDS)).isPresent();
    String half = "b".repeat(UnitLines.LONGEST_LINE / 2);
    assertThat(UnitLines.read("[Service]\nA=%1$s\\\n%1$s".formatted(half)).first(Then.ENDS))
        .isPresent();
    // Nobody's time: each line of the whole is looked at once.
    assertThat(UnitLines.read(("a\\\n").repeat(300_000)).passed()).hasSize(1);
  }

  /** No section and no backslash of a file says anything of the next one. */
  @Test
  void dropInsAreFilesOfTheirOwn() {
    UnitFile unit =
        UnitFile.read(
            List.of(
                "[Service]\nNice=1\\",
                "User=root\n[Service]\nUMask=7\n[Unit",
                "[Service]\nGroup=b\n"));
    assertThat(unit.lines())
        .extracting(it -> it.number() + " " + it.name() + "=" + it.value())
        .containsExactly("2 Nice=1", "5 UMask=7", "8 Group=b");
    assertThat(unit.passed()).extracting(it -> it.line().number()).containsExactly(3, 6);
    assertThat(unit.refused()).isEmpty();
  }

  /** What systemd passes over gives an app nothing. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "[X-a]\\n%s\\n[Service]\\nExecStart=a",
        "[Service]\\nExecStart=a\\n[X-a]\\n%s",
        "[Service]\\nExecStart=a\\n[Timer]\\n%s",
        "%s\\n[Service]\\nExecStart=a",
        "[Service]\\nExecStart=a\\n[Unit]\\n%s",
        "[Service]\\nExecStart=a\\n[Install]\\n%s",
        "[Service]\\nExecStart=a\\n[Unit]\\nDescription=a /\\n%s",
        "[Service]\\nExecStart=a\\n[Unit]\\nDescription=a /\\n\\0%s",
        "[Service]\\nExecStart=a\\n\\E%s",
      })
  void aLineThatSystemdPassesOverGivesNoRights(String file) {
    String bounded = "\n[Service]\nUser=app\nCapabilityBoundingSet=CAP_CHOWN\n";
    for (String line :
        List.of(
            "AmbientCapabilities=CAP_SYS_ADMIN",
            "CapabilityBoundingSet=CAP_SYS_ADMIN",
            "User=root",
            "EnvironmentFile=/etc/shadow",
            "PrivateNetwork=yes",
            "ReadWriteDirectories=/etc",
            "DeviceAllow=/dev/mem rw",
            "SocketBindAllow=22")) {
      for (Mode mode : Mode.values()) {
        Converted with = convert(text(file).formatted(line) + bounded, mode);
        Converted without = convert(text(file).formatted("x") + bounded, mode);
        assertThat(with.manifest()).as("%s of %s", line, file).isEqualTo(without.manifest());
        boolean joined = file.contains("/");
        assertThat(with.left().stream().anyMatch(it -> it.what().contains(line)) || joined)
            .as("%s of %s", line, file)
            .isTrue();
      }
    }
  }

  /** Of these headers only newer versions say that they are none. */
  @ParameterizedTest
  @ValueSource(strings = {"[]", "[*]", "[Service?]", "[Unit][Service]"})
  void aHeaderThatSomeVersionsRefuseIsNotGuessedAt(String header) {
    String file =
        "[Service]\nExecStart=/bin/a\n%s\nUser=root\n[Service]\nUMask=7".formatted(header);
    assertThat(UnitLines.read(file).settings())
        .extracting(Line::name)
        .containsExactly("ExecStart", "UMask");
    assertThat(convert(file, Mode.OPEN).usable()).isFalse();
    assertThat(UnitFile.read(List.of("[Service]\n", file)).refused()).isPresent();
  }

  /** A file that systemd does not load is no app. */
  @Test
  void aFileThatIsRefusedIsNone() {
    Converted converted = convert("[Service]\nExecStart=a\n[Install\n", Mode.CLOSED);
    assertThat(converted.usable()).isFalse();
    assertThat(converted.left())
        .singleElement()
        .satisfies(it -> assertThat(it.help()).contains("no section header"));
    UnitManifest.Read read =
        UnitManifest.read("a.service", "[Service]\nExecStart=/a\n[X-Sandbar\n[X-Sandbar]\n");
    assertThat(read.manifests()).isEmpty();
    assertThat(read.diagnostics()).singleElement().matches(it -> it.at().line() == 3);
  }

  private static Converted convert(String file, Mode mode) {
    return UnitConverter.convert(
        UnitFile.ofFiles(List.of(file.getBytes(UTF_8))),
        new AppName("app"),
        "app.service",
        mode,
        Map.of(),
        it -> Optional.of("/usr/bin/" + it));
  }
}
