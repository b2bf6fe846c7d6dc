package dev.sandbar.device.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.device.store.StateStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the real Alertmanager. */
class AlertmanagerTest {

  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration RESOLVE_TIMEOUT = Duration.ofSeconds(3);

  @TempDir Path folder;
  private RecordingServer notified;
  private RealAlertmanager alertmanager;

  @BeforeEach
  void start() throws Exception {
    notified = RecordingServer.accepting();
    Path own = Files.createDirectory(folder.resolve("alertmanager"));
    alertmanager = new RealAlertmanager(own, RESOLVE_TIMEOUT.toSeconds() + "s", notified.url());
  }

  @AfterEach
  void stop() throws Exception {
    alertmanager.close();
    notified.close();
  }

  private AlertDispatcher dispatcher(String keepAlive) throws Exception {
    String yaml =
        "- {name: operations, alertmanager: '%s/', keepAlive: %s, firesAtLeast: 1s}"
            .formatted(alertmanager.url(), keepAlive);
    return AlertDispatcher.open(
        new StateStore(folder.resolve("queue")), Alerts.senders(yaml), Alerts.quick());
  }

  private void awaitActive(String subject) throws InterruptedException {
    Alerts.await(subject + " is active", SOON, () -> active(subject));
  }

  /** Without the zeros at the end, which Alertmanager does not write. */
  private static String digits(Instant time) {
    return time.toString().replaceAll("0*Z$", "");
  }

  private boolean active(String subject) {
    return alertmanager.active().contains("\"subject\":\"" + subject + "\"");
  }

  @Test
  void driftFiresWithItsLabelsAndItsEndResolvesIt() throws Exception {
    try (var dispatcher = dispatcher("1s")) {
      var drift = Alerts.firing("IPAddressDeny");
      dispatcher.publish(List.of(drift));
      awaitActive("IPAddressDeny");
      assertThat(alertmanager.active())
          .contains("\"alertname\":\"SandbarDriftDetected\"")
          .contains("\"severity\":\"error\"", "\"kind\":\"AppSandbox\"")
          .contains("\"name\":\"pump-controller\"", "\"device\":\"pump-7\"")
          .contains("\"layer\":\"manager\"", "\"reason\":\"DriftDetected\"")
          .contains("\"observed\":\"any\"");
      Alerts.await("people are told", SOON, () -> told("\"status\":\"firing\""));

      // Long known: its end is the end.
      Instant known = Instant.now().plusMillis(1_100);
      Alerts.await("it has fired long enough", SOON, () -> Instant.now().isAfter(known));
      var end = Alerts.resolved(drift);
      dispatcher.publish(List.of(end));
      Alerts.await("it is not active", Duration.ofSeconds(3), () -> !active("IPAddressDeny"));
      // With the end that we gave: not the one that a timeout would have made up.
      Alerts.await(
          "people are told of the end",
          SOON,
          () -> told("\"status\":\"resolved\"") && told("\"endsAt\":\"" + digits(end.endsAt())));
    }
  }

  /** Alertmanager tells nobody of an alert that is over before it has gathered its group. */
  @Test
  void driftThatIsCorrectedAtOnceIsStillTold() throws Exception {
    alertmanager.gathering("700ms");
    String yaml =
        "- {name: operations, alertmanager: '%s', firesAtLeast: 3s}".formatted(alertmanager.url());
    try (var dispatcher =
        AlertDispatcher.open(
            new StateStore(folder.resolve("queue")), Alerts.senders(yaml), Alerts.quick())) {
      var drift = Alerts.firing("IPAddressDeny");
      dispatcher.publish(List.of(drift));
      Alerts.await("it is sent", SOON, () -> dispatcher.status().getFirst().waiting() == 0);
      dispatcher.publish(List.of(Alerts.resolved(drift)));
      toldOfBoth("IPAddressDeny");
    }
  }

  @Test
  void driftThatWasCorrectedWhileNobodyCouldBeReachedIsStillTold() throws Exception {
    alertmanager.gathering("700ms");
    alertmanager.stop();
    String yaml =
        "- {name: operations, alertmanager: '%s', firesAtLeast: 3s}".formatted(alertmanager.url());
    var drift = Alerts.firing("IPAddressDeny");
    // An update of what nobody heard of is nothing that anybody heard of.
    var update = Alerts.firing("IPAddressDeny", "other", drift.cause().startsAt());
    try (var dispatcher =
        AlertDispatcher.open(
            new StateStore(folder.resolve("queue")), Alerts.senders(yaml), Alerts.quick())) {
      dispatcher.publish(List.of(drift, update, Alerts.resolved(update)));
      Alerts.await(
          "a try fails", SOON, () -> !dispatcher.status().getFirst().lastFailure().isEmpty());
      assertThat(dispatcher.status().getFirst().waiting()).isOne();
    }
    // The agent was started anew meanwhile.
    try (var dispatcher =
        AlertDispatcher.open(
            new StateStore(folder.resolve("queue")), Alerts.senders(yaml), Alerts.quick())) {
      alertmanager.startAgain();
      toldOfBoth("IPAddressDeny");
      assertThat(dispatcher.status().getFirst().waiting()).isZero();
      assertThat(dispatcher.status().getFirst().dropped()).isZero();
    }
  }

  /** Firing, and only then resolved. */
  private void toldOfBoth(String subject) throws InterruptedException {
    Alerts.await("people are told of the end", SOON, () -> told("\"status\":\"resolved\""));
    List<String> states =
        notified.bodies().stream()
            .filter(body -> body.contains("\"subject\":\"" + subject + "\""))
            .map(body -> body.contains("\"status\":\"firing\"") ? "firing" : "resolved")
            .toList();
    assertThat(states).containsExactly("firing", "resolved");
    assertThat(active(subject)).isFalse();
  }

  private boolean told(String text) {
    return notified.bodies().stream().anyMatch(body -> body.contains(text));
  }

  @Test
  void lastingDriftStaysActiveBeyondTheResolveTimeout() throws Exception {
    try (var dispatcher = dispatcher("1s")) {
      dispatcher.publish(List.of(Alerts.firing("IPAddressDeny")));
      awaitActive("IPAddressDeny");
      Instant until = Instant.now().plus(RESOLVE_TIMEOUT.multipliedBy(2));
      while (Instant.now().isBefore(until)) {
        assertThat(active("IPAddressDeny")).isTrue();
        Thread.sleep(100);
      }
      assertThat(told("\"status\":\"resolved\"")).isFalse();
    }
  }

  @Test
  void withoutKeepAliveItWouldHaveEnded() throws Exception {
    try (var dispatcher = dispatcher("60m")) {
      dispatcher.publish(List.of(Alerts.firing("IPAddressDeny")));
      awaitActive("IPAddressDeny");
      Alerts.await("it times out", SOON, () -> !active("IPAddressDeny"));
    }
  }

  @Test
  void whatLastsIsThereAgainAfterAlertmanagerLostItsMemory() throws Exception {
    try (var dispatcher = dispatcher("1s")) {
      dispatcher.publish(List.of(Alerts.firing("IPAddressDeny")));
      awaitActive("IPAddressDeny");
      alertmanager.restart();
      awaitActive("IPAddressDeny");
    }
  }

  @Test
  void onlyTheLatestStateArrivesAfterAnOutage() throws Exception {
    try (var dispatcher = dispatcher("1s")) {
      alertmanager.stop();
      List<DriftAlert> all = new ArrayList<>();
      for (int i = 0; i < 150; i++) {
        var drift = Alerts.firing("Directive" + i);
        all.add(drift);
        if (i % 2 == 0) {
          all.add(Alerts.resolved(drift));
        }
      }
      dispatcher.publish(all);
      Alerts.await(
          "a try fails", SOON, () -> !dispatcher.status().getFirst().lastFailure().isEmpty());
      assertThat(dispatcher.status().getFirst().waiting()).isEqualTo(150);

      alertmanager.startAgain();
      Alerts.await("all is sent", SOON, () -> dispatcher.status().getFirst().waiting() == 0);
      Alerts.await("what is over is no longer active", SOON, () -> !active("Directive148"));
      for (int i = 0; i < 150; i++) {
        assertThat(active("Directive" + i)).as("Directive%d", i).isEqualTo(i % 2 == 1);
      }
    }
  }

  @Test
  void driftThatEndedWhileTheAgentWasDownIsResolvedWhenItResumes() throws Exception {
    var gone = Alerts.firing("IPAddressDeny");
    var still = Alerts.firing("MemoryMax");
    try (var dispatcher = dispatcher("1s")) {
      dispatcher.publish(List.of(gone, still));
      awaitActive("IPAddressDeny");
      awaitActive("MemoryMax");
    }
    try (var dispatcher = dispatcher("1s")) {
      dispatcher.resume(List.of(still));
      Alerts.await("it ended", Duration.ofSeconds(2), () -> !active("IPAddressDeny"));
      awaitActive("MemoryMax");
    }
  }

  @Test
  void clockAnHourAheadNeitherKeepsAnAlertBackNorMakesItStay() throws Exception {
    clockIsOffBy(Duration.ofHours(1));
  }

  @Test
  void clockYearsBehindNeitherKeepsAnAlertBackNorMakesItStay() throws Exception {
    clockIsOffBy(Duration.ofDays(-20 * 365));
  }

  private void clockIsOffBy(Duration offset) throws Exception {
    InstantSource clock = InstantSource.offset(InstantSource.system(), offset);
    String yaml =
        "- {name: operations, alertmanager: '%s', keepAlive: 1s, firesAtLeast: 1s}"
            .formatted(alertmanager.url());
    try (var dispatcher =
        AlertDispatcher.open(
            new StateStore(folder.resolve("queue")), Alerts.senders(yaml, clock), Alerts.quick())) {
      var drift = Alerts.firing("IPAddressDeny", "any", clock.instant());
      dispatcher.publish(List.of(drift));
      awaitActive("IPAddressDeny");
      dispatcher.publish(List.of(new DriftAlert.Resolved(drift.cause(), clock.instant())));
      Alerts.await("it is not active", Duration.ofSeconds(3), () -> !active("IPAddressDeny"));
    }
  }

  /** The end is in the future then, and nothing is known of that clock yet. */
  @Test
  void aClockThatIsWrongCostsNobodyTheNewsOfACorrectedDrift() throws Exception {
    alertmanager.gathering("500ms");
    for (Duration offset : List.of(Duration.ofHours(1), Duration.ofDays(-20 * 365))) {
      InstantSource clock = InstantSource.offset(InstantSource.system(), offset);
      String subject = "Directive" + offset.toHours();
      String yaml =
          "- {name: operations, alertmanager: '%s', firesAtLeast: 3s}"
              .formatted(alertmanager.url());
      alertmanager.stop();
      Path queue = folder.resolve("queue" + offset.toHours());
      try (var dispatcher =
          AlertDispatcher.open(
              new StateStore(queue), Alerts.senders(yaml, clock), Alerts.quick())) {
        var drift = Alerts.firing(subject, "any", clock.instant());
        dispatcher.publish(List.of(drift, new DriftAlert.Resolved(drift.cause(), clock.instant())));
        Alerts.await(
            "a try fails", SOON, () -> !dispatcher.status().getFirst().lastFailure().isEmpty());
        alertmanager.startAgain();
        toldOfBoth(subject);
      }
      notified.forget();
    }
  }
}
