package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.fleet.Reach;
import dev.sandbar.operator.publish.BoundedLease;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What Leases tell, and how long they are to be. */
class HeartbeatsTest {
  private static final Key ONE = new Key("fleet", "one");

  private long nanos;
  private final Heartbeats heartbeats = new Heartbeats(() -> nanos);

  private static Heartbeats.Renewal lease(int seconds, int renewed) {
    return new Heartbeats.Renewal(Integer.toString(renewed), seconds, "");
  }

  private static Heartbeats.Renewal neverRenewed() {
    return new Heartbeats.Renewal("", 30, "");
  }

  private void pass(int seconds) {
    nanos += Duration.ofSeconds(seconds).toNanos();
  }

  @Test
  void aDeviceIsReachableFromItsFirstRenewalUntilItsLeaseRunsOut() {
    assertThat(heartbeats.seen(ONE, neverRenewed())).isTrue();
    assertThat(heartbeats.reach(ONE, true)).isEqualTo(Reach.NEVER);
    assertThat(heartbeats.reach(ONE, false)).isEqualTo(Reach.UNAPPROVED);
    assertThat(heartbeats.seen(ONE, lease(30, 1))).as("heard of for the first time").isTrue();
    assertThat(heartbeats.reach(ONE, true)).isEqualTo(Reach.REACHABLE);
    pass(20);
    assertThat(heartbeats.seen(ONE, lease(30, 2))).as("as before").isFalse();
    pass(29);
    assertThat(heartbeats.expire()).isEmpty();
    pass(1);
    assertThat(heartbeats.expire()).containsExactly(ONE);
    assertThat(heartbeats.reach(ONE, true)).isEqualTo(Reach.UNREACHABLE);
    assertThat(heartbeats.seen(ONE, lease(30, 1))).as("even if its clock goes back").isTrue();
    assertThat(heartbeats.reach(ONE, true)).isEqualTo(Reach.REACHABLE);
  }

  @Test
  void aShorterLeaseHoldsOnlyOnceTheDeviceKnowsOfIt() {
    assertThat(heartbeats.seen(ONE, lease(600, 1))).isTrue();
    heartbeats.asked(ONE, 30);
    assertThat(heartbeats.seen(ONE, lease(30, 1))).isFalse();
    pass(100);
    assertThat(heartbeats.expire()).as("it still renews by the old one").isEmpty();
    assertThat(heartbeats.seen(ONE, lease(30, 2))).isFalse();
    pass(30);
    assertThat(heartbeats.expire()).containsExactly(ONE);
  }

  @Test
  void thoseThatAreHeardOfMostAreSlowedDownFirst() {
    for (int i = 0; i < 10; i++) {
      assertThat(heartbeats.seen(new Key("fleet", "a" + i), lease(60, 1))).isTrue();
      assertThat(heartbeats.seen(new Key("fleet", "b" + i), lease(30, 1))).isTrue();
    }
    assertThat(heartbeats.askedLessThan(_ -> 90, 5))
        .hasSize(5)
        .allMatch(k -> k.name().startsWith("b"));
    assertThat(heartbeats.askedLessThan(_ -> 90, 50)).hasSize(20);
    assertThat(heartbeats.askedLessThan(_ -> 60, 50)).hasSize(10);
    assertThat(heartbeats.askedMoreThan(_ -> 30, 3))
        .hasSize(3)
        .allMatch(k -> k.name().startsWith("a"));
    heartbeats.askedLessThan(_ -> 90, 50).forEach(key -> heartbeats.asked(key, 90));
    assertThat(heartbeats.askedLessThan(_ -> 90, 50)).as("not twice").isEmpty();
  }

  @Test
  void whateverALeaseSaysItsDeviceGetsSilentLikeOthers() {
    for (Object time : new Object[] {"0000-01-01T00:00:00.000000Z", "x".repeat(1 << 20), 7, true}) {
      for (Object seconds : new Object[] {Integer.MAX_VALUE, Long.MAX_VALUE, -1, 0, "x", 1.5}) {
        var lease = new BoundedLease();
        lease.setAdditionalProperty(
            "spec", Map.of("renewTime", time, "leaseDurationSeconds", seconds));
        boolean _ = heartbeats.seen(ONE, Heartbeats.Renewal.of(lease));
        pass(5_401);
        assertThat(heartbeats.expire()).as("%s", seconds).containsAnyOf(ONE);
        heartbeats.gone(ONE);
      }
    }
  }

  @Test
  void aDeviceOnAMeteredLinkIsMissedLaterAndItsLeaseIsLeftAlone() {
    assertThat(heartbeats.seen(ONE, lease(30, 1))).isTrue();
    assertThat(heartbeats.metered(ONE)).isEmpty();
    assertThat(heartbeats.seen(ONE, lease(5_400, 2))).as("shown anew").isTrue();
    assertThat(heartbeats.metered(ONE)).contains(Duration.ofMinutes(30));
    assertThat(heartbeats.askedMoreThan(_ -> 30, 50)).isEmpty();
    assertThat(heartbeats.askedLessThan(_ -> 900, 50)).isEmpty();
    pass(5_399);
    assertThat(heartbeats.expire()).isEmpty();
    assertThat(heartbeats.reach(ONE, true)).isEqualTo(Reach.REACHABLE);
    pass(1);
    assertThat(heartbeats.expire()).containsExactly(ONE);
    assertThat(heartbeats.reach(ONE, true)).isEqualTo(Reach.UNREACHABLE);
    assertThat(heartbeats.seen(ONE, lease(900, 3))).isTrue();
    assertThat(heartbeats.metered(ONE)).isEmpty();
    assertThat(heartbeats.askedMoreThan(_ -> 30, 50)).as("set right again").containsExactly(ONE);
  }

  @Test
  void nobodyIsBelievedForLongerThanAMeteredLinkNeeds() {
    assertThat(heartbeats.seen(ONE, lease(Integer.MAX_VALUE, 1))).isTrue();
    assertThat(heartbeats.metered(ONE)).contains(Duration.ofMinutes(30));
    pass(5_400);
    assertThat(heartbeats.expire()).containsExactly(ONE);
  }

  @Test
  void leasesThatAreTakenBackAllTheTimeKeepNoOthersFromTheirTurn() {
    for (int i = 0; i < 20; i++) {
      assertThat(heartbeats.seen(new Key("fleet", "bad" + i), lease(1, 1))).isTrue();
      assertThat(heartbeats.seen(new Key("fleet", "good" + i), lease(30, 1))).isTrue();
    }
    for (int step = 0; step < 4; step++) {
      List<Key> due = heartbeats.askedLessThan(_ -> 90, 10);
      heartbeats.pacing(due);
      due.stream()
          .filter(key -> key.name().startsWith("good"))
          .forEach(k -> heartbeats.asked(k, 90));
    }
    assertThat(heartbeats.askedLessThan(_ -> 90, 50))
        .hasSize(20)
        .allMatch(key -> key.name().startsWith("bad"));
  }

  /** A Device that nobody let in has no Lease, and a Lease alone is no device that is heard of. */
  @Test
  void devicesCountOnceTheyRenew() {
    for (int i = 0; i < 3; i++) {
      assertThat(heartbeats.seen(new Key("a", "one" + i), lease(30, 1))).isTrue();
      boolean _ = heartbeats.seen(new Key("b", "never" + i), new Heartbeats.Renewal("", 30, ""));
    }
    assertThat(heartbeats.renewing()).containsExactly(Map.entry("a", 3));
    heartbeats.gone(new Key("a", "one0"));
    assertThat(heartbeats.renewing()).containsExactly(Map.entry("a", 2));
  }

  /** A restart of the operator, a list and its own clock say nothing of when a device was seen. */
  @Test
  void aDeviceWasLastSeenWhenTheApiServerSawItsRenewal() {
    String wrong = "2031-01-01T00:00:00.000000Z";
    assertThat(heartbeats.lastSeen(ONE)).isEmpty();
    assertThat(heartbeats.seen(ONE, new Heartbeats.Renewal("", 30, ""))).isTrue();
    assertThat(heartbeats.lastSeen(ONE)).as("never").isEmpty();
    assertThat(heartbeats.seen(ONE, new Heartbeats.Renewal(wrong, 30, "2026-05-01T09:00:00Z")))
        .isTrue();
    pass(60);
    heartbeats.forgive();
    // A Lease whose duration the operator has set.
    assertThat(heartbeats.seen(ONE, new Heartbeats.Renewal(wrong, 60, "2026-05-01T09:00:00Z")))
        .isFalse();
    assertThat(heartbeats.lastSeen(ONE)).contains(Instant.parse("2026-05-01T09:00:00Z"));
    heartbeats.gone(ONE);
    assertThat(heartbeats.seen(ONE, new Heartbeats.Renewal(wrong, 30, "yesterday"))).isTrue();
    assertThat(heartbeats.lastSeen(ONE)).isEmpty();
  }
}
