package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Apps of {@link BusTest} that are services on the system bus: one that answers, one that calls it,
 * and one that owns a name and tries for others.
 */
final class OwningApps {

  private static final String OWNER = "bus-owner";
  private static final String USER = "bus-user";
  private static final String TAKER = "bus-taker";
  private static final String RIVAL = "bus-rival";
  private static final String THIEF = "bus-thief";
  private static final String ABOVE = "bus-above";

  static final String TANK = "com.example.Tank";
  private static final String MINE = "com.example.Mine";

  static final Duration LIMIT = Duration.ofSeconds(90);

  private static final String FILES = "/etc/dbus-1/system.d/sandbar-*.conf";
  private static final String OWN_IT =
      " dbus-send --system --print-reply=literal --dest=org.freedesktop.DBus / org.freedesktop.DBus.RequestName string:%s uint32:%s 2>&1 || true";

  private static final String PONG = "NOW    pong " + TANK;

  /** Names that it owns, those of others, of the system, of nobody, and in every way of asking. */
  static final String SCRIPT =
      """
      cat >/usr/local/bin/bus-taker <<'END'
      ask() { to=$1; shift; dbus-send --system --print-reply=literal --reply-timeout=8000 --dest="$to" "$@" 2>&1 | head -n 1; }
      own() { ask org.freedesktop.DBus / org.freedesktop.DBus.RequestName string:$1 uint32:$2; }
      echo "MINE $(own com.example.Mine 0)"
      for n in com.example.Tank com.example.Mine.Below com.example com.example.Min org.example.Pump \\
          org.freedesktop.login1 org.freedesktop.systemd1 org.freedesktop.DBus com.example.Nobodys; do
        for f in 0 2 4 7; do echo "TAKE $n $f $(own $n $f)"; done
      done
      echo "TANK $(ask com.example.Tank / org.example.Any.Ping)"
      echo "PUMP $(ask org.example.Pump / org.example.Any.Ping)"
      echo "RELOAD $(ask org.freedesktop.DBus / org.freedesktop.DBus.ReloadConfig)"
      echo "MEMBER $(id -G)"
      echo "PLACES $(echo /run/sandbar-own* /run/private*)"
      echo END
      exec sleep infinity
      END
      cat >/usr/local/bin/bus-user <<'END'
      while :; do
        echo "NOW $(dbus-send --system --print-reply=literal --reply-timeout=8000 --dest=com.example.Tank / org.example.Any.Ping 2>&1 | head -n 1)"
        sleep 0.3
      done
      END
      """;

  private OwningApps() {}

  private static Map<String, String> all() {
    var apps = new LinkedHashMap<String, String>();
    apps.put(OWNER, owner(OWNER, TANK));
    apps.put(
        USER, app(USER, "/usr/bin/sh, /usr/local/bin/bus-user", "{talk: [%s]}".formatted(TANK)));
    apps.put(
        TAKER, app(TAKER, "/usr/bin/sh, /usr/local/bin/bus-taker", "{own: [%s]}".formatted(MINE)));
    return apps;
  }

  private static String owner(String name, String owned) {
    return app(
        name,
        "/usr/bin/perl, /usr/local/bin/bus-service, " + owned,
        "{own: [%s]}".formatted(owned));
  }

  private static String app(String name, String command, String dbus) {
    return Workbench.manifest(
        name, "run: {command: [%s]}\n  permissions: {dbus: %s}".formatted(command, dbus));
  }

  /** Others call it, on the device and in other apps, and it has no more than its names. */
  static void anAppIsAService(Workbench bench) throws IOException {
    bench.declare(all());
    bench.awaitReady(all().keySet());
    awaitLast(bench, PONG);
    String ping = "busctl --timeout=8 call %s / org.example.Any Ping 2>&1 || true".formatted(TANK);
    assertThat(bench.sh(ping)).contains("pong " + TANK);
    assertThat(bench.sh("setpriv --reuid=65534 --clear-groups " + ping)).contains("pong " + TANK);

    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(bench.journal(TAKER).lines()).contains("END"));
    List<String> said = bench.journal(TAKER).lines().toList();
    assertThat(said)
        .contains("MINE    uint32 1")
        .anyMatch(line -> line.matches("MEMBER \\d+"))
        .contains("PLACES /run/sandbar-own* /run/private*");
    assertThat(said)
        .filteredOn(line -> line.matches("(TAKE|TANK|PUMP|RELOAD) .*"))
        .hasSize(9 * 4 + 3)
        .allMatch(line -> line.contains(" Error org.freedesktop.DBus.Error."));

    // Who is not the filter of an app owns none of their names, not even root.
    for (String who :
        List.of(
            "", "setpriv --reuid=65534 --clear-groups", "setpriv --regid=65534 --clear-groups")) {
      assertThat(bench.sh(who + OWN_IT.formatted(MINE, 0)))
          .as(who)
          .contains("org.freedesktop.DBus.Error.AccessDenied");
    }
    for (String app : all().keySet()) {
      assertThat(bench.differences(app)).as(app).isEmpty();
    }
  }

  /** What is taken away from it comes back, and is reported. */
  static void whatLetsItBeOneIsKept(Workbench bench) {
    String before = bench.sh("cat " + FILES);
    assertThat(before).contains("<allow own=\"%s\"/>".formatted(TANK)).doesNotContain("user=");
    bench.sh(
        "for f in %s; do echo '<busconfig><policy user=\"nobody\"><allow own=\"org.a.b\"/></policy></busconfig>' >$f; done"
            .formatted(FILES));
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(bench.sh("cat " + FILES)).isEqualTo(before));
    awaitLast(bench, PONG);
    bench.sh("rm " + FILES);
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(bench.sh("cat %s 2>/dev/null || true".formatted(FILES)))
                    .isEqualTo(before));
    awaitLast(bench, PONG);
    await().atMost(LIMIT).untilAsserted(() -> assertThat(bench.differences(OWNER)).isEmpty());

    // Neither the bus nor its filter is asked again by the app that lost it: it ends, and is back.
    for (String end :
        List.of(
            "systemctl kill --signal=KILL 'sandbard-own@*'",
            "systemctl restart dbus.service; systemctl restart 'bus-service@*'")) {
      bench.sh(end);
      awaitLast(bench, PONG);
    }
  }

  /** Names of the device, and of another app. */
  static void namesOfOthersAreRefused(Workbench bench) throws IOException {
    bench.declare(
        Map.of(
            RIVAL,
            owner(RIVAL, TANK),
            THIEF,
            owner(THIEF, BusApps.PUMP),
            ABOVE,
            owner(ABOVE, "org.freedesktop")));
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(bench.problems())
                    .anySatisfy(
                        line ->
                            assertThat(line)
                                .contains("app 'bus-rival' owns com.example.Tank")
                                .contains("app 'bus-owner' does too"))
                    .anySatisfy(
                        line ->
                            assertThat(line)
                                .contains("app 'bus-owner' owns com.example.Tank")
                                .contains("app 'bus-rival' does too"))
                    .anySatisfy(
                        line ->
                            assertThat(line)
                                .contains("org.example.Pump belongs to a service of this device"))
                    .anySatisfy(
                        line ->
                            assertThat(line)
                                .contains("org.freedesktop is above names of this device's")));
    assertThat(bench.sh("ls /etc/systemd/system"))
        .doesNotContain("sandbar-" + RIVAL, "sandbar-" + THIEF, "sandbar-" + ABOVE);
    // The one that has the name has it still.
    awaitLast(bench, PONG);
    bench.withdraw(RIVAL);
    bench.withdraw(THIEF);
    bench.withdraw(ABOVE);
  }

  /** With the app its name goes. */
  static void nothingIsLeft(Workbench bench) throws IOException {
    // No more than a repository may take away at once.
    bench.withdraw(OWNER);
    bench.withdraw(TAKER);
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              assertThat(bench.sh("echo " + FILES).strip()).isEqualTo(FILES);
              assertThat(
                      bench.sh(
                          "systemctl list-units --plain --no-legend --state=active 'sandbard-own@*'"))
                  .isEmpty();
            });
    assertThat(bench.sh("setpriv --groups=sandbar-bus" + OWN_IT.formatted(TANK, 0)))
        .contains("org.freedesktop.DBus.Error.AccessDenied");
  }

  /** The client has called since, and that came of it. */
  private static void awaitLast(Workbench bench, String what) {
    int before = calls(bench).size();
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              List<String> calls = calls(bench);
              assertThat(calls).hasSizeGreaterThan(before + 1);
              assertThat(calls.getLast()).isEqualTo(what);
            });
  }

  private static List<String> calls(Workbench bench) {
    return bench.journal(USER).lines().filter(line -> line.startsWith("NOW ")).toList();
  }
}
