package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.EmulatedDevice;
import java.io.IOException;

/** Apps with quotas on an emulated device, whose file system has project quotas. */
final class LimitedDirectories {

  private static final String KEEPER = "keeper";
  private static final String HISTORIAN = "historian";

  /** What an app does that wants more: past the quota, and out of the project that has one. */
  private static final String ATTACK =
      String.join(
          "; ",
          "cd $STATE_DIRECTORY",
          "mkdir -p d",
          "chattr -p 0 d && echo lifted",
          "chattr -P -p 0 . && echo lifted",
          "dd if=/dev/zero of=d/f bs=64K count=320 status=none",
          "echo wrote $(stat -c %s d/f)",
          "dd if=/dev/zero of=$CACHE_DIRECTORY/f bs=4K count=64 status=none",
          "echo cached $(stat -c %s $CACHE_DIRECTORY/f)",
          "echo shown $(stat -f -c %b:%S .)",
          "exec sleep infinity");

  private final EmulatedAgent agent;
  private final EmulatedDevice device;

  LimitedDirectories(EmulatedAgent agent) {
    this.agent = agent;
    this.device = agent.device();
  }

  void holdNoMoreThanTheirQuota() throws IOException {
    agent.run(
        KEEPER,
        "run: {command: [/usr/bin/sh, -c, '%s']}, permissions: {state: {quota: 10M}, cache: {quota: 64K}, logs: {quota: 1M}}"
            .formatted(ATTACK));
    Apps.awaitReady(agent, KEEPER);
    String said =
        await().atMost(EmulatedAgent.SOON).until(this::said, it -> it.contains("shown 2560:4096"));
    assertThat(said).contains("Disk quota exceeded").doesNotContain("lifted");
    // The directories take some of it.
    assertThat(number(said, "wrote ")).isBetween(9 << 20, 10 << 20);
    assertThat(number(said, "cached ")).isBetween(32 << 10, 64 << 10);
    assertThat(agent.cli("attest " + KEEPER).stdout())
        .containsPattern("StateDirectoryQuota +10485760 +Enforced")
        .containsPattern("CacheDirectoryQuota +65536 +Enforced")
        .containsPattern("LogsDirectoryQuota +1048576 +Enforced")
        .contains("statfs: 10485760 bytes");
    Apps.awaitNoDrift(agent, KEEPER);
  }

  private String said() {
    return device.exec("journalctl", "-o", "cat", "-u", Apps.unit(KEEPER)).orThrow();
  }

  private static int number(String text, String before) {
    return Integer.parseInt(
        text.substring(text.indexOf(before) + before.length()).lines().findFirst().orElse(""));
  }

  /** Nothing announces it: the quick check finds it. */
  void whoLiftsOneIsFound() throws IOException {
    device.exec("chattr", "-p", "0", directory(KEEPER)).orThrow();
    Apps.awaitDrift(
        agent,
        KEEPER,
        "PROCESS StateDirectoryQuota: statfs: [0-9]{9,} bytes in /var/lib/private/sandbar-keeper, declared 10485760");
    assertThat(agent.cli("attest " + KEEPER).stdout())
        .containsPattern("StateDirectoryQuota +10485760 +Degraded");

    agent.run(HISTORIAN, historian("{quota: 10M}"));
    Apps.awaitReady(agent, HISTORIAN);
    // Once: whoever does it again and again is in a fight with the agent, which waits longer and
    // longer.
    device.exec("chattr", "-p", "77", directory(HISTORIAN)).orThrow();
    assertThat(blocks(HISTORIAN)).isGreaterThan(2560);
    await().atMost(EmulatedAgent.SOON).until(() -> blocks(HISTORIAN) == 2560);
    Apps.awaitNoDrift(agent, HISTORIAN);
  }

  void anotherQuotaHoldsAndNoneIsNone() throws IOException {
    agent.run(HISTORIAN, historian("{quota: 20M}"));
    Apps.awaitReady(agent, HISTORIAN);
    Apps.awaitNoDrift(agent, HISTORIAN);
    assertThat(blocks(HISTORIAN)).isEqualTo(5120);
    agent.run(HISTORIAN, historian("true"));
    Apps.awaitReady(agent, HISTORIAN);
    Apps.awaitNoDrift(agent, HISTORIAN);
    assertThat(blocks(HISTORIAN)).isGreaterThan(5120);
  }

  private static String historian(String state) {
    return "run: {command: [/usr/bin/sleep, infinity]}, drift: {mode: Correct}, permissions: {state: %s}"
        .formatted(state);
  }

  private static String directory(String app) {
    return "/var/lib/private/sandbar-" + app;
  }

  private long blocks(String app) {
    return Long.parseLong(device.exec("stat", "-f", "-c", "%b", directory(app)).orThrow().strip());
  }
}
