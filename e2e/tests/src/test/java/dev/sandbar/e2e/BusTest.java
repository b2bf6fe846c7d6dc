package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.Suite;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The system bus of a device, as apps get it: attacked, taken away, and tampered with. What it
 * opens and what not is looked at on every systemd by {@link PermissionTest}; all of this passes
 * there too, which takes another three minutes.
 */
@ParameterizedClass
@EnumSource(
    value = Suite.class,
    names = {"TRIXIE"})
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BusTest {

  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final String BIND = ", acceptFrom: [nobody]";
  private static final String WORKS = "NOW    pong org.example.Pump";

  @SuppressWarnings("NullAway.Init")
  private static Workbench bench;

  @SuppressWarnings("NullAway.Init")
  @Parameter
  private Suite suite;

  @BeforeParameterizedClassInvocation
  static void boot(Suite suite) throws IOException {
    bench = Workbench.boot(suite, Map.of(), BusApps.preparation(), DeviceLoop.OFTEN);
    bench.declare(BusApps.all());
    bench.awaitReady(BusApps.all().keySet());
  }

  @AfterParameterizedClassInvocation
  static void remove() throws InterruptedException {
    bench.close();
  }

  @Test
  @Order(1)
  void onlyNamedServicesAreReached() {
    assertThat(bench.device().suite()).isEqualTo(suite);
    for (String app : List.of(BusApps.CALLER, BusApps.SNOOP)) {
      awaitSays(app, "END");
      String said = bench.journal(app);
      assertThat(said.lines())
          .as(said)
          .contains("PLACE /run/dbus/system_bus_socket", "PUMP    pong org.example.Pump")
          .noneMatch(line -> line.startsWith("FILTER"))
          .noneMatch(line -> line.equals("CONNECTION    pong org.example.Valve"));
      for (String refused :
          List.of("VALVE", "MANAGER", "LOGIN", "START", "OWN", "TAKE", "EAVESDROP", "MONITOR")) {
        assertThat(line(said, refused))
            .as(said)
            .startsWith(refused + " Error org.freedesktop.DBus.Error.");
      }
      assertThat(line(said, "NAMES"))
          .contains(BusApps.PUMP)
          .doesNotContain("Valve", "systemd1", "login1");
      assertThat(line(said, "OTHERS"))
          .isEqualTo(
              "OTHERS /run/sandbar-bus* /run/private* /run/systemd/private /proc/1/root/run");
      assertThat(bench.differences(app)).isEmpty();
    }
    // It sees them, and yet gets nothing out of them.
    assertThat(bench.journal(BusApps.SNOOP)).contains("SEEN filter");
    assertThat(bench.journal(BusApps.CALLER)).doesNotContain("SEEN filter");

    awaitSays(BusApps.NONE, "END");
    String said = bench.journal(BusApps.NONE);
    assertThat(line(said, "PLACE")).isEqualTo("PLACE /run/dbus/*");
    assertThat(line(said, "PUMP")).as(said).startsWith("PUMP Failed to open connection");
  }

  @Test
  @Order(2)
  void aFilterThatEndsAndABusThatRestartsComeBack() {
    String proxy = proxy(BusApps.CALLER);
    String kept = invocation(BusApps.CALLER);
    bench.sh("systemctl kill --signal=KILL " + proxy);
    awaitLast(BusApps.CALLER, WORKS);
    awaitInSync();
    assertThat(invocation(BusApps.CALLER)).as("needs no restart").isEqualTo(kept);

    for (String end :
        List.of(
            "systemctl stop " + proxy,
            // The agent loses the bus while it is about to put the app right.
            "systemctl stop %s; systemctl restart dbus.service; systemctl restart 'bus-service@*'"
                .formatted(proxy),
            "systemctl restart dbus.service; systemctl restart 'bus-service@*'; systemctl stop "
                + proxy)) {
      String before = invocation(BusApps.CALLER);
      bench.sh(end);
      awaitAgain(before);
      awaitInSync();
      assertThat(bench.sh("systemctl is-active " + proxy).strip()).as(end).isEqualTo("active");
    }

    String before = invocation(BusApps.CALLER);
    bench.sh("systemctl restart dbus.service; systemctl restart 'bus-service@*'");
    awaitLast(BusApps.CALLER, WORKS);
    awaitInSync();
    assertThat(invocation(BusApps.CALLER)).as("needs no restart").isEqualTo(before);
  }

  /** Whoever stops a filter stops its app: drift as if they had stopped the app itself. */
  @Test
  @Order(3)
  void anAppThatIsNotCorrectedIsReportedWhenItsFilterIsStopped() {
    String proxy = proxy(BusApps.SNOOP);
    bench.sh("systemctl stop " + proxy);
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(bench.condition(BusApps.SNOOP, "Drifted"))
                    .startsWith("True ")
                    .contains("ActiveState"));
    String before = invocation(BusApps.SNOOP);
    bench.sh("systemctl start sandbar-%s".formatted(BusApps.SNOOP));
    assertThat(invocation(BusApps.SNOOP)).isNotEqualTo(before);
    awaitLast(BusApps.SNOOP, WORKS);

    // A filter that crashes and cannot start for a while is no fault of the app, nor a person's.
    bench.sh(
        "mv /usr/bin/xdg-dbus-proxy /usr/bin/xdg-dbus-proxy.old; systemctl kill --signal=KILL "
            + proxy);
    awaitSays(BusApps.SNOOP, "NOW Failed to open connection");
    bench.sh("systemctl restart --no-block sandbar-" + BusApps.SNOOP);
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(
                        bench.sh("systemctl is-active sandbar-%s || true".formatted(BusApps.SNOOP)))
                    .doesNotStartWith("active"));
    bench.sh("mv /usr/bin/xdg-dbus-proxy.old /usr/bin/xdg-dbus-proxy");
    awaitLast(BusApps.SNOOP, WORKS);
  }

  @Test
  @Order(4)
  void whatChangesTheFilterIsDrift() {
    String proxy = proxy(BusApps.CALLER);
    String folder = "/etc/systemd/system/" + proxy + ".d";
    bench.sh(
        "mkdir -p %1$s; printf '[Unit]\\nDescription=Mine\\n' >%1$s/mine.conf; systemctl daemon-reload"
            .formatted(folder));
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(bench.differences(BusApps.CALLER))
                    .extracting(Object::toString)
                    .singleElement(InstanceOfAssertFactories.STRING)
                    .contains("system bus filter files", folder));
    bench.sh("rm -r %s; systemctl daemon-reload".formatted(folder));
    awaitInSync();

    String socket = "/run/private/sandbar-bus/" + instance(proxy) + "/system_bus_socket";
    bench.sh(
        "rm %1$s; perl -MSocket -e 'socket(my $s, PF_UNIX, SOCK_STREAM, 0); bind($s, sockaddr_un(\"%1$s\")) && listen($s, 5) or die; exit if fork; sleep 300' >/dev/null 2>&1"
            .formatted(socket));
    awaitOwned(socket);

    bench.sh(
        "echo 'SANDBAR_BUS_NAMES=\"--talk=%s\"' >/var/lib/sandbar/files/bus-%s; systemctl restart %s"
            .formatted(BusApps.VALVE, instance(proxy), proxy));
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(bench.sh("pgrep -af xdg-dbus-proxy || true"))
                    .doesNotContain(BusApps.VALVE));
    awaitInSync();
    awaitLast(BusApps.CALLER, WORKS);
  }

  @Test
  @Order(5)
  void anotherListIsAnotherFilterAndNoListNone() throws IOException {
    String before = proxy(BusApps.CALLER);
    bench.declare(
        Map.of(
            BusApps.CALLER,
            BusApps.corrected(
                BusApps.CALLER, "{dbus: {talk: [%s]}, state: true}".formatted(BusApps.VALVE))));
    awaitSays(BusApps.CALLER, "VALVE    pong org.example.Valve");
    awaitLast(
        BusApps.CALLER,
        "NOW Error org.freedesktop.DBus.Error.ServiceUnknown:"
            + " org.freedesktop.DBus.Error.ServiceUnknown");
    awaitInSync();
    assertThat(proxy(BusApps.CALLER)).isNotEqualTo(before);
    assertThat(running()).doesNotContain(before).hasSize(2);

    bench.declare(Map.of(BusApps.CALLER, BusApps.corrected(BusApps.CALLER, "{state: true}")));
    await().atMost(LIMIT).untilAsserted(() -> assertThat(running()).hasSize(1));
    bench.withdraw(BusApps.SNOOP);
    await().atMost(LIMIT).untilAsserted(() -> assertThat(running()).isEmpty());
    assertThat(bench.sh("ls /run/private/sandbar-bus").strip()).isEmpty();
  }

  /** They bind the socket with which they connect; the filter of Debian 12 closes it. */
  @Test
  @Order(6)
  void programsWithSdBusNeedBindAsWell() throws IOException {
    bench.declare(
        Map.of("sd-bus", BusApps.sdBus("sd-bus", ""), "sd-bind", BusApps.sdBus("sd-bind", BIND)));
    awaitSays("sd-bus", "END");
    awaitSays("sd-bind", "END");
    boolean connects = suite != Suite.BOOKWORM;
    assertThat(bench.journal("sd-bind"))
        .contains(connects ? "pong org.example.Pump" : "Transport endpoint is not connected");
    assertThat(bench.journal("sd-bus"))
        .doesNotContain("pong")
        .contains(connects ? "Operation not permitted" : "Transport endpoint is not connected");
  }

  @Test
  @Order(7)
  void appsAreServicesThemselves() throws IOException {
    OwningApps.anAppIsAService(bench);
    OwningMembers.ownNoMoreThanNamesOfApps(bench);
    OwningMembers.waitForNamesOfApps(bench);
    OwningApps.whatLetsItBeOneIsKept(bench);
    OwningApps.namesOfOthersAreRefused(bench);
    OwningApps.nothingIsLeft(bench);
  }

  private static List<String> running() {
    return bench
        .sh(
            "systemctl list-units --plain --no-legend --state=active 'sandbard-bus@*' | cut -d ' '"
                + " -f 1")
        .lines()
        .toList();
  }

  private static String instance(String proxy) {
    return proxy.substring(proxy.indexOf('@') + 1, proxy.lastIndexOf('.'));
  }

  private static void awaitOwned(String socket) {
    await()
        .atMost(LIMIT)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              assertThat(bench.sh("stat -c %u " + socket).strip()).isNotEqualTo("0");
              assertThat(bench.differences(BusApps.CALLER)).isEmpty();
            });
    awaitLast(BusApps.CALLER, WORKS);
  }

  private static void awaitInSync() {
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(bench.differences(BusApps.CALLER)).isEmpty());
  }

  private static String line(String said, String word) {
    return said.lines().filter(it -> it.startsWith(word + " ")).findFirst().orElse("");
  }

  private static String proxy(String app) {
    return bench
        .sh(
            "systemctl show --value --property=Requires sandbar-%s.service | tr ' ' '\\n' | grep ^sandbard-bus@"
                .formatted(app))
        .strip();
  }

  private static String invocation(String app) {
    return bench
        .sh("systemctl show --value --property=InvocationID sandbar-%s".formatted(app))
        .strip();
  }

  /** The app has been started again, runs, and calls. */
  private static void awaitAgain(String before) {
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(
                        bench.sh(
                            "systemctl show --property=ActiveState,InvocationID sandbar-"
                                + BusApps.CALLER))
                    .contains("ActiveState=active")
                    .doesNotContain("=" + before));
    awaitLast(BusApps.CALLER, WORKS);
  }

  /** The app has called since, and that came of it. */
  private static void awaitLast(String app, String what) {
    int before = calls(app).size();
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              List<String> calls = calls(app);
              // The first may have been under way.
              assertThat(calls).hasSizeGreaterThan(before + 1);
              assertThat(calls.getLast()).isEqualTo(what);
            });
  }

  private static List<String> calls(String app) {
    return bench.journal(app).lines().filter(line -> line.startsWith("NOW ")).toList();
  }

  private static void awaitSays(String app, String what) {
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(bench.journal(app)).as(app).contains(what));
  }
}
