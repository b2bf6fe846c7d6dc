package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * The group that the bus lets own the names of {@link OwningApps}: what a process in it can do that
 * is not the filter of the app, as one that has broken into another filter would be, and the agent
 * as it is shipped, which has the bus know of the group.
 */
final class OwningMembers {

  private static final String FILES = "/etc/dbus-1/system.d/sandbar-*.conf";

  /** Ways to be in the group with another user than those of filters. */
  private static final List<String> MEMBERS =
      List.of(
          "setpriv --reuid=65534 --regid=65534 --groups=sandbar-bus",
          "setpriv --reuid=65534 --regid=sandbar-bus --clear-groups");

  private static final String ASK =
      " busctl --timeout=8 call org.freedesktop.DBus / org.freedesktop.DBus %s s%s %s 2>&1 || true";

  /** RequestName (D-Bus specification): replace who has it, and do not wait for it. */
  private static final String TAKE = "6";

  private OwningMembers() {}

  /**
   * Names of the device, and such as no app has, are not theirs, nor those that an app holds; those
   * below names of apps are.
   */
  static void ownNoMoreThanNamesOfApps(Workbench bench) {
    for (String member : MEMBERS) {
      for (String name :
          List.of(
              BusApps.PUMP,
              "org.freedesktop.login1",
              "org.freedesktop.systemd1",
              "com.example.Nobodys",
              "com.example")) {
        assertThat(take(bench, member, name)).as("%s %s", member, name).contains("Access denied");
      }
      // 3 is "exists", 1 is "yours". dbus-broker takes a name for all that is below it too.
      assertThat(take(bench, member, OwningApps.TANK)).as(member).isEqualTo("u 3");
      assertThat(take(bench, member, OwningApps.TANK + ".Below")).as(member).isEqualTo("u 1");
    }
  }

  private static String take(Workbench bench, String member, String name) {
    return bench
        .sh(member + ASK.formatted("RequestName", "u", "\"%s\" %s".formatted(name, TAKE)))
        .strip();
  }

  /**
   * One that waits has the name as soon as the app's connection ends, and as long as it lives: the
   * app waits behind it.
   */
  static void waitForNamesOfApps(Workbench bench) {
    String filter = ask(bench, "GetConnectionUnixUser");
    assertThat(filter).matches("u \\d+").isNotIn("u 0", "u 65534");
    bench.sh(
        "systemd-run --quiet --unit=bus-member --uid=65534 --gid=sandbar-bus"
            + " /usr/bin/perl /usr/local/bin/bus-service "
            + OwningApps.TANK);
    await()
        .atMost(OwningApps.LIMIT)
        .untilAsserted(() -> assertThat(ask(bench, "ListQueuedOwners")).startsWith("as 2 "));
    assertThat(ask(bench, "GetConnectionUnixUser")).isEqualTo(filter);

    bench.sh("systemctl kill --signal=KILL 'sandbard-own@*'");
    await()
        .atMost(OwningApps.LIMIT)
        .untilAsserted(
            () -> {
              assertThat(ask(bench, "GetConnectionUnixUser")).isEqualTo("u 65534");
              assertThat(ask(bench, "ListQueuedOwners")).startsWith("as 2 ");
            });
    bench.sh("systemctl stop bus-member");
    await()
        .atMost(OwningApps.LIMIT)
        .untilAsserted(() -> assertThat(ask(bench, "GetConnectionUnixUser")).isEqualTo(filter));
  }

  private static String ask(Workbench bench, String method) {
    return bench.sh(ASK.formatted(method, "", OwningApps.TANK)).strip();
  }

  /**
   * The agent as it is shipped: of {@code /etc} it writes little but the files of the bus, which
   * knows of them at once. Its own connection ends meanwhile, as the device gets another bus.
   */
  static void oneIsAddedFromInsideItsOwnSandbox(GitRepository repository, Reported agent)
      throws IOException {
    VirtualDevice device = agent.device();
    device.exec(Duration.ofSeconds(60), "sh", "-ec", BusApps.changeOfBus()).orThrow();
    repository.git("checkout", "--quiet", "edge");
    repository.commit(
        "berlin/tank.yaml",
        Apps.manifest(
            "tank",
            "run: {command: [/usr/bin/perl, /usr/local/bin/bus-service, %1$s]}, permissions: {dbus: {own: [%1$s]}}"
                .formatted(OwningApps.TANK)));
    Apps.awaitReady(agent, "tank");
    awaitAnswer(device, "pong " + OwningApps.TANK);
    String policy = sh(device, "cat " + FILES);
    assertThat(policy).contains("<allow own=\"%s\"/>".formatted(OwningApps.TANK));
    assertThat(sh(device, "stat -c '%a %U %G' " + FILES)).isEqualTo("644 root root");

    // What was taken away comes back, and the bus knows: a filter that starts anew owns the name.
    sh(device, "rm " + FILES);
    await()
        .atMost(Apps.SOON)
        .until(() -> sh(device, "cat %s || true".formatted(FILES)), policy::equals);
    sh(device, "systemctl kill --signal=KILL 'sandbard-own@*'");
    awaitAnswer(device, "pong " + OwningApps.TANK);

    repository.remove("berlin/tank.yaml");
    Apps.awaitRemoved(agent, device, "tank");
    await().atMost(Apps.SOON).until(() -> sh(device, "echo " + FILES), FILES::equals);
    awaitAnswer(device, "ServiceUnknown");
    repository.git("checkout", "--quiet", "main");
  }

  /** What somebody without rights on the device hears. */
  private static void awaitAnswer(VirtualDevice device, String answer) {
    String call =
        "setpriv --reuid=65534 --clear-groups dbus-send --system --print-reply=literal --reply-timeout=8000 --dest=%s / org.example.Any.Ping 2>&1 || true"
            .formatted(OwningApps.TANK);
    await().atMost(Apps.SOON).untilAsserted(() -> assertThat(sh(device, call)).contains(answer));
  }

  private static String sh(VirtualDevice device, String script) {
    return device.exec(Duration.ofSeconds(60), "sh", "-ec", script).orThrow().strip();
  }
}
