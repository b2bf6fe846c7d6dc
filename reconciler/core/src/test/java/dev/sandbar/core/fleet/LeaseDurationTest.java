package dev.sandbar.core.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LeaseDurationTest {

  @ParameterizedTest
  @CsvSource({"0,10", "1,10", "400,10", "401,20", "1000,30", "3000,120", "8000,200", "99999,300"})
  void largerFleetsAreHeardOfMoreRarely(int devices, int seconds) {
    assertThat(LeaseDuration.interval(devices)).isEqualTo(seconds);
    assertThat(LeaseDuration.leaseSeconds(devices)).isEqualTo(3 * seconds);
  }

  @ParameterizedTest
  @CsvSource({"401,30,60", "400,60,60", "320,60,30", "360,60,60", "10,600,30", "4800,0,360"})
  void aFewDevicesMoreOrLessDoNotMoveItBack(int devices, int current, int wanted) {
    assertThat(LeaseDuration.leaseSeconds(devices, current)).isEqualTo(wanted);
  }

  @Test
  void aLargeNamespaceSlowsNoSmallOneDown() {
    assertThat(LeaseDuration.sizes(Map.of("a", 2_400)))
        .as("alone, as ever")
        .containsExactly(Map.entry("a", 2_400));
    assertThat(LeaseDuration.sizes(Map.of("a", 100, "b", 200)))
        .as("all of them as fast as can be")
        .containsExactly(Map.entry("a", 400), Map.entry("b", 400));
    // 390 of the 400 that are heard of every ten seconds are left for the large one.
    assertThat(LeaseDuration.sizes(Map.of("large", 10_000, "small", 10)))
        .containsExactly(Map.entry("large", 10_257), Map.entry("small", 400));
    assertThat(LeaseDuration.sizes(Map.of())).isEmpty();
    assertThat(LeaseDuration.sizes(Map.of("none", 0))).containsExactly(Map.entry("none", 0));
  }

  /** Whatever the sizes, the server hears no more than it would of one fleet. */
  @Test
  void togetherTheyAreNoMoreThanTheServerTakes() {
    var random = new Random(20_261_202);
    for (int i = 0; i < 500; i++) {
      Map<String, Integer> devices = new HashMap<>();
      for (int k = 0; k < 1 + random.nextInt(20); k++) {
        devices.put("n" + k, random.nextInt(2_000) / (1 + random.nextInt(50)));
      }
      if (devices.values().stream().mapToInt(it -> it).sum() > 12_000) {
        continue; // of more devices nobody renews more rarely
      }
      double heard =
          LeaseDuration.sizes(devices).entrySet().stream()
              .mapToDouble(
                  it ->
                      devices.getOrDefault(it.getKey(), 0)
                          / (double) LeaseDuration.interval(it.getValue()))
              .sum();
      assertThat(heard).as(devices.toString()).isLessThanOrEqualTo(40.001);
    }
  }
}
