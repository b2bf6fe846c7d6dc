package dev.sandbar.device.hosts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.catalog.HostAddresses;
import dev.sandbar.core.catalog.HostAddresses.Host;
import dev.sandbar.core.model.Cidr;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class HostAnswersTest {

  /** Near the end of the range, since nobody knows where {@link System#nanoTime} begins. */
  private static final long START = Long.MAX_VALUE - 5;

  private long now = START;

  private static List<Cidr> answer(String... addresses) {
    return Stream.of(addresses).map(text -> Cidr.parse(text).orElseThrow()).toList();
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private HostAnswers unknown() {
    return new HostAnswers(HostOptions.STANDARD, Host.UNKNOWN, now);
  }

  private void answered(HostAnswers host, String... addresses) {
    host.asked();
    host.answered(answer(addresses), Set.of(), now);
  }

  private Host applied(HostAnswers host) {
    return host.isToBeApplied(now) ? host.apply() : host.applied();
  }

  private Set<Cidr> addresses(HostAnswers host) {
    return applied(host).addresses();
  }

  @Test
  void keepsAnAddressForTheGraceTime() {
    HostAnswers host = unknown();
    answered(host, "198.51.100.1");
    assertThat(addresses(host)).containsExactlyElementsOf(answer("198.51.100.1"));
    pass(Duration.ofMinutes(59));
    answered(host, "198.51.100.2");
    assertThat(addresses(host)).containsExactlyElementsOf(answer("198.51.100.1", "198.51.100.2"));
    pass(Duration.ofMinutes(2));
    answered(host, "198.51.100.2");
    assertThat(addresses(host)).containsExactlyElementsOf(answer("198.51.100.2"));
  }

  @Test
  void keepsWhatItHadWithoutAnAnswer() {
    HostAnswers host = unknown();
    answered(host, "198.51.100.1");
    assertThat(addresses(host)).hasSize(1);
    pass(Duration.ofDays(400));
    host.failed(now);
    assertThat(addresses(host)).hasSize(1);
    answered(host);
    answered(host, "10.0.0.1", "127.0.0.1");
    assertThat(addresses(host)).containsExactlyElementsOf(answer("198.51.100.1"));
    assertThat(host.applied().refused()).hasSize(2);
  }

  @Test
  void anAddressOfTheDeviceIsNoHosts() {
    HostAnswers host = unknown();
    host.answered(answer("198.51.100.1", "198.51.100.2"), Set.copyOf(answer("198.51.100.1")), now);
    assertThat(addresses(host)).containsExactlyElementsOf(answer("198.51.100.2"));
    assertThat(host.applied().refused()).containsExactlyElementsOf(answer("198.51.100.1"));
    // Also when the device gets it later.
    host.answered(answer("198.51.100.2", "198.51.100.3"), Set.copyOf(answer("198.51.100.2")), now);
    assertThat(addresses(host)).containsExactlyElementsOf(answer("198.51.100.3"));
  }

  @Test
  void asksAgainAfterTheInterval() {
    HostAnswers host = unknown();
    assertThat(host.isDue(now)).isTrue();
    host.asked();
    pass(Duration.ofHours(1));
    assertThat(host.isDue(now)).isFalse();
    host.answered(answer("198.51.100.1"), Set.of(), now);
    pass(Duration.ofSeconds(59));
    assertThat(host.isDue(now)).isFalse();
    pass(Duration.ofSeconds(1));
    assertThat(host.isDue(now)).isTrue();
  }

  @Test
  void asksAgainSoonAtFirst() {
    HostAnswers host = unknown();
    for (int seconds : List.of(5, 10, 20, 40, 60, 60)) {
      host.failed(now);
      pass(Duration.ofSeconds(seconds).minusNanos(1));
      assertThat(host.isDue(now)).as(seconds + " s").isFalse();
      pass(Duration.ofNanos(1));
      assertThat(host.isDue(now)).as(seconds + " s").isTrue();
    }
    IntStream.range(0, 100).forEach(_ -> host.failed(now));
    pass(Duration.ofMinutes(1));
    assertThat(host.isDue(now)).isTrue();
  }

  @Test
  void anAnswerOfThousandsIsCut() {
    HostAnswers host = unknown();
    String[] all =
        IntStream.range(0, 5_000)
            .mapToObj(i -> "198.%d.%d.1".formatted(20 + i / 250, i % 250))
            .toArray(String[]::new);
    answered(host, all);
    Set<Cidr> first = addresses(host);
    assertThat(first).hasSize(HostAddresses.MOST_ADDRESSES);
    // In another order it is the same answer.
    var turned = new ArrayList<>(List.of(all)).reversed();
    answered(host, turned.toArray(String[]::new));
    assertThat(addresses(host)).isEqualTo(first);
  }

  /** A new address once a minute for a day. */
  @Test
  void anAnswerThatAlwaysChangesIsAppliedAtABoundedRate() {
    HostAnswers host = unknown();
    var random = new Random(3);
    int changes = 0;
    for (int minute = 0; minute < 24 * 60; minute++) {
      answered(host, "198.%d.%d.7".formatted(20 + random.nextInt(60), random.nextInt(256)));
      if (host.isToBeApplied(now)) {
        changes++;
        assertThat(host.apply().addresses()).hasSizeLessThanOrEqualTo(HostAddresses.MOST_ADDRESSES);
      }
      pass(Duration.ofMinutes(1));
    }
    assertThat(changes).isBetween(280, 10 + 24 * 12);
  }

  @Test
  void otherRefusedAddressesAreNoChange() {
    HostAnswers host = unknown();
    answered(host, "198.51.100.1", "10.0.0.1");
    assertThat(addresses(host)).hasSize(1);
    answered(host, "198.51.100.1", "10.0.0.2");
    assertThat(host.isToBeApplied(now)).isFalse();
    answered(host, "198.51.100.1");
    assertThat(host.isToBeApplied(now)).isTrue();
  }

  /** Whatever is answered when: what is open was answered, and is of the internet. */
  @Test
  void opensOnlyWhatWasAnswered() {
    var random = new Random(5);
    for (int run = 0; run < 50; run++) {
      HostAnswers host = unknown();
      var ever = new HashSet<Cidr>();
      for (int step = 0; step < 60; step++) {
        var all = new TreeSet<Cidr>();
        for (int i = random.nextInt(60); i > 0; i--) {
          byte[] bytes = new byte[random.nextInt(4) > 0 ? 4 : 16];
          random.nextBytes(bytes);
          all.add(Cidr.of(bytes, bytes.length * 8));
        }
        ever.addAll(all);
        host.answered(new ArrayList<>(all), Set.of(), now);
        assertThat(ever).containsAll(addresses(host));
        assertThat(addresses(host)).allMatch(HostAddresses::isUsable);
        pass(Duration.ofSeconds(random.nextInt(4_000)));
      }
    }
  }
}
