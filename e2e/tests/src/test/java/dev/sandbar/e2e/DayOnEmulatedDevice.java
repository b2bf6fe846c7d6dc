package dev.sandbar.e2e;

import static dev.sandbar.e2e.EmulatedPackage.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** What only a kernel of its own lets happen on an ordinary day, and none of which is drift. */
final class DayOnEmulatedDevice {
  private static final String APP = "idle";

  private final Map<String, Runnable> day = new LinkedHashMap<>();

  private final EmulatedAgent agent;

  DayOnEmulatedDevice(EmulatedAgent agent) {
    this.agent = agent;
    happens("the clock is set forward", "date --set \"@$(($(date +%s) + 259200))\"");
    happens("the clock is set back", "date --set \"@$(($(date +%s) - 864000))\"");
    happens("before anything was installed", "date --set @981158400");
    happens("it is right again", "date --set \"@$(cat /sys/class/rtc/rtc0/since_epoch)\"");
    happens("all hardware is announced again", "udevadm trigger; udevadm settle");
    day.put("the device was asleep", () -> agent.device().suspend(Duration.ofSeconds(40)));
  }

  private void happens(String what, String script) {
    day.put(what, () -> sh(agent.device(), script));
  }

  void noDriftIsReported() throws IOException {
    agent.run(APP, "run: {command: [/usr/bin/sleep, infinity]}, permissions: {internet: true}");
    String invocation = Apps.invocation(agent.device(), APP);
    String lives = service("NRestarts") + " " + service("MainPID");
    long before = drifts();
    for (Map.Entry<String, Runnable> event : day.entrySet()) {
      event.getValue().run();
      // A round of everything.
      var round = agent.cli("reconcile");
      assertThat(round.exitCode()).as(event.getKey() + ": " + round.stderr()).isZero();
      assertThat(agent.drifts(APP)).as(event.getKey()).isEmpty();
      assertThat(agent.condition(APP, "Ready")).as(event.getKey()).isEqualTo("True");
    }
    assertThat(drifts()).isEqualTo(before);
    assertThat(Apps.invocation(agent.device(), APP)).isEqualTo(invocation);
    assertThat(service("NRestarts") + " " + service("MainPID")).isEqualTo(lives);

    // What is drift still is.
    sh(agent.device(), "systemctl stop " + Apps.unit(APP));
    await()
        .atMost(EmulatedAgent.SOON)
        .untilAsserted(() -> assertThat(drifts()).isGreaterThan(before));
    agent.remove(APP);
  }

  private String service(String property) {
    return sh(agent.device(), "systemctl show --value -p %s sandbard.service".formatted(property))
        .strip();
  }

  /** How often the agent has reported drift, whatever its clock said then. */
  private long drifts() {
    return sh(agent.device(), "journalctl --boot --no-pager -u sandbard.service")
        .lines()
        .filter(line -> line.contains("action=drift "))
        .count();
  }
}
