package dev.sandbar.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.IDN;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostNamesTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a.b",
        "mqtt.example.com",
        "1.2.3.example",
        "4you.example.com",
        "xn--bcher-kva.example",
        "a-b.c--d.example",
        "xn--80ak6aa92e.xn--p1ai"
      })
  void takesWholeNames(String name) {
    assertThat(HostNames.check(name)).isEmpty();
  }

  @Test
  void takesLabelsAndNamesOfTheLongestLengthsOnly() {
    String label = "a".repeat(63);
    assertThat(HostNames.isValid(label + ".example")).isTrue();
    assertThat(HostNames.isValid("a" + label + ".example")).isFalse();
    String longest = (label + ".").repeat(3) + "a".repeat(61);
    assertThat(longest).hasSize(HostNames.LONGEST);
    assertThat(HostNames.isValid(longest)).isTrue();
    assertThat(HostNames.isValid("b" + longest.substring(1) + "a")).isFalse();
  }

  /** Whatever is accepted is no address to a resolver, and holds nothing that could end a line. */
  @Test
  void takesNothingThatIsReadOtherwise() {
    var random = new Random(7);
    int taken = 0;
    for (int i = 0; i < 200_000; i++) {
      String letters = i % 2 == 0 ? "ax10.-.f9" : "ax10.f9\n A*\u00e9_/:%";
      String text =
          IntStream.range(0, 1 + random.nextInt(12))
              .mapToObj(_ -> letters.charAt(random.nextInt(letters.length())))
              .map(String::valueOf)
              .collect(Collectors.joining());
      if (HostNames.check(text).isEmpty() != HostNames.isValid(text)) {
        assertThat(text).as("judged in two ways").isEmpty();
      }
      if (HostNames.isValid(text)) {
        taken++;
        assertThat(text).matches("[a-z0-9.-]+").doesNotMatch(".*[.](0x[0-9a-f]*|[0-9]+)");
        assertThat(Cidr.parse(text)).isEmpty();
      }
    }
    assertThat(taken).isGreaterThan(500);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bücher.example",
        "пример.рф",
        "例え.テスト",
        "a.münchen-ost.example",
        "他们为什么不说中文.example"
      })
  void saysWhatNameServersHave(String name) {
    assertThat(HostNames.check(name).orElseThrow().help()).isEqualTo("write " + IDN.toASCII(name));
    assertThat(HostNames.isValid(IDN.toASCII(name))).isTrue();
  }
}
