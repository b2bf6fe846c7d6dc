package dev.sandbar.core.fleet;

import static org.assertj.core.api.Assertions.assertThat;

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
}
