package dev.sandbar.device.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class FetchProgressTest {

  @Test
  void eachTenthIsReportedButNotAtOnce() {
    var nanos = new AtomicLong();
    var reported = new ArrayList<String>();
    var progress = new ArrayList<FetchProgress>();
    progress.add(
        new FetchProgress("a", () -> reported.add(progress.getFirst().roughly()), nanos::get));
    FetchProgress fetch = progress.getFirst();
    long size = 50L << 20;
    for (int percent = 1; percent <= 25; percent++) {
      fetch.at(size * percent / 100, size);
      nanos.addAndGet(Duration.ofMillis(600).toNanos());
    }
    assertThat(reported).isEqualTo(List.of("10 % of 50.0 MiB", "20 % of 50.0 MiB"));
    nanos.addAndGet(Duration.ofSeconds(5).toNanos());
    fetch.at(size, size);
    assertThat(reported).last().isEqualTo("100 % of 50.0 MiB");
    nanos.addAndGet(Duration.ofSeconds(50).toNanos());
    fetch.at(size, size);
    assertThat(reported).hasSize(3);
  }
}
