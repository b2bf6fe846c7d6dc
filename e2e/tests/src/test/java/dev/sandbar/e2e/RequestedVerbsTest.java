package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.Suite;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;

/** What the agent does for apps, asked for by those that may, by others, and by who floods it. */
@ParameterizedClass
@OnEachSystemd
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RequestedVerbsTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** As root, and from the mount namespace of an app, but outside of its control group. */
  private static final String STRANGER =
      """
      cat >/usr/local/bin/stranger <<'END'
      use Socket;
      socket(my $s, PF_UNIX, SOCK_STREAM, 0);
      connect($s, pack_sockaddr_un($ARGV[0])) or do { print "$!\\n"; exit };
      syswrite $s, "POST /v1/$ARGV[1] HTTP/1.1\\r\\nContent-Length: 0\\r\\n\\r\\n";
      print while <$s>;
      END
      """;

  @SuppressWarnings("NullAway.Init")
  private static Workbench bench;

  private static String factory = "";

  @SuppressWarnings("NullAway.Init")
  @Parameter
  private Suite suite;

  @BeforeParameterizedClassInvocation
  static void boot(Suite suite) throws IOException {
    bench =
        Workbench.boot(
            suite, BrokerApps.volumes(), BrokerApps.preparation() + STRANGER, DeviceLoop.OFTEN);
    bench.sh(
        "busctl call org.freedesktop.hostname1 /org/freedesktop/hostname1 org.freedesktop.hostname1"
            + " SetStaticHostname sb factory 0");
    factory = name();
    bench.declare(BrokerApps.all());
    bench.awaitReady(BrokerApps.all().keySet());
  }

  @AfterParameterizedClassInvocation
  static void remove() throws InterruptedException {
    bench.close();
  }

  @Test
  @Order(1)
  void appsGetWhatTheyAreGrantedAndNothingElse() {
    assertThat(bench.device().suite()).isEqualTo(suite);
    assertThat(factory).isEqualTo("factory");
    order(
        BrokerApps.NAMES,
        "a list",
        "b post hostname pump-7",
        "c post reboot",
        "d post clock 2026-01-31T12:00:00Z",
        "e post hostname ../../etc/passwd",
        "f see",
        "g write");
    assertThat(says(BrokerApps.NAMES, "a")).isEqualTo("200 hostname");
    assertThat(says(BrokerApps.NAMES, "b")).isEqualTo("200 the device is pump-7");
    assertThat(name()).isEqualTo("pump-7");
    assertThat(bench.sh("hostname").strip()).isEqualTo("pump-7");
    assertThat(says(BrokerApps.NAMES, "c"))
        .isEqualTo("403 app asks-names is not granted permissions.reboot");
    assertThat(says(BrokerApps.NAMES, "d")).startsWith("403 ");
    assertThat(says(BrokerApps.NAMES, "e")).startsWith("422 ");
    assertThat(says(BrokerApps.NAMES, "f")).isEqualTo("sees agent.sock");
    assertThat(says(BrokerApps.NAMES, "g"))
        .isEqualTo("Read-only file system Read-only file system");
    assertThat(restarts()).isZero();

    order(BrokerApps.NONE, "a list", "b see");
    assertThat(says(BrokerApps.NONE, "a")).matches("(No such file or directory|Permission denied)");
    assertThat(says(BrokerApps.NONE, "b")).isEqualTo("sees");
    for (String app : List.of(BrokerApps.ALL, BrokerApps.NAMES, BrokerApps.NONE)) {
      assertThat(bench.differences(app)).as(app).isEmpty();
    }
  }

  @Test
  @Order(2)
  void theClockAndTheRestartAreAskedOfSystemd() {
    order(
        BrokerApps.ALL,
        "a post clock 2026-01-31T12:00:00Z",
        "b post clock yesterday",
        "c post reboot",
        "d post reboot");
    assertThat(says(BrokerApps.ALL, "a")).isEqualTo("200 the clock is set to 2026-01-31T12:00:00Z");
    // SetTime: microseconds, in the order of bytes of either kind of machine; neither relative nor
    // asked.
    long micros = Instant.parse("2026-01-31T12:00:00Z").getEpochSecond() * 1_000_000;
    assertThat(bench.sh("journalctl -o cat -u bus-service@org.freedesktop.timedate1").lines())
        .containsAnyOf(
            "BODY %016x0000000000000000".formatted(micros),
            "BODY %016x0000000000000000".formatted(Long.reverseBytes(micros)));
    assertThat(says(BrokerApps.ALL, "b")).startsWith("422 ");
    assertThat(says(BrokerApps.ALL, "c")).isEqualTo("202 the device restarts");
    assertThat(says(BrokerApps.ALL, "d")).startsWith("429 apps restart the device at most once");
    await().atMost(LIMIT).untilAsserted(() -> assertThat(restarts()).isEqualTo(1));
    bench.sh("systemctl stop reboot.target");
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(bench.sh("cat /run/sandbar/events.json"))
                    .contains("RequestDone", "reboot: the device restarts"));
  }

  @Test
  @Order(3)
  void theSocketIsNoUseToOthers() {
    String own = "/run/sandbar-agent/%s/agent.sock".formatted(BrokerApps.ALL);
    String refused = "only processes of app asks-all may ask here";
    // Root of the device.
    assertThat(bench.sh("perl /usr/local/bin/stranger %s reboot".formatted(own)))
        .contains("HTTP/1.1 403", refused);
    // A process of another app that has come into the mounts of this one.
    String inside =
        """
        pid=$(systemctl show --value --property=MainPID sandbar-%s.service)
        sh -c 'echo $$ >/sys/fs/cgroup/sandbar.slice/sandbar-%s.service/cgroup.procs && exec nsenter --mount --target '$pid' perl /usr/local/bin/stranger /run/sandbar-agent/agent.sock reboot'
        """
            .formatted(BrokerApps.ALL, BrokerApps.NONE);
    assertThat(bench.sh(inside)).contains("HTTP/1.1 403", refused);
    // Who is nobody does not even come to the directory.
    assertThat(
            bench.sh(
                "setpriv --reuid 65534 --clear-groups perl /usr/local/bin/stranger %s reboot"
                    .formatted(own)))
        .contains("Permission denied");
    assertThat(restarts()).isEqualTo(1);
  }

  @Test
  @Order(4)
  void whoFloodsIsInNobodysWay() {
    order(BrokerApps.NAMES, "h hold", "i big", "j flood reboot");
    order(BrokerApps.ALL, "i list");
    assertThat(says(BrokerApps.ALL, "i")).isEqualTo("200 reboot hostname clock");
    assertThat(says(BrokerApps.NAMES, "h")).isEqualTo("held");
    assertThat(says(BrokerApps.NAMES, "i")).matches("431 .*|nothing.*");
    assertThat(Arrays.asList(says(BrokerApps.NAMES, "j").split(" ")))
        .contains("429")
        .doesNotContain("200", "202");
    assertThat(restarts()).isEqualTo(1);
  }

  @Test
  @Order(5)
  void whatAnAppHasChangedIsPutBackAlsoByAnotherAgent() throws Exception {
    assertThat(name()).isEqualTo("pump-7");
    order(BrokerApps.ALL, "k post hostname valve-1");
    assertThat(says(BrokerApps.ALL, "k")).isEqualTo("200 the device is valve-1");
    // The one below goes first, while no agent runs.
    bench.restartAgent(
        () -> {
          order(BrokerApps.ALL, "l list");
          assertThat(says(BrokerApps.ALL, "l")).isEqualTo("Connection refused");
          startsWithoutAnAgent();
          withdraw(BrokerApps.NAMES);
        });
    await()
        .atMost(LIMIT)
        .until(
            () -> !bench.sh("cat /var/lib/sandbar/state/broker.json").contains(BrokerApps.NAMES));
    assertThat(name()).isEqualTo("valve-1");
    order(BrokerApps.ALL, "x list");
    assertThat(says(BrokerApps.ALL, "x")).isEqualTo("200 reboot hostname clock");
    // Without the permission, and with the app still there, which begins with nothing to do.
    bench.sh("rm %s/%s".formatted(BrokerApps.ORDERS, BrokerApps.ALL));
    bench.declare(Map.of(BrokerApps.ALL, BrokerApps.app(BrokerApps.ALL, "reboot: true")));
    await().atMost(LIMIT).untilAsserted(() -> assertThat(name()).isEqualTo("factory"));
    bench.awaitApplied(List.of(BrokerApps.ALL));
    order(BrokerApps.ALL, "m list", "n post hostname again");
    assertThat(says(BrokerApps.ALL, "m")).isEqualTo("200 reboot");
    assertThat(says(BrokerApps.ALL, "n")).startsWith("403 ");
    bench.withdraw(BrokerApps.ALL);
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(bench.sh("ls /run/sandbar-agent/*/ 2>/dev/null || true"))
                    .doesNotContain("agent.sock"));
  }

  /** As at boot, when nothing is in /run yet. */
  private static void startsWithoutAnAgent() {
    bench.sh(
        """
        rm %1$s/%2$s
        systemctl stop sandbar-%2$s.service
        rm -r /run/sandbar-agent
        systemctl start sandbar-%2$s.service
        """
            .formatted(BrokerApps.ORDERS, BrokerApps.ALL));
    assertThat(
            bench.sh("stat -c '%a %U %n' /run/sandbar-agent /run/sandbar-agent/*").lines().toList())
        .containsExactly(
            "700 root /run/sandbar-agent", "755 root /run/sandbar-agent/" + BrokerApps.ALL);
    order(BrokerApps.ALL, "w list");
    assertThat(says(BrokerApps.ALL, "w")).isEqualTo("No such file or directory");
  }

  private static void withdraw(String app) {
    try {
      bench.withdraw(app);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String name() {
    return bench.sh("cat /etc/hostname").strip();
  }

  private static long restarts() {
    return bench.sh("cat /run/restarts 2>/dev/null || true").lines().count();
  }

  private static void order(String app, String... orders) {
    bench.sh(BrokerApps.order(app, List.of(orders)));
  }

  /** What an app has got for an order. */
  private static String says(String app, String number) {
    return await()
        .atMost(LIMIT)
        .until(
            () ->
                bench
                    .journal(app)
                    .lines()
                    .filter(line -> line.startsWith(number + ": "))
                    .reduce("", (_, last) -> last),
            line -> !line.isEmpty())
        .substring(number.length() + 2);
  }
}
