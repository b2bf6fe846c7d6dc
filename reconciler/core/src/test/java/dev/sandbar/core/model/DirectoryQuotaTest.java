package dev.sandbar.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DirectoryQuotaTest {

  @ParameterizedTest
  @CsvSource({
    "64K,65536,64K",
    "100M,104857600,100M",
    "1024M,1073741824,1G",
    "1025M,1074790400,1025M",
    "100000T,109951162777600000,100000T"
  })
  void isReadAndWritten(String text, long bytes, String shown) {
    assertThat(DirectoryQuota.parse(text))
        .hasValueSatisfying(
            quota -> {
              assertThat(quota.bytes()).isEqualTo(bytes);
              assertThat(quota).hasToString(shown);
              assertThat(DirectoryQuota.parse(shown)).contains(quota);
              assertThat(DirectoryQuota.ofUnit(Long.toString(bytes))).contains(quota);
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "100",
        "63K",
        "064K",
        "1000000T",
        "1.5G",
        "10%",
        "1g",
        "1 G",
        "1E",
        "-1M"
      })
  void anythingElseIsNoQuota(String text) {
    assertThat(DirectoryQuota.parse(text)).isEmpty();
  }

  /** What a spec cannot say is left out of an import, and not made another size. */
  @Test
  void aUnitMayHaveOneThatASpecCannotHave() {
    assertThat(DirectoryQuota.ofUnit("1048576")).hasToString("Optional[1M]");
    assertThat(DirectoryQuota.ofUnit("1048577")).isEmpty();
    assertThat(DirectoryQuota.ofUnit("1024")).isEmpty();
    assertThat(DirectoryQuota.ofUnit("20%")).isEmpty();
    assertThat(DirectoryQuota.ofUnit("0")).isEmpty();
  }
}
