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
        .contains("name: reader", "mode: Open", "network-online.target", "state: false")
        .doesNotContain("CapabilityBoundingSet", "north");
    assertThat(ran.err())
        .contains("line 6: EnvironmentFile=", "--environment-files", "line 5: ExecStart=... $SITE")
        .contains("line 7: User=reader", "line 9: CapabilityBoundingSet=CAP_NET_ADMIN");
    assertThat(ran.err().lines()).allSatisfy(line -> assertThat(line.length()).isLessThan(81));

    var closed = Ran.sandbar("import", "--closed", "--environment-files", file.toString());
    assertThat(closed.out())
        .contains("internet: true", "SITE: north", "--site")
        .doesNotContain("mode:", "PrivateTmp");
    Path spec = Files.writeString(temp.resolve("spec.yaml"), closed.out());
    var valid = Ran.sandbar("validate", spec.toString());
    assertThat(valid.code()).as(valid.err()).isZero();
  }

  /** Left out, it would give the app all capabilities of root. */
  @Test
  void noCapabilityAtAllIsNotLeftOut() throws IOException {
    Path file = unit("[Service]\nExecStart=/usr/bin/reader\nCapabilityBoundingSet=\n");

    var open = Ran.sandbar("import", file.toString());
    assertThat(open.code()).isEqualTo(1);
    assertThat(open.out()).isEmpty();
    assertThat(open.err().replaceAll("\\s+", " "))
        .contains(
            file + ":3:1: CapabilityBoundingSet= cannot be carried in Open mode",
            "Import with --closed");

    var closed = Ran.sandbar("import", "--closed", file.toString());
    assertThat(closed.code()).as(closed.err()).isZero();
    assertThat(closed.out()).contains("name: reader").doesNotContain("mode: Open");
    assertThat(closed.err()).doesNotContain("CapabilityBoundingSet");
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
