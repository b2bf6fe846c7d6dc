package dev.sandbar.core.attest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.Finding.Holds;
import dev.sandbar.core.attest.Finding.Lacks;
import dev.sandbar.core.attest.Finding.Silent;
import dev.sandbar.core.property.Value;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class QuotaChecksTest {

  private static final Value TEN = new Value.Text("10485760");

  private static Finding of(Value declared, Map<String, Long> sizes) {
    return QuotaChecks.of(declared, new TreeMap<>(sizes));
  }

  @ParameterizedTest
  @CsvSource({
    "10485760,10485760",
    // Blocks of 4096 bytes, and of 64 KiB.
    "100000,98304",
    "100000,65536",
    // systemd rounds up to 1024 bytes.
    "65537,66560"
  })
  void aDirectoryThatHoldsNoMoreIsEvidence(String declared, long size) {
    assertThat(of(new Value.Text(declared), Map.of("/var/lib/a", size))).isInstanceOf(Holds.class);
  }

  @Test
  void oneThatHoldsMoreLacksTheQuota() {
    assertThat(of(TEN, Map.of("/var/lib/a", 2_040_373_248L)))
        .isEqualTo(new Lacks("statfs: 2040373248 bytes in /var/lib/a"));
    assertThat(of(TEN, Map.of("/var/lib/a", 10_485_761L))).isInstanceOf(Lacks.class);
    assertThat(of(TEN, Map.of("/var/lib/a", 10_485_760L, "/var/lib/b", 20_000_000L)))
        .isInstanceOf(Lacks.class);
  }

  /** A file system that is smaller shows nothing of a quota. */
  @Test
  void oneThatHoldsLessShowsNothing() {
    assertThat(of(TEN, Map.of("/var/lib/a", 5_000_000L))).isInstanceOf(Silent.class);
    assertThat(of(TEN, Map.of())).isInstanceOf(Silent.class);
    assertThat(of(new Value.Text("infinity"), Map.of("/var/lib/a", 1L))).isInstanceOf(Silent.class);
  }

  @Test
  void directoriesAreLookedForWhereAUserOfTheManagersChoiceHasThem() {
    var values = new TreeMap<String, Value>();
    values.put("StateDirectory", new Value.Names(new TreeSet<>(List.of("a"))));
    values.put("StateDirectoryQuota", new Value.Text("infinity"));
    assertThat(QuotaChecks.paths(values)).isEmpty();
    values.put("StateDirectoryQuota", TEN);
    assertThat(QuotaChecks.paths(values))
        .containsExactly(
            Map.entry(
                "StateDirectoryQuota", new TreeSet<>(List.of("/var/lib/a", "/var/lib/private/a"))));
  }
}
