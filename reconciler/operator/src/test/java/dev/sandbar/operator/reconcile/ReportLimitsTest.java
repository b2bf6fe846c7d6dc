package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.crds.v1alpha1.DeviceStatus;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What of a report can be used. */
class ReportLimitsTest {
  private static DeviceStatus.Facts facts(Map<String, String> owners, List<String> resolvers) {
    return new DeviceStatus.Facts(
        257, "6", "x86-64", List.of(), Map.of(), "", "", "", owners, resolvers);
  }

  private static TreeMap<String, String> owners(int number, int length) {
    var owners = new TreeMap<String, String>();
    for (int i = 0; i < number; i++) {
      owners.put("/dev/" + i, "x".repeat(length));
    }
    return owners;
  }

  @Test
  void ownersAndNameServersHaveTheirBounds() {
    assertThat(ReportLimits.check(facts(owners(512, 40), List.of("10.0.0.1")))).isEmpty();
    assertThat(ReportLimits.check(facts(owners(513, 1), List.of())))
        .contains("facts.owners is too long");
    assertThat(ReportLimits.check(facts(owners(1, 33_000), List.of())))
        .contains("facts.owners is too long");
    assertThat(ReportLimits.check(facts(Map.of(), Collections.nCopies(17, "10.0.0.1"))))
        .contains("facts.resolvers is too long");
    assertThat(ReportLimits.check(facts(Map.of(), List.of("1".repeat(129)))))
        .contains("facts.resolvers is too long");
  }
}
