package dev.sandbar.source.text;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnitFileReaderTest {
  private static final String UNIT = "[X-Sandbar]\n[Service]\nExecStart=/usr/bin/app\n";

  @Test
  void aByteThatIsNotUtf8HasAPlace() {
    ReadResult read =
        UnitFileReader.read("a.service", (UNIT + "Environment=A=\u00e9\n").getBytes(ISO_8859_1));
    assertThat(read.documents()).isEmpty();
    assertThat(read.diagnostics())
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.problem()).isEqualTo(Problem.SYNTAX);
              assertThat(it.at()).isEqualTo(new Location("a.service", 4, 15));
            });
  }

  @Test
  void aFileThatIsTooLargeHasAPlace() {
    String large = UNIT + "#".repeat(300_000);
    for (ReadResult read :
        List.of(
            UnitFileReader.read("a.service", large.getBytes(UTF_8)),
            YamlReader.read("a.service", large.getBytes(UTF_8)))) {
      assertThat(read.diagnostics())
          .singleElement()
          .satisfies(
              it -> {
                assertThat(it.problem()).isEqualTo(Problem.TOO_LARGE);
                assertThat(it.at()).isEqualTo(new Location("a.service", 1, 1));
              });
    }
  }
}
