package dev.sandbar.core.exposure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.Effective.Setting;
import dev.sandbar.core.property.Syscalls;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Levels that the tool gave units of systemd 257; EffectiveStateTest asks the tool itself. */
class ExposureTest {

  private static Exposure of(String... lines) {
    var calls = new TreeSet<String>();
    DeviceFacts facts = ReferenceDevice.facts();
    facts.syscallGroups().values().forEach(calls::addAll);
    List<Setting> settings =
        Arrays.stream(lines)
            .filter(line -> !line.isEmpty())
            .map(line -> line.split("=", 2))
            .map(parts -> new Setting(parts[0], parts[1]))
            .toList();
    var context =
        new Effective.Context(
            257, new Syscalls(facts.syscallGroups(), calls), "x86-64", "sandbar-app.service");
    return Exposure.of(Effective.of(settings, context), facts.syscallGroups(), calls);
  }

  @ParameterizedTest
  @CsvSource({"'', 9.6, UNSAFE", "DynamicUser=yes, 8.2, EXPOSED"})
  void isTheOneOfTheTool(String line, String level, String word) {
    Exposure exposure = of(line);
    assertThat(exposure.level()).isEqualTo(level);
    assertThat(exposure.word()).isEqualTo(word);
  }

  @Test
  void theTableIsWhole() {
    assertThat(Checks.ALL).hasSize(81).doesNotHaveDuplicates();
    assertThat(Checks.ALL.stream().mapToInt(Check::weight).sum()).isEqualTo(56_460);
  }

  @Test
  void whatCostsMostComesFirst() {
    assertThat(of().costs().getFirst().check()).isEqualTo("PrivateNetwork");
    assertThat(of("PrivateNetwork=yes").costs())
        .extracting(Exposure.Cost::check)
        .doesNotContain("PrivateNetwork");
  }

  @ParameterizedTest
  @CsvSource({
    "0, PERFECT",
    "1, SAFE",
    "9, SAFE",
    "10, OK",
    "49, OK",
    "50, MEDIUM",
    "75, EXPOSED",
    "90, UNSAFE",
    "100, DANGEROUS"
  })
  void everyLevelHasItsWord(int tenths, String word) {
    assertThat(new Exposure(tenths, List.of()).word()).isEqualTo(word);
  }
}
