package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code sandbar import}. */
class ImportCommandTest {

  private static final String UNIT =
      """
      [Unit]
      Description=Sensor reader
      After=network-online.target
      [Service]
      ExecStart=/usr/bin/reader --site $SITE
      EnvironmentFile=-%s
      User=reader
      PrivateTmp=yes
      CapabilityBoundingSet=CAP_NET_ADMIN
      [Install]
      WantedBy=multi-user.target
      """;

  @TempDir private Path temp;

  private Path unit(String text) throws IOException {
    return Files.writeString(temp.resolve("reader.service"), text);
  }

  @Test
  void aUnitFileIsASpecThatIsValid() throws IOException {
    Path variables = Files.writeString(temp.resolve("default"), "# x\nSITE=\"north\"\nOTHER=1\n");
    Path file = unit(UNIT.formatted(variables));

    var ran = Ran.sandbar("import", file.toString());
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out())
        .contains("name: reader", "mode: Open", "network-online.target", "User: reader")
        .contains("CapabilityBoundingSet: CAP_NET_ADMIN")
        .doesNotContain("north");
    assertThat(ran.err())
        .contains("line 6: EnvironmentFile=", "--environment-files", "line 5: ExecStart=... $SITE")
        .doesNotContain("User=", "CapabilityBoundingSet=");
    assertThat(ran.err().lines()).allSatisfy(line -> assertThat(line.length()).isLessThan(81));

    var closed = Ran.sandbar("import", "--closed", "--environment-files", file.toString());
    assertThat(closed.out())
        .contains("internet: true", "SITE: north", "--site")
        .doesNotContain("mode:", "PrivateTmp");
    Path spec = Files.writeString(temp.resolve("spec.yaml"), closed.out());
    var valid = Ran.sandbar("validate", spec.toString());
    assertThat(valid.code()).as(valid.err()).isZero();
  }

  @Test
  void noCapabilityAtAllIsCarried() throws IOException {
    Path file = unit("[Service]\nExecStart=/usr/bin/reader\nCapabilityBoundingSet=\n");

    var open = Ran.sandbar("import", file.toString());
    assertThat(open.code()).as(open.err()).isZero();
    assertThat(open.out()).contains("mode: Open", "CapabilityBoundingSet: \"\"");
    assertThat(open.err()).isEmpty();
    Path spec = Files.writeString(temp.resolve("open.yaml"), open.out());
    assertThat(Ran.sandbar("compile", spec.toString()).out())
        .contains("\nCapabilityBoundingSet=\n");
  }

  /** Left out, it would give the app all capabilities of root. */
  @Test
  void aLineAboutCapabilitiesIsNotLeftOut() throws IOException {
    Path file = unit("[Service]\nExecStart=/usr/bin/reader\nCapabilityBoundingSet=CAP_NO\n");

    var open = Ran.sandbar("import", file.toString());
    assertThat(open.code()).isEqualTo(1);
    assertThat(open.out()).isEmpty();
    assertThat(open.err().replaceAll("\\s+", " "))
        .contains(
            file + ":3:1: CapabilityBoundingSet=CAP_NO cannot be carried in Open mode",
            "Import with --closed");
  }

  @Test
  void filesOfVariablesAreReadAsSystemdReadsThem() throws IOException {
    Path variables =
        Files.writeString(temp.resolve("default"), "SITE=\"north \\\nend\" # one\nKEY='a\nb'\n");
    var ran =
        Ran.sandbar("import", "--environment-files", unit(UNIT.formatted(variables)).toString());
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out()).contains("SITE: \"north end # one\"").doesNotContain("KEY");
    assertThat(ran.err().replaceAll("\\s+", " ")).contains("KEY has more than one line");
  }

  @Test
  void aProgramWithoutAPathIsLookedFor() throws IOException {
    var ran =
        Ran.sandbar(
            "import", unit("[Service]\nExecStart=env A=b\nExecStartPre=sandbar-no\n").toString());
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out()).contains("/usr/bin/env", "/usr/bin/sandbar-no");
  }

  @Test
  void theErrorIsTheCause() throws IOException {
    Path file = unit("[Service]\nNice=1\nExecStart=/usr/bin/reader %i\n");
    var ran = Ran.sandbar("import", "--name", "reader", file.toString());
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err().replaceAll("\\s+", " "))
        .contains(file + ":3:1: ExecStart=/usr/bin/reader %i", "write the value itself");
  }

  /** Started again whenever it ends it would be another service. */
  @Test
  void whatEndsHasASchedule() throws IOException {
    Path file = unit("[Service]\nType=oneshot\nExecStart=/usr/bin/a\nExecStart=/usr/bin/b\n");
    var plain = Ran.sandbar("import", file.toString());
    assertThat(plain.code()).isEqualTo(1);
    assertThat(plain.out()).isEmpty();
    assertThat(plain.err().lines().findFirst().orElse("")).contains(":2:1: Type=oneshot");
    assertThat(plain.err().replaceAll("\\s+", " ")).contains("--schedule \"0 2 * * *\"");

    var times = Ran.sandbar("import", "--schedule", "@daily", file.toString());
    assertThat(times.code()).as(times.err()).isZero();
    assertThat(times.err()).isEmpty();
    assertThat(times.out()).contains("schedule:", "preStart:", "/usr/bin/b");
    var wrong = Ran.sandbar("import", "--schedule", "25 2", file.toString());
    assertThat(wrong.code()).isEqualTo(1);
    assertThat(wrong.err()).contains("sandbar: --schedule: '25 2' has 2 fields");
  }

  /** What systemd passes over gives an app nothing, and is named. */
  @Test
  void aSectionOfOthersGivesNoRights() throws IOException {
    var ran =
        Ran.sandbar(
            "import",
            unit("[Service]\nExecStart=/usr/bin/a\n[X-a]\nAmbientCapabilities=CAP_SYS_ADMIN\n")
                .toString());
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out()).doesNotContain("CAP_SYS_ADMIN");
    assertThat(ran.err()).contains("line 4: AmbientCapabilities=CAP_SYS_ADMIN");
  }

  @Test
  void dropInsOfTheSameFolderAreRead() throws IOException {
    Path file = unit("[Service]\nExecStart=/usr/bin/a\nUser=reader\nNice=1");
    Path own = Files.createDirectories(temp.resolve("reader.service.d"));
    Path all = Files.createDirectories(temp.resolve("service.d"));
    Files.writeString(own.resolve("20-b.conf"), "Nice=7\n[Service]\nNice=3\nFoo=1\n");
    Files.writeString(all.resolve("20-b.conf"), "[Service]\nUMask=0007\n");
    Files.writeString(all.resolve("10-a.conf"), "[Service]\nNice=2\nLimitNOFILE=64\n[Unit");
    Files.writeString(own.resolve("30-c"), "[Service]\nNice=9\n");
    Files.createSymbolicLink(own.resolve("40-d.conf"), Path.of("/dev/null"));
    var ran = Ran.sandbar("import", file.toString());
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out())
        .contains("Nice: \"3\"", "LimitNOFILE: \"64\"", "User: reader")
        .doesNotContain("UMask");
    assertThat(ran.err().replaceAll("\\s+", " "))
        .contains("reader.service.d/20-b.conf line 1: Nice=7", "20-b.conf line 4: Foo=1")
        .contains("service.d/10-a.conf line 4: [Unit:");
  }

  @Test
  void anInstanceIsReadFromItsTemplate() throws IOException {
    Files.writeString(temp.resolve("pump@.service"), "[Service]\nExecStart=/usr/bin/a %i\n");
    Path own = Files.createDirectories(temp.resolve("pump@.service.d"));
    Files.writeString(own.resolve("a.conf"), "[Service]\nEnvironment=P=%p\n");
    var ran = Ran.sandbar("import", temp.resolve("pump@north.service").toString());
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out()).contains("name: pump-north", "north", "P: pump");
    assertThat(ran.err()).isEmpty();
  }

  @Test
  void onlyFilesAreRead() throws Exception {
    Path pipe = temp.resolve("pipe.service");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Path loop = Files.createSymbolicLink(temp.resolve("loop.service"), Path.of("loop.service"));
    Path zero = Files.createSymbolicLink(temp.resolve("zero.service"), Path.of("/dev/zero"));
    for (Path path : new Path[] {pipe, loop, zero, temp}) {
      var ran = Ran.sandbar("import", "--name", "a", path.toString());
      assertThat(ran.code()).as(path.toString()).isEqualTo(1);
      assertThat(ran.out()).isEmpty();
    }
    Path file = unit("[Service]\nExecStart=/usr/bin/a\n");
    Path own = Files.createDirectories(temp.resolve("reader.service.d"));
    Files.createSymbolicLink(own.resolve("a.conf"), pipe);
    var ran = Ran.sandbar("import", file.toString());
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("a.conf");
  }

  /** systemd loads no such unit. */
  @Test
  void aFileThatSystemdRefusesIsAnError() throws IOException {
    var ran = Ran.sandbar("import", unit("[Service]\nExecStart=/usr/bin/a\n[Install\n").toString());
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err().replaceAll("\\s+", " "))
        .contains("reader.service:3:1: systemd does not load");
    Path bytes = Files.write(temp.resolve("b.service"), new byte[] {'[', 'A', (byte) 0xff, ']'});
    assertThat(Ran.sandbar("import", bytes.toString()).err())
        .contains("b.service:1:1: ")
        .contains("UTF-8");
  }

  @Test
  void whatIsNoServiceIsAnError() throws IOException {
    var timer = Ran.sandbar("import", unit("[Timer]\nOnBootSec=1\n").toString());
    assertThat(timer.code()).isEqualTo(1);
    assertThat(timer.out()).isEmpty();
    assertThat(timer.err()).contains("only [Unit], [Service]", "has no program that an");

    Path template = Files.writeString(temp.resolve("Get_ty@.service"), "[Service]\n");
    assertThat(Ran.sandbar("import", template.toString()).err()).contains("--name NAME");
    assertThat(Ran.sandbar("import", temp.resolve("none.service").toString()).code()).isEqualTo(1);
  }
}
