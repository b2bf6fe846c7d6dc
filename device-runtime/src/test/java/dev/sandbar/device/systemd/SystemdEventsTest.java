package dev.sandbar.device.systemd;

import static dev.sandbar.device.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.device.systemd.SystemdEvent.Disconnected;
import dev.sandbar.device.systemd.SystemdEvent.Reloaded;
import dev.sandbar.device.systemd.SystemdEvent.UnitChanged;
import dev.sandbar.device.systemd.SystemdEvent.UnitFilesChanged;
import dev.sandbar.device.systemd.SystemdException.Kind;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What systemd tells of its own accord, on a real one of each version. */
@ParameterizedClass
@EnumSource(Suite.class)
final class SystemdEventsTest {

  private static final UnitName APP = new UnitName("sandbar-app.service");
  private static final Duration LONG = Duration.ofSeconds(60);

  @SuppressWarnings("NullAway.Init")
  private static VirtualDevice device;

  private final List<SystemdEvent> events = new CopyOnWriteArrayList<>();
  private DbusSystemd systemd;

  SystemdEventsTest(Suite suite) {
    assertThat(device.suite()).isEqualTo(suite);
  }

  @BeforeParameterizedClassInvocation
  static void boot(Suite suite) {
    device = VirtualDevice.named("events").suite(suite).boot();
    device.write("/etc/systemd/system/" + APP, "[Service]\nExecStart=/usr/bin/sleep 1h\n");
    device.exec("systemctl", "daemon-reload").orThrow();
  }

  @AfterParameterizedClassInvocation
  static void remove() {
    device.close();
  }

  @BeforeEach
  void connect() {
    systemd = DbusSystemd.connect("unix:path=" + device.busSocket(), Duration.ofSeconds(5));
    systemd.watch(events::add);
  }

  @AfterEach
  void close() {
    systemd.close();
  }

  @Test
  void aUnitThatStartsAndOneThatDiesAreToldOf() {
    assertThat(systemd.run(List.of(new Job(Verb.START, APP)), LONG)).allMatch(JobOutcome::done);
    eventually("the start is told", () -> events.contains(new UnitChanged(APP)));
    settle();
    events.clear();
    device.exec("systemctl", "kill", "-s", "KILL", APP.value()).orThrow();
    eventually("the death is told", () -> events.contains(new UnitChanged(APP)));
  }

  @Test
  void aReloadIsToldOnceAndWithoutNoise() {
    settle();
    events.clear();
    device.exec("systemctl", "daemon-reload").orThrow();
    eventually("the reload is told", () -> events.contains(new Reloaded()));
    settle();
    assertThat(events).filteredOn(Reloaded.class::isInstance).hasSize(1);
  }

  @Test
  void enablementIsToldOf() {
    device.exec("systemctl", "mask", "--runtime", "sandbar-other.service").orThrow();
    eventually("the mask is told", () -> events.contains(new UnitFilesChanged()));
  }

  @Test
  void whatOthersOnTheBusSayIsNotBelieved() {
    device
        .exec(
            "busctl",
            "emit",
            "/org/freedesktop/systemd1",
            "org.freedesktop.systemd1.Manager",
            "UnitFilesChanged")
        .orThrow();
    device
        .exec(
            "busctl",
            "emit",
            "/org/freedesktop/systemd1/unit/forged_2eservice",
            "org.freedesktop.DBus.Properties",
            "PropertiesChanged",
            "sa{sv}as",
            "org.freedesktop.systemd1.Unit",
            "0",
            "0")
        .orThrow();
    device.exec("systemctl", "start", APP.value()).orThrow();
    device.exec("systemctl", "stop", APP.value()).orThrow();
    eventually("the true one is told", () -> events.contains(new UnitChanged(APP)));
    assertThat(events).doesNotContain(new UnitFilesChanged());
    assertThat(events).doesNotContain(new UnitChanged(new UnitName("forged.service")));
  }

  @Test
  void systemdMayReplaceItselfWhileConnected() {
    device.exec("systemctl", "daemon-reexec").orThrow();
    eventually("it is told", () -> events.contains(new Reloaded()));
    assertThat(systemd.run(List.of(new Job(Verb.RESTART, APP)), LONG)).allMatch(JobOutcome::done);
    eventually("signals go on", () -> events.contains(new UnitChanged(APP)));
  }

  /** What is asked in that moment is answered afterwards. */
  @Test
  void aQuestionOutlivesSystemdThatReplacesItself() throws Exception {
    var others =
        Thread.ofVirtual()
            .start(
                () -> {
                  for (int i = 0; i < 3; i++) {
                    device.exec("systemctl", "daemon-reexec").orThrow();
                  }
                });
    var asked = new AtomicInteger();
    var names = systemd.reader(Set.of("ActiveState"));
    while (others.isAlive()) {
      assertThat(systemd.units(List.of("*.slice"))).isNotEmpty();
      names.read(List.of(APP, APP), _ -> UnitReader.Part.ALL, (_, _) -> asked.incrementAndGet());
      systemd.reload();
    }
    assertThat(asked.get()).isPositive();
  }

  @Test
  void aDeadBusIsToldOnceAndEveryCallFailsAtOnce() {
    device.exec("systemctl", "kill", "-s", "KILL", "dbus.service").orThrow();
    eventually("the end is told", () -> events.contains(new Disconnected()));
    long begun = System.nanoTime();
    assertThatThrownBy(systemd::reload)
        .isInstanceOfSatisfying(
            SystemdException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
    assertThat(systemd.run(List.of(new Job(Verb.START, APP)), LONG))
        .extracting(JobOutcome::result)
        .containsExactly("no-answer");
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
    assertThat(events).filteredOn(Disconnected.class::isInstance).hasSize(1);
    awaitBus();
  }

  private static void awaitBus() {
    eventually(
        "a new connection works",
        () -> {
          try (var again = DbusSystemd.connect("unix:path=" + device.busSocket())) {
            return !again.version().isEmpty();
          } catch (SystemdException e) {
            return false;
          }
        });
  }

  /** The library answers it itself, before it says that it is not connected any more. */
  @Test
  void aCallThatWaitsWhenTheBusDiesIsNotTakenForRefused() throws Exception {
    device.exec("systemctl", "kill", "-s", "STOP", "dbus.service").orThrow();
    var failed = new CompletableFuture<Throwable>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                systemd.properties(APP);
                failed.complete(new AssertionError("answered"));
              } catch (RuntimeException e) {
                failed.complete(e);
              }
            });
    device
        .exec("sh", "-c", "kill -KILL $(systemctl show -p MainPID --value dbus.service)")
        .orThrow();
    assertThat(failed.get(2, TimeUnit.MINUTES))
        .isInstanceOfSatisfying(
            SystemdException.class,
            e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(Kind.UNAVAILABLE));
    awaitBus();
  }

  @Test
  void aBusThatIsSilentDoesNotHoldACallForEver() {
    try (var impatient =
        DbusSystemd.connect("unix:path=" + device.busSocket(), Duration.ofMillis(300))) {
      device.exec("systemctl", "kill", "-s", "STOP", "dbus.service").orThrow();
      try {
        assertThatThrownBy(() -> impatient.properties(APP))
            .isInstanceOfSatisfying(
                SystemdException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
            .hasMessageContaining("300 ms");
      } finally {
        continueBus();
      }
    }
  }

  /** systemctl itself would need the bus; systemd's private socket works without. */
  private static void continueBus() {
    device
        .exec("sh", "-c", "kill -CONT $(systemctl show -p MainPID --value dbus.service)")
        .orThrow();
  }

  @Test
  void nobodyListeningIsSaidPlainly() {
    assertThatThrownBy(() -> DbusSystemd.connect("unix:path=/nowhere/bus"))
        .isInstanceOfSatisfying(
            SystemdException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
        .hasMessageContaining("/nowhere/bus");
  }

  /** Waits until no more events come: starting a unit makes a burst of them. */
  private void settle() {
    int[] last = {-1};
    long[] since = {System.nanoTime()};
    eventually(
        "silence",
        () -> {
          if (events.size() != last[0]) {
            last[0] = events.size();
            since[0] = System.nanoTime();
          }
          return System.nanoTime() - since[0] > 200_000_000L;
        });
  }
}
