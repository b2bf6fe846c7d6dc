package dev.sandbar.device.report;

import dev.sandbar.core.model.Node;
import dev.sandbar.device.report.DriftAlert.Cause;
import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.device.report.DriftAlert.Reason;
import dev.sandbar.device.report.DriftAlert.Resolved;
import dev.sandbar.device.report.DriftAlert.Severity;
import dev.sandbar.source.text.YamlReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.BooleanSupplier;

/** What the tests of this package share. */
final class Alerts {

  private Alerts() {}

  static Firing firing(String subject) {
    return firing(subject, "any", Instant.now().truncatedTo(ChronoUnit.MILLIS));
  }

  static Firing firing(String subject, String observed, Instant startsAt) {
    return new Firing(
        new Cause(
            "pump-7",
            "pump-controller",
            "sandbar-pump-controller.service",
            "manager",
            subject,
            "0.0.0.0/0 ::/0",
            observed,
            startsAt,
            "main@sha1:0123456789abcdef0123456789abcdef01234567",
            Severity.ERROR,
            Reason.DRIFT_DETECTED));
  }

  static Resolved resolved(Firing firing) {
    return new Resolved(firing.cause(), Instant.now().truncatedTo(ChronoUnit.MILLIS));
  }

  static AlertDispatcher.Settings quick() {
    return new AlertDispatcher.Settings(
        1000,
        4 << 20,
        Duration.ofMillis(20),
        Duration.ofMillis(200),
        Duration.ofSeconds(2),
        InstantSource.system(),
        bound -> bound / 2);
  }

  /** The senders of a configuration as a user writes it. */
  static List<AlertSender> senders(String yaml) {
    return senders(yaml, InstantSource.system());
  }

  static List<AlertSender> senders(String yaml, InstantSource clock) {
    return switch (AlertDestinations.read(node(yaml), clock, Duration.ofSeconds(2))) {
      case AlertDestinations.Reading.Usable(List<AlertSender> senders) -> senders;
      case AlertDestinations.Reading.Invalid invalid ->
          throw new AssertionError(invalid.problems().toString());
    };
  }

  static Node node(String yaml) {
    var read = YamlReader.read("alerts.yaml", yaml.getBytes(StandardCharsets.UTF_8));
    if (read.hasErrors()) {
      throw new AssertionError(read.diagnostics().toString());
    }
    return read.documents().getFirst();
  }

  static void await(String what, Duration atMost, BooleanSupplier condition)
      throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within " + atMost.toSeconds() + " s: " + what);
      }
      Thread.sleep(10);
    }
  }
}
