package dev.sandbar.core.property;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Feature;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DirectiveTableTest {

  static List<Integer> versions() {
    return RecordedUnits.VERSIONS;
  }

  @ParameterizedTest
  @MethodSource("versions")
  void everyDirectiveOfAVersionIsOneOfItsProperties(int version) {
    var reported = RecordedUnits.of(version, "bare").raw();

    assertThat(DirectiveTable.sandbox(version))
        .hasSizeGreaterThan(110)
        .allSatisfy(d -> assertThat(d.properties()).anyMatch(reported::containsKey));
  }

  @ParameterizedTest
  @MethodSource("versions")
  void aDirectiveThatAVersionLacksIsNotReportedByIt(int version) {
    var reported = RecordedUnits.of(version, "bare").raw();

    assertThat(DirectiveTable.all().values())
        .filteredOn(d -> !d.existsIn(version))
        .allSatisfy(d -> assertThat(d.properties()).noneMatch(reported::containsKey));
  }

  @Test
  void everyRequiredFeatureExists() {
    List<String> features = Arrays.stream(Feature.values()).map(Feature::name).toList();

    assertThat(DirectiveTable.all().values())
        .filteredOn(d -> d.requiredFeature().isPresent())
        .allSatisfy(d -> assertThat(features).contains(d.feature()));
  }
}
