package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.crds.v1alpha1.DeviceStatus;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What of a report can be used. */
class ReportLimitsTest {
  private static DeviceStatus.Facts facts(Map<String, String> owners, List<String> resolvers) {
    return new DeviceStatus.Facts(
        257, "6", "x86-64", List.of(), Map.of(), "", "", "", owners, resolvers, null);
  }

  private static TreeMap<String, String> owners(int number, int length) {
    var owners = new TreeMap<String, String>();
    for (int i = 0; i < number; i++) {
      owners.put("/dev/" + i, "x".repeat(length));
    }
    return owners;
  }

  @Test
  void numbersWordsAndListsHaveTheirBounds() {
    String word = "x".repeat(129);
    assertThat(check(9_999, "", List.of(), Map.of(), "")).isEmpty();
    assertThat(check(10_000, "", List.of(), Map.of(), "")).contains("facts.systemd '10000'");
    assertThat(check(-1, "", List.of(), Map.of(), "")).contains("facts.systemd '-1'");
    assertThat(check(257, word, List.of(), Map.of(), "")).contains("facts.kernel is too long");
    assertThat(check(257, "", List.of(word), Map.of(), "")).contains("facts.features is too long");
    assertThat(check(257, "", Collections.nCopies(1_000, "x"), Map.of(), ""))
        .contains("facts.features is too long");
    assertThat(check(257, "", List.of(), owners(1_000, 1), ""))
        .contains("facts.volumes is too long");
    assertThat(check(257, "", List.of(), owners(1, 70_000), ""))
        .contains("facts.volumes is too long");
    assertThat(check(257, "", List.of(), Map.of(), "x".repeat(1 << 20)))
        .contains("facts.systemCalls is too long");
  }

  private static Optional<String> check(
      int systemd,
      String kernel,
      List<String> features,
      Map<String, String> volumes,
      String calls) {
    return ReportLimits.check(
        new DeviceStatus.Facts(
            systemd, kernel, "x86-64", features, volumes, calls, "", "", Map.of(), List.of(),
            null));
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
